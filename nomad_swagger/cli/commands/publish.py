"""``publish`` and ``delete``: what cannot be taken back."""

from __future__ import annotations

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED, COLUMNS
from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.options import ID, Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import note, show_rows, stage_notes


@click.command()
@click.argument("upload_id", metavar="UPLOAD", type=ID)
@click.option("--comment", help="Goes with every entry of the upload.")
@click.option("--reference", "references", metavar="URL", multiple=True, help="May be repeated.")
@click.option("--coauthor", "coauthors", metavar="WHO", multiple=True, help="A user id or an e-mail; may be repeated.")
@click.option("--embargo-months", type=click.IntRange(0, 36), default=0, show_default=True)
@ALLOW_FAILED
@timeout_option
@deed_options
@output_option()
@server_options
def publish(
    server: Server,
    consent: Consent,
    upload_id: str,
    comment: str | None,
    references: tuple[str, ...],
    coauthors: tuple[str, ...],
    embargo_months: int,
    allow_failed: bool,
    timeout_s: float,
    fmt: str,
) -> None:
    """Publish an upload and wait until it is public. It cannot be taken back.

    Asks first; without a terminal it needs --yes. An upload without entries, or with failed ones, is not published
    unless --allow-failed says so. With an embargo only you, and those whom you share the data with, see them for that
    long; that they exist is public at once. Coauthors are credit: sharing is another matter.
    """
    from nomad_swagger.flows import publishing

    seen = publishing.publish(
        server.client(consent),
        upload_id,
        comment=comment,
        references=references,
        coauthors=coauthors,
        embargo_months=embargo_months,
        allow_failed=allow_failed,
        timeout_s=timeout_s,
        progress=stage_notes(),
    )
    show_rows([seen], columns=COLUMNS, fmt=fmt, key="upload_id")


@click.command()
@click.argument("upload_id", metavar="UPLOAD", type=ID)
@timeout_option
@deed_options
@server_options
def delete(server: Server, consent: Consent, upload_id: str, timeout_s: float) -> None:
    """Delete an unpublished upload and wait until it is gone. It cannot be taken back.

    Asks first; without a terminal it needs --yes.
    """
    from nomad_swagger.flows import deleting

    deleting.delete(server.client(consent), upload_id, timeout_s=timeout_s, progress=stage_notes())
    note(f"upload {upload_id}: deleted")
