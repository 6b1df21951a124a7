"""Columns of hits by name: fields of our records, of what goes with them, and whatever NOMAD's answer has at a path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.flows.records import Entry, read_record
from nomad_swagger.flows.told_records import Provenance

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def row_of(client: NomadClient, entry: Entry, names: Sequence[str]) -> dict[str, Any]:
    """Give some columns of a hit, None for what it does not have.

    Parameters
    ----------
    client : NomadClient
    entry : Entry
    names : sequence of str
        Fields of :class:`Entry`, orders of a search (``upload_time``), ``functional``, ``license``, ``doi``, or a path
        in NOMAD's answer (``results.properties.available_properties``).
    """
    generation = client.nomad.generation
    told: Provenance = read_record(generation.records, "provenance", entry.raw)

    def column(name: str) -> Any:
        if hasattr(entry, name) and name != "raw":
            return getattr(entry, name)
        if name in ("functional", "license", "doi"):
            return getattr(told, name)
        return dotted.first(entry.raw, [*generation.orders.get(name, ()), name])

    return {name: column(name) for name in names}
