"""``edit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.many import Each, read_ids
from nomad_swagger.cli.options import ID, Server, output_option, server_options
from nomad_swagger.cli.output import note, plural, show_rows
from nomad_swagger.cli.targets import read_targets
from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.calls.plan import Plan
    from nomad_swagger.client.client import NomadClient

COLUMNS = ("quantity", "value", "entries")


@dataclass(frozen=True)
class _EditedUpload:
    upload_id: str
    quantities: tuple[str, ...]
    entries: int


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@click.option("--comment", help="An empty text clears it.")
@click.option(
    "--reference", "references", metavar="URL", multiple=True, help="Instead of those there; may be repeated."
)
@click.option("--no-references", is_flag=True, help="Clear the references.")
@click.option(
    "--coauthor", "coauthors", metavar="WHO", multiple=True, help="A user id or an e-mail, instead of those there."
)
@click.option(
    "--reviewer",
    "--share",
    "reviewers",
    metavar="WHO",
    multiple=True,
    help="Who sees the data before everybody does, instead of those there: a user id or an e-mail.",
)
@click.option("--name", metavar="NAME", help="The upload's name (NOMAD v1).")
@click.option("--lift-embargo", is_flag=True, help="Make public what is published with an embargo, for good.")
@deed_options
@output_option()
@server_options
def edit(
    server: Server,
    consent: Consent,
    targets: tuple[str, ...],
    comment: str | None,
    references: tuple[str, ...],
    no_references: bool,
    coauthors: tuple[str, ...],
    reviewers: tuple[str, ...],
    name: str | None,
    lift_embargo: bool,
    fmt: str,
) -> None:
    """Change what is told about your entries, published or not: of one id or query all of it or nothing.

    \b
    TARGET is an entry's or an upload's id, - for ids from standard input, or a query of your entries:
    nomad-swagger edit upload_id=… code=VASP --comment "PBE, 500 eV"

    \b
    Let a colleague see them before everybody does; `nomad-swagger users WORD` finds people:
    nomad-swagger edit UPLOAD --share sheldon@example.org

    Of several ids each upload is edited on its own: one that fails does not keep the others from it. Asks first where
    it touches more than one upload or lifts an embargo; without a terminal that needs --yes.
    """
    from nomad_swagger.flows.metadata import editing

    if no_references and references:
        raise UsageError("--reference and --no-references contradict each other")
    told: dict[str, Any] = {
        "comment": comment,
        "references": [] if no_references else references or None,
        "coauthors": coauthors or None,
        "reviewers": reviewers or None,
        "name": name,
        "lift_embargo": lift_embargo,
    }
    chosen = read_targets(read_ids(targets))
    client = server.client(consent)
    if len(chosen) > 1:
        _edit_each(client, consent, [str(one) for one in chosen], told, fmt)
        return
    done = editing.edit(client, chosen, **told)
    show_rows(done.changes, columns=COLUMNS, fmt=fmt, key="quantity")
    entries, uploads = len(done.entry_ids), len(done.upload_ids)
    note(f"{entries} {plural('entry', entries)} of {uploads} {plural('upload', uploads)} edited")


def _edit_each(client: NomadClient, consent: Consent, ids: list[str], told: dict[str, Any], fmt: str) -> None:
    """Edit what several ids stand for, each upload on its own.

    Raises
    ------
    NomadError, Verdict
    """
    from nomad_swagger.flows.deeds import need_login
    from nomad_swagger.flows.metadata import editing
    from nomad_swagger.flows.metadata.selection import by_upload

    need_login(client, "edit")
    chosen = by_upload(client, ids)

    def plan(upload_id: str) -> Plan:
        return editing.plan_edit(client, chosen[upload_id], **told)

    def one(upload_id: str) -> _EditedUpload:
        done = editing.edit(client, chosen[upload_id], **told)
        return _EditedUpload(upload_id, tuple(change.quantity for change in done.changes), len(done.entry_ids))

    each = Each(("upload_id", "quantities", "entries"), fmt, list(chosen))
    each.agree(consent, plan)
    each.do(one)
