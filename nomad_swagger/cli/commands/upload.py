"""``upload`` and ``uploads``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import note, plural, show_rows, stage_notes, transfer_bar
from nomad_swagger.errors import UsageError
from nomad_swagger.words import State

if TYPE_CHECKING:
    from nomad_swagger.flows.records import Upload

LISTED = ("upload_id", "name", "status", "stage", "published", "created")
COLUMNS = (*LISTED[:4], "entries", "failed", *LISTED[4:])
ALLOW_FAILED = click.option("--allow-failed", is_flag=True, help="Also with failed entries, or with none.")


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--name", metavar="NAME", help="The upload's name; by default the file's.")
@click.option("--local-path", metavar="PATH", help="Instead of PATH: a file that lies on the server.")
@click.option("--wait", "waits", is_flag=True, help="Wait until it is processed.")
@click.option("--publish", "publishes", is_flag=True, help="Wait, then publish.")
@timeout_option
@ALLOW_FAILED
@deed_options
@output_option()
@server_options
def upload(
    server: Server,
    consent: Consent,
    paths: tuple[Path, ...],
    name: str | None,
    local_path: str | None,
    waits: bool,
    publishes: bool,
    timeout_s: float,
    allow_failed: bool,
    fmt: str,
) -> None:
    """Upload zip or tar files, or folders: one upload each.

    A folder is packed while it is sent. Whether the content is any good is NOMAD's to judge: --wait tells, and exits
    with 5 where it read nothing of it. --publish cannot be taken back: it asks first, without a terminal it needs
    --yes; and an upload without entries, or with failed ones, is not published unless --allow-failed says so.
    """
    from nomad_swagger.flows import publishing, uploads, waiting
    from nomad_swagger.flows.publish_plan import plan_uploads

    if not paths and local_path is None:
        raise UsageError("nothing to upload: give a zip or tar file, a folder, or --local-path")
    if name and len(paths) > 1:
        raise UsageError("--name is for one upload; there are several paths")
    client = server.client(consent)
    sources = paths or (None,)
    consent(plan_uploads(client, sources, name=name, local_path=local_path, publishes=publishes))
    made: list[Upload] = []

    def send(path: Path | None) -> None:
        with transfer_bar(str(path or local_path)) as progress:
            made.append(uploads.upload(client, path, name=name, local_path=local_path, progress=progress))
        note(f"upload {made[-1].upload_id}: sent")
        tell = stage_notes()

        def seen(upload: Upload) -> None:
            made[-1] = upload
            tell(upload)

        if waits or publishes:
            made[-1] = waiting.wait(client, made[-1], timeout_s=timeout_s, progress=seen)
            note_failures(made[-1].errors)
        if publishes:
            made[-1] = publishing.publish(
                client, made[-1], allow_failed=allow_failed, timeout_s=timeout_s, progress=seen
            )

    try:
        for path in sources:
            send(path)
    finally:  # what was made is there, also when a later one fails
        show_rows(made, columns=COLUMNS, fmt=fmt, key="upload_id")
    if waits and not publishes:
        judge(made, allow_failed=allow_failed)


@click.command()
@click.option("--state", type=click.Choice(["unpublished", "published", "all"]), help="By default unpublished.")
@click.option("--name", metavar="NAME", help="Those of that name alone.")
@output_option()
@server_options
def uploads(server: Server, state: State | None, name: str | None, fmt: str) -> None:
    """List your uploads, the unpublished ones unless --state says otherwise."""
    from nomad_swagger.flows.uploads import list_uploads

    found = show_rows(list_uploads(server.client(), state=state, name=name), columns=LISTED, fmt=fmt, key="upload_id")
    note(f"{found} {plural('upload', found)}")


def judge(made: list[Upload], *, allow_failed: bool) -> None:
    """Say which uploads NOMAD read nothing of.

    Raises
    ------
    Verdict
        There is one, and that is not allowed.
    """
    words = []
    for one in made:
        if one.entries == 0:
            words.append(f"upload {one.upload_id}: no calculation was recognised")
        elif one.entries and one.failed == one.entries:
            words.append(f"upload {one.upload_id}: all {one.entries} entries failed")
    if words and allow_failed:
        note("; ".join(words))
    elif words:
        raise Verdict(f"{'; '.join(words)}. It is there all the same; --allow-failed takes that for done.", 5)


def note_failures(errors: tuple[str, ...]) -> None:
    """Say which entries could not be read."""
    for words in errors:
        note(f"failed entry: {words}")
