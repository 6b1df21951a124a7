"""What ``upload`` does with what it was given: look, go on with what was begun, ask, send, wait, publish.

Knows the journal's place on this machine and what a person is told; what is sent twice or not is the flows' to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger import settings
from nomad_swagger.cli.consent import Consent
from nomad_swagger.cli.output import note, transfer_bar
from nomad_swagger.cli.sources import STDIN, note_manifest, piped, show_manifests
from nomad_swagger.cli.watching import note_page, watching
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.journal import JournalRow, Phase
    from nomad_swagger.flows.records import Upload
    from nomad_swagger.transfers.manifest import Rules
    from nomad_swagger.transfers.outgoing import Outgoing

_JOURNAL = "uploads.sqlite"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for beside the files."""

    name: str | None = None
    local_path: str | None = None
    publishes: bool = False
    waits: bool = False
    again: bool = False
    allow_failed: bool = False
    timeout_s: float = 3600


@dataclass
class _Item:
    """One upload to make.

    Attributes
    ----------
    out : Outgoing or None
        None for a file that lies on the server.
    row : JournalRow or None
    before : Upload or None
        What an earlier command made of it.
    """

    out: Outgoing | None
    row: JournalRow | None = None
    before: Upload | None = None


def look_at(path: Path, rules: Rules, name: str | None) -> Outgoing:
    """Look at what is to go up, and say what stays at home, before a server is spoken to.

    Raises
    ------
    UsageError
    """
    from nomad_swagger.transfers.outgoing import outgoing

    out = outgoing(piped() if str(path) == STDIN else path, rules, member=name or "stdin")
    if out.manifest is not None:
        note_manifest(out.manifest)
    return out


def show_what_goes_up(client: NomadClient, outs: Sequence[Outgoing], fmt: str) -> bool:
    """Print the manifests; True where that is all that is to be shown, since no plan fits the format."""
    from nomad_swagger.flows.forecast import forecast

    manifests = [out.manifest for out in outs if out.manifest is not None]
    show_manifests([(one, forecast(client, one, uploads=len(outs))) for one in manifests], fmt)
    return fmt != "table"


def send_all(
    client: NomadClient, consent: Consent, outs: Sequence[Outgoing | None], asked: Asked, made: list[Upload]
) -> None:
    """Send everything, one after the other; ``made`` has what is there, also when a later one fails.

    Raises
    ------
    DoneBefore
        All of it is sent and published.
    """
    from nomad_swagger.flows.deeds import need_login
    from nomad_swagger.flows.publish_plan import plan_uploads

    if not consent.dry_run:
        need_login(client, "upload")
    with ExitStack() as held:
        items = [_Item(out) for out in outs] if consent.dry_run else _begun(client, outs, asked, held)
        sources = [item.out if item.before is None else item.before for item in items]
        plan = plan_uploads(client, sources, name=asked.name, local_path=asked.local_path, publishes=asked.publishes)
        if plan is not None:
            consent(plan)
        for item in items:
            _send(client, item, asked, made)


def _begun(client: NomadClient, outs: Sequence[Outgoing | None], asked: Asked, held: ExitStack) -> list[_Item]:
    """Give what is left to do, each with what an earlier command made of it."""
    from nomad_swagger.flows.resuming import DoneBefore, begun_before

    items, done = [], []
    for out in outs:
        item = _Item(out, _row(client, out, asked, held))
        if item.row is not None:
            try:
                item.before = None if asked.again else begun_before(client, item.row)
            except DoneBefore as error:
                done.append(error)
                continue
        items.append(item)
    if done and not items:
        raise done[0]
    for earlier in done:
        note(str(earlier))
    return items


def _row(client: NomadClient, out: Outgoing | None, asked: Asked, held: ExitStack) -> JournalRow | None:
    """Give the place of an upload in this machine's journal, where one can be kept, and own it."""
    from nomad_swagger.flows.journal import row_of

    if out is None or out.manifest is None:
        return None
    path = settings.state_folder() / _JOURNAL
    try:
        row = row_of(client, out.manifest, asked.name or out.name or "", path)
        held.enter_context(row.claimed())
    except OSError as error:
        note(f"warning: no journal can be kept in {path} ({error.strerror}): the same line again would send it twice")
        return None
    return row


def _send(client: NomadClient, item: _Item, asked: Asked, made: list[Upload]) -> None:
    from nomad_swagger.cli.commands.upload import note_failures
    from nomad_swagger.flows import publishing, sending, waiting

    if item.before is not None:
        made.append(item.before)
        note(f"upload {item.before.upload_id}: was sent before; it is not sent twice (--again does)")
    else:
        with transfer_bar(item.out.words if item.out else str(asked.local_path)) as progress:
            plan = sending.plan_upload(
                client, item.out, name=asked.name, local_path=asked.local_path, progress=progress
            )
            made.append(sending.send(client, plan, item.row))
        note(f"upload {made[-1].upload_id}: sent")
    note_page(client, made[-1])
    try:
        with watching(client) as tell:

            def seen(upload: Upload) -> None:
                made[-1] = upload
                tell(upload)

            if asked.waits or asked.publishes:
                made[-1] = waiting.wait(client, made[-1], timeout_s=asked.timeout_s, progress=seen)
                note_failures(made[-1].errors)
            if asked.publishes:
                _mark(item, "publishing")
                made[-1] = publishing.publish(
                    client, made[-1], allow_failed=asked.allow_failed, timeout_s=asked.timeout_s, progress=seen
                )
                _mark(item, "published")
    except KeyboardInterrupt as stop:
        upload_id = made[-1].upload_id
        stop.args = (f"upload {upload_id} is sent: the same again goes on, or `nomad-swagger wait {upload_id}`.",)
        raise


def _mark(item: _Item, phase: Phase) -> None:
    if item.row is not None:
        item.row.mark(phase)
