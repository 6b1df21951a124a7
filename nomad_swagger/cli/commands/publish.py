"""``publish`` and ``delete``: what cannot be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.commands.upload import ALLOW_FAILED, COLUMNS
from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.many import UPLOADS, Each, read_ids, until_over
from nomad_swagger.cli.options import Server, output_option, server_options, timeout_option
from nomad_swagger.cli.output import note

if TYPE_CHECKING:
    from nomad_swagger.calls.plan import Plan
    from nomad_swagger.flows.records import Upload


@click.command()
@UPLOADS
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
    words: tuple[str, ...],
    comment: str | None,
    references: tuple[str, ...],
    coauthors: tuple[str, ...],
    embargo_months: int,
    allow_failed: bool,
    timeout_s: float,
    fmt: str,
) -> None:
    """Publish uploads and wait until they are public; - reads their ids from standard input. It cannot be taken back.

    Asks first; without a terminal it needs --yes. An upload without entries, or with failed ones, is not published
    unless --allow-failed says so. With an embargo only you, and those whom you share the data with, see them for that
    long; that they exist is public at once. Coauthors are credit: sharing is another matter.
    """
    from nomad_swagger.cli.watching import note_embargo, note_page, watching
    from nomad_swagger.flows import publishing
    from nomad_swagger.flows.publish_plan import plan_publish
    from nomad_swagger.flows.uploads import get_upload

    client, ids, left_s = server.client(consent), read_ids(words), until_over(timeout_s)
    told: dict[str, Any] = {
        "comment": comment,
        "references": references,
        "coauthors": coauthors,
        "embargo_months": embargo_months,
        "allow_failed": allow_failed,
    }

    def plan(upload_id: str) -> Plan:
        return plan_publish(client, upload_id, seen=get_upload(client, upload_id), **told)

    def one(upload_id: str) -> Upload:
        with watching(client) as progress:
            seen = publishing.publish(client, upload_id, timeout_s=left_s(), progress=progress, **told)
        note_page(client, seen)
        note_embargo(client, seen, embargo_months)
        return seen

    each = Each(COLUMNS, fmt, ids)
    each.agree(consent, plan, "publish")
    each.do(one)


@click.command()
@UPLOADS
@timeout_option
@deed_options
@output_option()
@server_options
def delete(server: Server, consent: Consent, words: tuple[str, ...], timeout_s: float, fmt: str) -> None:
    """Delete unpublished uploads and wait until they are gone; - reads their ids from standard input.

    It cannot be taken back.

    Asks first; without a terminal it needs --yes.
    """
    from nomad_swagger.cli.watching import watching
    from nomad_swagger.flows import deleting
    from nomad_swagger.flows.records import Upload
    from nomad_swagger.flows.uploads import get_upload

    client, ids, left_s = server.client(consent), read_ids(words), until_over(timeout_s)

    def plan(upload_id: str) -> Plan:
        return deleting.plan_delete(client, upload_id, seen=get_upload(client, upload_id))

    def one(upload_id: str) -> Upload | None:
        with watching(client) as progress:
            deleting.delete(client, upload_id, timeout_s=left_s(), progress=progress)
        note(f"upload {upload_id}: deleted")
        return Upload(upload_id, status="DELETED") if len(ids) > 1 or fmt != "table" else None

    each = Each(("upload_id", "status"), fmt, ids)
    each.agree(consent, plan, "delete")
    each.do(one)
