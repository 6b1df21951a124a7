"""``wait``."""

from __future__ import annotations

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED, COLUMNS, judge, note_failures
from nomad_swagger.cli.options import ID, Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import show_rows, stage_notes
from nomad_swagger.words import Until


@click.command()
@click.argument("upload_id", metavar="UPLOAD", type=ID)
@click.option(
    "--until", type=click.Choice(["processed", "published", "deleted"]), default="processed", show_default=True
)
@timeout_option
@ALLOW_FAILED
@output_option()
@server_options
def wait(server: Server, upload_id: str, until: Until, timeout_s: float, allow_failed: bool, fmt: str) -> None:
    """Wait until an upload is processed, published or deleted.

    Exits with 5 when NOMAD could not process it, or read nothing of it, and with 7 when the time is up; the upload goes
    on all the same.
    """
    from nomad_swagger.flows import waiting

    seen = waiting.wait(server.client(), upload_id, until=until, timeout_s=timeout_s, progress=stage_notes())
    note_failures(seen.errors)
    show_rows([seen], columns=COLUMNS, fmt=fmt, key="upload_id")
    if until == "processed":
        judge([seen], allow_failed=allow_failed)
