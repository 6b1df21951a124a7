"""``publish`` and ``delete``: what cannot be taken back."""

from __future__ import annotations

import click

from nomad_swagger.cli.commands.upload import COLUMNS
from nomad_swagger.cli.options import ID, Server, confirm, output_option, server_options
from nomad_swagger.cli.output import note, show_rows, stage_notes

_TIMEOUT = click.option(
    "--timeout", "timeout_s", type=float, default=3600, show_default=True, help="Seconds to wait at most."
)
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("upload_id", metavar="UPLOAD", type=ID)
@click.option("--comment", help="Goes with every entry of the upload.")
@click.option("--reference", "references", metavar="URL", multiple=True, help="May be repeated.")
@click.option("--coauthor", "coauthors", metavar="WHO", multiple=True, help="A user id or an e-mail; may be repeated.")
@click.option("--embargo-months", type=click.IntRange(0, 36), default=0, show_default=True)
@_TIMEOUT
@_YES
@output_option()
@server_options
def publish(
    server: Server,
    upload_id: str,
    comment: str | None,
    references: tuple[str, ...],
    coauthors: tuple[str, ...],
    embargo_months: int,
    timeout_s: float,
    yes: bool,
    fmt: str,
) -> None:
    """Publish an upload and wait until it is public. It cannot be taken back.

    With an embargo only you, and those whom you share the data with, see them for that long; that they exist is
    public at once. Coauthors are credit: sharing is another matter.
    """
    from nomad_swagger.flows import publishing

    client = server.client()
    confirm(f"Publish upload {upload_id} at {client.nomad.api_url}? It cannot be taken back.", yes)
    seen = publishing.publish(
        client,
        upload_id,
        comment=comment,
        references=references,
        coauthors=coauthors,
        embargo_months=embargo_months,
        timeout_s=timeout_s,
        progress=stage_notes(),
    )
    show_rows([seen], columns=COLUMNS, fmt=fmt, key="upload_id")


@click.command()
@click.argument("upload_id", metavar="UPLOAD", type=ID)
@_TIMEOUT
@_YES
@server_options
def delete(server: Server, upload_id: str, timeout_s: float, yes: bool) -> None:
    """Delete an unpublished upload and wait until it is gone."""
    from nomad_swagger.flows import publishing

    client = server.client()
    confirm(f"Delete upload {upload_id} at {client.nomad.api_url}?", yes)
    publishing.delete(client, upload_id, timeout_s=timeout_s, progress=stage_notes())
    note(f"upload {upload_id}: deleted")
