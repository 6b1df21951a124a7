"""``put``, ``rm`` and ``process``, and what ``upload --into`` does: files of an upload that is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED, COLUMNS, judge, note_failures
from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.many import UPLOADS, Each, read_ids
from nomad_swagger.cli.options import ID, Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import note, plural, show_rows, transfer_bar
from nomad_swagger.cli.sources import STDIN, piped
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.putting import Put
    from nomad_swagger.flows.records import Upload
    from nomad_swagger.transfers.manifest import Rules
    from nomad_swagger.transfers.spooled import Source

_JOURNAL = "files-in-uploads.sqlite"
_COLUMNS = (*COLUMNS, "sent", "kept", "entry_ids")
F = TypeVar("F", bound=Callable[..., Any])


def _processing_options(command: F) -> F:
    """Add what put and process have: ``--wait --timeout --allow-failed --yes --dry-run -o`` and the server."""
    waits = click.option("--wait", "waits", is_flag=True, help="Wait until it is processed.")
    for add in (server_options, output_option(), deed_options, ALLOW_FAILED, timeout_option, waits):
        command = add(command)
    return command


@click.command()
@click.argument("words", metavar="PATH... UPLOAD[/FOLDER]", nargs=-1, type=ID, required=True)
@click.option("--name", metavar="NAME", help="What standard input is called there.")
@click.option("--no-process", is_flag=True, help="Do not have them processed; the command process does later.")
@_processing_options
def put(
    server: Server,
    consent: Consent,
    words: tuple[str, ...],
    name: str | None,
    waits: bool,
    timeout_s: float,
    allow_failed: bool,
    no_process: bool,
    fmt: str,
) -> None:
    """Put files and folders into an upload that is not published yet (v1); the same as upload PATH... --into UPLOAD.

    - is standard input, as a file called --name NAME.

    What is there already is not sent again. NOMAD processes them once, when all are there. The id of the entry that an
    archive file becomes is in the row's entry_ids.
    """
    paths, target = _sorted_out(words)
    put_into(
        server,
        consent,
        [Path(path) for path in paths],
        target,
        name=name,
        waits=waits,
        timeout_s=timeout_s,
        allow_failed=allow_failed,
        process=not no_process,
        fmt=fmt,
    )


def put_into(
    server: Server,
    consent: Consent,
    paths: Sequence[Path],
    target: str,
    *,
    name: str | None = None,
    rules: Rules | None = None,
    waits: bool = False,
    timeout_s: float = 3600,
    allow_failed: bool = False,
    process: bool = True,
    fmt: str = "table",
) -> Put:
    """Put files into an upload, and show what became of it.

    Raises
    ------
    NomadError, Verdict
    """
    from nomad_swagger.cli.watching import note_page
    from nomad_swagger.flows import putting
    from nomad_swagger.settings import state_folder

    client = server.client(consent)
    sources: list[Source] = [piped() if str(path) == STDIN else path for path in paths]
    with transfer_bar(target) as progress:
        done = putting.put(
            client,
            target,
            sources,
            name=name,
            rules=rules,
            process=process,
            journal=state_folder() / _JOURNAL,
            timeout_s=timeout_s,
            progress=progress,
        )
    _tell(done)
    note_page(client, done.upload)
    seen = _processed(client, done.upload, timeout_s) if waits else done.upload
    show_rows([_row(seen, done)], columns=_COLUMNS, fmt=fmt, key="upload_id")
    if waits:
        judge([seen], allow_failed=allow_failed)
    return done


def _processed(client: NomadClient, upload: Upload, timeout_s: float) -> Upload:
    """Wait until NOMAD is done with an upload, and say which entries failed."""
    from nomad_swagger.cli.watching import watching
    from nomad_swagger.flows import waiting

    with watching(client) as tell:
        seen = waiting.wait(client, upload, timeout_s=timeout_s, progress=tell)
    note_failures(seen.errors)
    return seen


def _row(seen: Upload, done: Put) -> dict[str, Any]:
    return {**asdict(seen), "sent": done.sent, "kept": done.kept, "entry_ids": done.entry_ids}


def _tell(done: Put) -> None:
    """Say what was sent, and what was not and why."""
    note(f"upload {done.upload_id}: {len(done.sent)} {plural('file', len(done.sent))} sent")
    same = len(done.kept) - len(done.kept_by_size)
    if same:
        note(f"{same} {plural('file', same)} not sent again: there already, with the same checksum")
    if done.kept_by_size:
        count = len(done.kept_by_size)
        note(f"{count} {plural('file', count)} not sent again: there already, of the same size (nobody knows more)")
    for path, entry_id in done.entry_ids.items():
        note(f"entry {entry_id}: {path}")


def _sorted_out(words: Sequence[str]) -> tuple[list[str], str]:
    """Tell the files from the upload, which is the last word, or the first where only that is no file.

    Raises
    ------
    UsageError
    """
    if len(words) < 2:
        raise UsageError("put what into which upload? nomad-swagger put PATH… UPLOAD[/FOLDER]")
    *paths, target = words
    if Path(target).exists() and not Path(words[0]).exists() and words[0] != STDIN:
        target, *paths = words
    missing = [path for path in paths if path != STDIN and not Path(path).exists()]
    if missing:
        raise UsageError(f"no file or folder {missing[0]}; the upload is the last word: put PATH… UPLOAD[/FOLDER]")
    return paths, target


@click.command()
@click.argument("targets", metavar="UPLOAD/PATH...", nargs=-1, type=ID, required=True)
@timeout_option
@deed_options
@output_option()
@server_options
def rm(server: Server, consent: Consent, targets: tuple[str, ...], timeout_s: float, fmt: str) -> None:
    """Remove files or folders of an upload that is not published yet (v1). It cannot be taken back.

    Asks first; without a terminal it needs --yes. Entries whose mainfiles go, go with them. All of an upload is what
    delete deletes.
    """
    from nomad_swagger.flows import upload_files

    by_upload: dict[str, list[str]] = {}
    for target in read_ids(targets):
        upload_id, _, path = target.partition("/")
        by_upload.setdefault(upload_id, []).append(path)
    client = server.client(consent)

    def one(upload_id: str) -> Upload:
        seen = upload_files.remove(client, upload_id, by_upload[upload_id], timeout_s=timeout_s)
        note(f"upload {upload_id}: {', '.join(by_upload[upload_id])} removed")
        return seen

    each = Each(COLUMNS, fmt, list(by_upload))
    each.agree(consent, lambda upload_id: upload_files.plan_remove(client, upload_id, by_upload[upload_id]), "change")
    each.do(one)


@click.command()
@UPLOADS
@_processing_options
def process(
    server: Server,
    consent: Consent,
    words: tuple[str, ...],
    waits: bool,
    timeout_s: float,
    allow_failed: bool,
    fmt: str,
) -> None:
    """Have NOMAD process all files of uploads again (v1); - reads the ids from standard input."""
    from nomad_swagger.flows import upload_files

    client = server.client(consent)

    def one(upload_id: str) -> Upload:
        seen = upload_files.process(client, upload_id)
        return _processed(client, seen, timeout_s) if waits else seen

    def verdict(seen: Upload) -> None:
        judge([seen], allow_failed=allow_failed)

    each = Each(COLUMNS, fmt, read_ids(words))
    each.agree(consent, lambda upload_id: upload_files.plan_process(client, upload_id), "process")
    each.do(one, judge=verdict if waits else None)
