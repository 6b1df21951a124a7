"""The plan of a bare call: what it touches is counted where the generation marks it as one to ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nomad_swagger.calls.plan import Plan, Step
from nomad_swagger.errors import ApiError
from nomad_swagger.flows.deeds import plan_of
from nomad_swagger.flows.paging import Paged, pages_of
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.uploads import get_upload
from nomad_swagger.generations.marks import query_of
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nomad_swagger.client.client import NomadClient


def plan_call(client: NomadClient, call: PreparedCall, *, look: bool = True) -> Plan:
    """Give the plan of a call; where it cannot be taken back or goes by a query, with how much it touches.

    Parameters
    ----------
    client : NomadClient
    call : PreparedCall
    look : bool
        May the server be asked how much that is?
    """
    nomad = client.nomad
    irreversible = nomad.is_irreversible(call)
    uploads: tuple[str, ...] = ()
    entries: int | None = None
    named = dict(call.arguments).get("upload_id")
    if irreversible and named:
        uploads = (str(named),)
    if nomad.spec.generation and look:
        asked = query_of(nomad.generation, call.operation, dict(call.arguments))
        if asked is not None:
            uploads, entries = _reached(client, *asked)
        elif uploads:
            entries = _entries_in(client, uploads[0])
    step = Step(call, f"call {call.title}", upload_ids=uploads, irreversible=irreversible)
    return plan_of(client, "call", step.words, [step], upload_ids=uploads, entries=entries)


def _entries_in(client: NomadClient, upload_id: str) -> int | None:
    """Give how many entries an upload has; unknown where it is not shown, as the call itself will say."""
    try:
        return get_upload(client, upload_id).entries
    except ApiError:
        return None


def _reached(client: NomadClient, query: Any, owner: str) -> tuple[tuple[str, ...], int]:
    """Give the uploads, and the number of entries, that a query in the server's own words finds."""
    nomad = client.nomad
    way = nomad.verb("search")
    words: dict[str, Any] = {name: value for name, value in (query or {}).items() if name != "owner"}
    native = {way.quantities: words} if way.quantities else words

    def ask(step: Mapping[str, Any]) -> Any:
        return nomad.json(nomad.prepare_verb("search", {"owner": owner}, native={**native, **step}))

    found = [
        read_record(nomad.generation.records, "entry", item)
        for item in Paged(ask, pages_of(nomad, "search"), what="what the query reaches")
    ]
    return tuple(dict.fromkeys(entry.upload_id for entry in found)), len(found)
