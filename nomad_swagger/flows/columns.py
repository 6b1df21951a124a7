"""Columns of hits by name: fields of our records, of what goes with them, and whatever NOMAD's answer has at a path.

A name that nothing has is refused, with the nearest: an empty column would look like an answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.records import Entry, read_record
from nomad_swagger.flows.told_records import Credit, Provenance
from nomad_swagger.nearest import nearest

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_TOLD = ("functional", "license", "doi")
_TIME = "upload_time"
_LOOKED_AT = 100  # hits


def rows_of(client: NomadClient, entries: Iterable[Entry], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give some columns of hits, None for what one does not have.

    Parameters
    ----------
    client : NomadClient
    entries : iterable of Entry
    names : sequence of str
        Fields of :class:`Entry`, orders of a search (``upload_time``), ``functional``, ``license``, ``doi``, or a path
        in NOMAD's answer (``results.properties.available_properties``).

    Raises
    ------
    UsageError
        A name of none of these, which none of the first hundred hits has.
    """
    rest = iter(entries)
    first = list(itertools.islice(rest, _LOOKED_AT))
    _check(client, first, names)
    return (row_of(client, entry, names) for entry in itertools.chain(first, rest))


def _check(client: NomadClient, hits: Sequence[Entry], names: Sequence[str]) -> None:
    ours = [field.name for field in fields(Entry) if field.name != "raw"]
    known = dict.fromkeys([*ours, *client.nomad.generation.orders, *_TOLD, *client.nomad.vocabulary])
    strange = [name for name in names if name not in known]
    if not strange or (not hits and any(name.count(".") for name in strange)):
        return
    there = dict.fromkeys(path for entry in hits for path in _paths(entry.raw))
    for name in strange:
        if not any(_at(entry.raw, name) is not None for entry in hits):
            near = nearest(name, [*known, *there]) or ours
            raise UsageError(f"no column {name!r} in the hits; did you mean {', '.join(near)}?")


def _paths(thing: Any, before: str = "") -> Iterator[str]:
    if isinstance(thing, Mapping):
        for name, below in thing.items():
            yield f"{before}{name}"
            yield from _paths(below, f"{before}{name}.")
    elif isinstance(thing, list) and thing:
        yield from _paths(thing[0], before)


def row_of(client: NomadClient, entry: Entry, names: Sequence[str]) -> dict[str, Any]:
    """Give some columns of a hit, as :func:`rows_of` does, without a look whether there are such."""
    rules = client.nomad.generation.records
    told: Provenance = read_record(rules, "provenance", entry.raw)
    credit: Credit = read_record(rules, "credit", entry.raw)

    def column(name: str) -> Any:
        if name == _TIME:
            return credit.uploaded
        if name in _TOLD:
            return getattr(told, name)
        if hasattr(entry, name) and name != "raw":
            return getattr(entry, name)
        return _at(entry.raw, name)

    return {name: column(name) for name in names}


def _at(thing: Any, path: str) -> Any:
    """Give what NOMAD's answer has at a path; of a list what each item has there."""
    if not path:
        return thing
    if isinstance(thing, list):
        found = [below for below in (_at(item, path) for item in thing) if below is not None]
        return found or None
    if not isinstance(thing, Mapping):
        return None
    if path in thing:  # NOMAD writes some names with dots in them
        return thing[path]
    head, _, rest = path.partition(".")
    return _at(thing.get(head), rest) if rest else None
