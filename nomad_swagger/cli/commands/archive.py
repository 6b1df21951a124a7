"""``archive``: of one entry, or of all that a query finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.archive_paths import archive_paths, remember
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.frames import frame_out
from nomad_swagger.cli.options import ID, Server, key_values, offered, server_options, wide_option
from nomad_swagger.cli.output import counting_bar, note, plural, say, say_json, show_json, show_rows
from nomad_swagger.cli.values import read_body
from nomad_swagger.errors import UsageError
from nomad_swagger.nearest import nearest

if TYPE_CHECKING:
    from nomad_swagger.flows.archives.sequence import Archives

Pick = Callable[[Any], Any]
FORMATS = ("ndjson", "csv", "parquet", "table", "extxyz")
_NOTHING_THERE = 4  # the exit code of what is not found


@click.command()
@click.argument("words", metavar="ENTRY | KEY=VALUE...", nargs=-1, type=ID)
@click.option("--query", "expression", metavar="JMESPATH", help="What of each archive to print, in JMESPath's words.")
@click.option(
    "--at",
    "path",
    metavar="PATH",
    shell_complete=archive_paths,
    help="One value: section_run/-1/program_name. Reads big archives, too.",
)
@click.option("--unit", help="For --at: eV, angstrom …; NOMAD's own values are SI.")
@click.option("--required", metavar="JSON", help="The parts to fetch: JSON, @FILE or -.")
@click.option("--query-entries", is_flag=True, help="The words are a search; print all its archives.")
@click.option(
    "--owner",
    default="public",
    show_default=True,
    shell_complete=offered("owners"),
    help="For a search: whose entries.",
)
@click.option("--limit", type=click.IntRange(1), help="For a search: how many at most.")
@click.option("--page-size", type=click.IntRange(1), help="For a search: archives in one request.")
@click.option(
    "--column",
    "columns",
    metavar="NAME=PATH",
    multiple=True,
    shell_complete=archive_paths,
    help="For a search: a table of values instead.",
)
@click.option(
    "--missing-path",
    type=click.Choice(["raise", "warn"]),
    default="raise",
    show_default=True,
    help="For --column: a path that no archive has.",
)
@click.option("--frames", metavar="WHICH", help="For a search: atoms, energies, forces; all, last, 0, ::10 …")
@click.option("--shard", type=click.IntRange(1), metavar="N", help="For --frames: a new file after N frames.")
@click.option("-o", "--output", "fmt", type=click.Choice(FORMATS), help="For a search.")
@click.option("--paths", "lists_paths", is_flag=True, help="List what the archive has: ENTRY [WORD].")
@click.option("--nan", is_flag=True, help="Write NaN, which is no JSON, as it is; else it is null.")
@click.option("--to", "file", type=click.Path(path_type=Path), help="For a search: a file; a second run goes on in it.")
@click.option("--replace", is_flag=True, help="Replace that file, if there is one.")
@wide_option
@server_options
def archive(server: Server, words: tuple[str, ...], query_entries: bool, **said: Any) -> None:
    """Print the archive of an entry as JSON: what NOMAD read from its files, in SI units.

    With --query-entries: of all entries of a search, a line of JSON each, as they arrive. A column whose name ends in a
    unit is given in it.

    With --frames: a training set, each computed frame with its energy, forces and where it is from.

    \b
    nomad-swagger archive ENTRY --paths energy
    nomad-swagger archive ENTRY --at section_run/-1/section_system/-1/atom_labels
    nomad-swagger archive --query-entries code=VASP elements=Si --to si.ndjson
    nomad-swagger archive --query-entries elements=Si -o csv \\
        --column energy_eV=run/-1/calculation/-1/energy/total/value
    nomad-swagger archive --query-entries dataset=steels --frames all --to set.extxyz
    """
    if said["lists_paths"]:
        _paths(server, words)
    elif query_entries and said["frames"]:
        _frames(server, words, said)
    elif query_entries:
        _many(server, words, said)
    else:
        _one(server, words, said)


def _one(server: Server, words: tuple[str, ...], said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives import one as flow
    from nomad_swagger.science.paths import paths_of

    if len(words) != 1:
        raise UsageError("give the id of one entry; or --query-entries and a search, such as elements=Si")
    for option in ("limit", "page_size", "columns", "fmt", "file", "frames", "shard"):
        if said[option]:
            raise UsageError(f"{_option(option)} goes with --query-entries")
    if said["path"]:
        try:
            show_json(flow.archive_value(server.client(), words[0], said["path"], said["unit"]), nan=said["nan"])
        except KeyError as error:
            raise Verdict(str(error.args[0]), _NOTHING_THERE) from error
        return
    pick = _pick(said["expression"])
    found = flow.archive(server.client(), words[0], required=_required(said["required"]))
    if not said["required"]:  # a part would hide what else there is
        remember(one.path for one in paths_of(found))
    show_json(pick(found), nan=said["nan"])


def _many(server: Server, words: tuple[str, ...], said: dict[str, Any]) -> None:
    if said["shard"] or said["fmt"] == "extxyz":
        raise UsageError("--shard and -o extxyz go with --frames all (or last, representative)")
    columns = {name: str(path) for name, path in key_values(said["columns"]).items()}
    fmt = said["fmt"] or ("table" if columns else "ndjson")
    if bool(columns) != (fmt != "ndjson"):
        raise UsageError(f"-o {fmt} {'takes no' if columns else 'needs'} --column NAME=PATH")
    if said["path"]:
        raise UsageError("--at is for one entry; for a search use --column NAME=PATH")
    pick = _pick(said["expression"])
    write = frame_out(fmt, said["file"], overwrite=said["replace"]) if columns else None
    with counting_bar("archives") as progress:
        found = _found(server, words, said, progress)
        if write is not None:
            write(found.to_pandas(columns, missing_path=said["missing_path"]))
        elif said["file"]:
            _write(found, said["file"], pick, said)
        else:
            _print(found, pick, said)


def _found(server: Server, words: tuple[str, ...], said: dict[str, Any], progress: Any) -> Archives:
    from nomad_swagger.flows.archives.query import archives

    return archives(
        server.client(),
        required=_required(said["required"]),
        owner=said["owner"],
        limit=said["limit"],
        page_size=said["page_size"],
        missing="warn" if said["frames"] else "raise",
        progress=progress,
        query=key_values(words),
    )


def _frames(server: Server, words: tuple[str, ...], said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives.training import write_frames

    fmt: Any = said["fmt"] or "extxyz"
    if fmt not in ("extxyz", "parquet") or said["columns"] or said["path"] or said["expression"]:
        raise UsageError("--frames writes -o extxyz or -o parquet, and takes no --column, --at or --query")
    if said["file"] is None:
        raise UsageError("--frames writes into a file, and a later run goes on in it: say --to set.extxyz")
    frames = _which(said["frames"])
    with counting_bar("archives") as progress:
        made = write_frames(
            _found(server, words, said, progress),
            said["file"],
            format=fmt,
            frames=frames,
            shard=said["shard"],
            overwrite=said["replace"],
        )
    for line in made.tally.words():
        note(line)
    for file in made.files:
        say(str(file), exact=True)


def _which(text: str) -> Any:
    """Give which frames a word means: all, last, representative, a number, or a slice as ``::10``."""
    if text in ("all", "last", "representative"):
        return text
    try:
        numbers = [int(part) if part.strip() else None for part in text.split(":")]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or numbers == [None]:
        raise UsageError(f"--frames is all, last, representative, a number or a slice such as ::10, not {text!r}")
    return numbers[0] if len(numbers) == 1 else slice(*numbers)


def _paths(server: Server, words: tuple[str, ...]) -> None:
    from nomad_swagger.flows.archives import one as flow
    from nomad_swagger.science.paths import paths_of

    if not 1 <= len(words) <= 2:
        raise UsageError("--paths takes the id of one entry, and a word that the paths have in them if you like")
    everything = paths_of(flow.archive(server.client(), words[0]))
    remember(one.path for one in everything)
    word = words[1].lower() if len(words) > 1 else ""
    found = [one for one in everything if word in one.path.lower()]
    if not found:
        steps = {step for one in everything for step in one.path.split("/")}
        near = nearest(word, steps)
        offered = f"; did you mean {' or '.join(near)}?" if near else ""
        raise Verdict(f"the archive of {words[0]} has no path with {word!r} in it{offered}", _NOTHING_THERE)
    show_rows(found, columns=("path", "type", "shape", "unit", "example"), fmt="table", key="path")


def _print(found: Archives, pick: Pick, said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives.lines import line_of

    count = 0
    for one in found:
        say_json(line_of(one, pick(one), nan=said["nan"]))
        count += 1
    note(f"{count} of {len(found)} {plural('archive', len(found))}")


def _write(found: Archives, file: Path, pick: Pick, said: dict[str, Any]) -> None:
    from nomad_swagger.flows.archives.lines import write_lines

    count = write_lines(
        found, file, pick=pick, what=said["expression"] or "", nan=said["nan"], overwrite=said["replace"]
    )
    note(f"{file}: {count} {plural('archive', count)}")


def _pick(expression: str | None) -> Pick:
    """Give what an expression picks from an archive; all of it without one."""
    if not expression:
        return lambda one: one
    import jmespath

    try:
        compiled = jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise UsageError(f"--query {expression!r} is no JMESPath: {error}") from error

    def pick(one: Any) -> Any:
        try:
            return compiled.search(dict(one))
        except jmespath.exceptions.JMESPathError as error:
            raise UsageError(f"--query {expression!r} does not fit the archive: {error}") from error

    return pick


def _required(text: str | None) -> Any:
    return read_body(text) if text else None


def _option(name: str) -> str:
    return {"columns": "--column", "fmt": "-o", "file": "--to"}.get(name, f"--{name.replace('_', '-')}")
