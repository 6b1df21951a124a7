"""``upload`` and ``uploads``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import ID, Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import note, plural, show_rows
from nomad_swagger.cli.sources import STDIN, source_options
from nomad_swagger.errors import UsageError
from nomad_swagger.words import State

if TYPE_CHECKING:
    from nomad_swagger.flows.records import Upload
    from nomad_swagger.transfers.manifest import Rules

LISTED = ("upload_id", "name", "status", "stage", "published", "created")
COLUMNS = (*LISTED[:4], "entries", "failed", *LISTED[4:])
ALLOW_FAILED = click.option("--allow-failed", is_flag=True, help="Also with failed entries, or with none.")


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--name", metavar="NAME", help="The upload's name; by default the file's. With --into: that of -.")
@click.option("--local-path", metavar="PATH", help="Instead of PATH: a file that lies on the server.")
@click.option("--into", metavar="UPLOAD[/FOLDER]", type=ID, help="Put them into an upload that is there (v1).")
@click.option("--again", is_flag=True, help="Make another upload of what was sent before.")
@source_options
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
    into: str | None,
    waits: bool,
    publishes: bool,
    again: bool,
    rules: Rules,
    timeout_s: float,
    allow_failed: bool,
    fmt: str,
) -> None:
    """Upload zip or tar files, folders or single files: one upload each; - is standard input.

    A zip or tar goes as it is; all else is packed while it is sent. What stays at home, and what may not be meant, is
    said before; --dry-run lists all of it, and what NOMAD will probably recognise. The same command, typed again after
    it broke off, goes on with what it made, and never sends twice; --again does. Whether the content is any good is
    NOMAD's to judge: --wait tells, and exits with 5 where it read nothing of it. --publish cannot be taken back: it
    asks first, without a terminal it needs --yes; and an upload without entries, or with failed ones, is not published
    unless --allow-failed says so.
    """
    from nomad_swagger.cli.sending import Asked, look_at, send_all, show_what_goes_up

    if into is not None:
        _put_into(
            server,
            consent,
            paths,
            into,
            name,
            {"--local-path": local_path, "--publish": publishes, "--again": again},
            rules=rules,
            waits=waits,
            timeout_s=timeout_s,
            allow_failed=allow_failed,
            fmt=fmt,
        )
        return
    if not paths and local_path is None:
        raise UsageError("nothing to upload: give a zip or tar file, a folder, a file, - for a pipe, or --local-path")
    if name and len(paths) > 1:
        raise UsageError("--name is for one upload; there are several paths")
    asked = Asked(
        name, local_path, publishes=publishes, waits=waits, again=again, allow_failed=allow_failed, timeout_s=timeout_s
    )
    outs = [look_at(path, rules, name) for path in paths]
    client = server.client(consent)
    if consent.dry_run and show_what_goes_up(client, [out for out in outs if out is not None], fmt):
        return
    made: list[Upload] = []
    try:
        send_all(client, consent, outs or [None], asked, made)
    finally:  # what was made is there, also when a later one fails
        show_rows(made, columns=COLUMNS, fmt=fmt, key="upload_id")
    if waits and not publishes:
        judge(made, allow_failed=allow_failed)


def _put_into(
    server: Server,
    consent: Consent,
    paths: tuple[Path, ...],
    into: str,
    name: str | None,
    without: Mapping[str, object],
    **how: Any,
) -> None:
    """Put files into an upload that is there.

    Raises
    ------
    UsageError
        Options that are for a new upload.
    """
    from nomad_swagger.cli.commands.put import put_into

    said = [option for option, value in without.items() if value]
    if name and Path(STDIN) not in paths:
        said.insert(0, "--name")
    if said:
        raise UsageError(f"{', '.join(said)} is for a new upload, and --into UPLOAD for one that is there")
    put_into(server, consent, paths, into, name=name, **how)


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
