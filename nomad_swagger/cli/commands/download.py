"""``download``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.file_rows import show_files
from nomad_swagger.cli.options import FORMATS, ID, Server, offered, output_option, server_options
from nomad_swagger.cli.output import note, plural, say, size_words, transfer_bars
from nomad_swagger.cli.targets import read_targets
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.downloading import Wishes
    from nomad_swagger.flows.file_records import File
    from nomad_swagger.flows.targets import Target

_MOST_JOBS = 16  # connections that a client keeps open


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID)
@click.option("--to", "folder", default=".", show_default=True, help="The folder to download into.")
@click.option("--include", multiple=True, metavar="PATTERN", help="Only such files, as files: '*vasprun.xml*'.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No such files.")
@click.option("--extract", is_flag=True, help="Files instead of zips, into DIR/UPLOAD/path.")
@click.option("--flat", is_flag=True, help="Files instead of zips, all into DIR itself.")
@click.option("--name", metavar="NAME", help="The zip's name, or the file's.")
@click.option("--list", "listing", is_flag=True, help="Print names and sizes; nothing is downloaded.")
@click.option("--dry-run", is_flag=True, help="Say what would be downloaded, and where it would go.")
@click.option("--on-existing", type=click.Choice(["error", "skip", "replace"]), help="Another content of that name.")
@click.option("--replace", is_flag=True, help="Short for --on-existing replace.")
@click.option(
    "--owner",
    default="visible",
    show_default=True,
    shell_complete=offered("owners"),
    help="For a query: whose entries.",
)
@click.option(
    "--jobs", type=click.IntRange(1, _MOST_JOBS), default=4, show_default=True, help="Files at the same time."
)
@click.option("--wait-for-lock", is_flag=True, help="Wait where another process downloads the same.")
@click.option("--clean", is_flag=True, help="First remove what earlier downloads left half done in DIR.")
@output_option(*FORMATS)
@server_options
def download(server: Server, targets: tuple[str, ...], fmt: str, **said: Any) -> None:
    """Download raw files; prints where they are. What broke off goes on when the same command is given again.

    \b
    TARGET is an entry's or an upload's id (a zip), UPLOAD/path/to/file, UPLOAD/folder/ (a zip),
    or a query: nomad-swagger download doi=10.17172/NOMAD/2020.03.18-1
    \b
    nomad-swagger download UPLOAD --include '*vasprun.xml*' --exclude '*/old/*' --to runs
    nomad-swagger download elements=Si code=VASP --list -o csv
    nomad-swagger download UPLOAD --extract --jobs 8
    """
    if said["clean"]:
        _clean(Path(said["folder"]))
    if not targets:
        if said["clean"]:
            return
        raise UsageError("what? Give an id, UPLOAD/path, or a query such as elements=Si; or --clean alone")
    if said["name"] and len(targets) > 1 and "=" not in targets[0]:
        raise UsageError("--name is for one target")
    _download(server.client(), read_targets(targets), fmt, said)


def _download(client: NomadClient, whats: list[str | Mapping[str, Any]], fmt: str, said: dict[str, Any]) -> None:
    from nomad_swagger.flows.targets import read_target

    wishes = _wishes(said)
    targets = [read_target(client, what, owner=said["owner"]) for what in whats]
    if said["listing"] or said["dry_run"]:
        found = _files(client, targets, wishes)
        if said["dry_run"]:
            _tell(client, list(found), targets, wishes)
        else:
            show_files(found, fmt=fmt)
        return
    for path in _fetched(client, targets, wishes, [str(what) if isinstance(what, str) else "query" for what in whats]):
        say(str(path), exact=True)


def _wishes(said: dict[str, Any]) -> Wishes:
    from nomad_swagger.flows.downloading import Wishes
    from nomad_swagger.flows.own_record import OwnRecord

    if said["replace"] and said["on_existing"] not in (None, "replace"):
        raise UsageError("--replace is --on-existing replace: say one of them")
    return Wishes(
        Path(said["folder"]),
        "replace" if said["replace"] else said["on_existing"] or "error",
        said["include"],
        said["exclude"],
        said["extract"],
        said["flat"],
        said["name"],
        said["jobs"],
        said["wait_for_lock"],
        record=OwnRecord(),
    )


def _fetched(client: NomadClient, targets: Sequence[Target], wishes: Wishes, labels: Sequence[str]) -> Iterator[Path]:
    """Fetch the targets and give their places, in the order of the targets; as many at once as were asked for."""
    from dataclasses import replace

    from nomad_swagger.flows.download import fetch
    from nomad_swagger.transfers.many import in_threads

    alone = wishes.selects or len(targets) == 1  # then the files of each come side by side
    clashing = _clashing(targets)
    with transfer_bars() as bar:

        def one(numbered: tuple[int, Target]) -> tuple[int, Path]:
            number, target = numbered
            mine = replace(wishes, progress=bar(labels[number]), extract=wishes.extract or number in clashing)
            return number, fetch(client, target, mine)

        done: dict[int, Path] = {}
        given = 0
        for number, path in in_threads(one, enumerate(targets), 1 if alone else wishes.jobs, stop=wishes.stop):
            done[number] = path
            while given in done:
                yield done[given]
                given += 1


def _clashing(targets: Sequence[Target]) -> set[int]:
    """Give the files that would have one name: they go below their uploads instead."""
    names = [target.path.rpartition("/")[2] if target.kind == "path" else "" for target in targets]
    return {number for number, name in enumerate(names) if name and names.count(name) > 1}


def _files(client: NomadClient, targets: Sequence[Target], wishes: Wishes) -> Iterator[File]:
    from nomad_swagger.flows.download import chosen

    for target in targets:
        yield from chosen(client, target, wishes)[0]


def _tell(client: NomadClient, files: Sequence[File], targets: Sequence[Target], wishes: Wishes) -> None:
    """Say what a download would bring, and where to."""
    from nomad_swagger.flows.single_files import laid_out

    readable = [file for file in files if file.readable]
    size = sum(file.size_bytes or 0 for file in readable)
    if wishes.selects:
        for wish in laid_out(readable, wishes):
            say(f"{wish.name} → {wish.path}")
    else:
        for target in targets:
            what = "a file" if target.kind == "path" else "a zip"
            say(f"{target.upload_id or 'query'}{f'/{target.path}' if target.path else ''}: {what} → {wishes.folder}")
    note(f"from {client.nomad.api_url}: {len(readable)} {plural('file', len(readable))}, {size_words(size)}")
    if len(readable) < len(files):
        note(f"{len(files) - len(readable)} more are kept back by the server; --list names them")
    note("nothing was downloaded (--dry-run)")


def _clean(folder: Path) -> None:
    from nomad_swagger.transfers.parts import clean

    gone = clean(folder)
    note(f"{folder}: {len(gone)} {plural('part', len(gone))} of earlier downloads removed")
