"""Hits in an order that is the same on every NOMAD: by a field, then by entry id; what lacks the field comes last.

A server sorts by fields that every entry has, and entries of one value are put in order here; by any other field all
hits are sorted here, since NOMAD v1 repeats pages for ever where entries lack a text. Must not know how a server pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Literal

from nomad_swagger import dotted
from nomad_swagger.errors import UsageError
from nomad_swagger.generations.generation import Generation
from nomad_swagger.light import dataclass

Order = Literal["asc", "desc"]
_ORDERS = ("asc", "desc")
ENTRY_ID = "entry_id"


@dataclass(frozen=True)
class Ordering:
    """An order of hits.

    Attributes
    ----------
    paths : tuple of str
        Where a hit has the field, the first that is there.
    id_paths : tuple of str
        Where it has its id.
    descending : bool
    by_server : bool
        The server sorts by the field, and every entry has it.
    name : str
        Of the field, in our words.
    """

    paths: tuple[str, ...]
    id_paths: tuple[str, ...]
    descending: bool
    by_server: bool
    name: str

    def sorted(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Give hits in this order; as they come, where the server has sorted them."""
        if not self.by_server:
            yield from self._in_order(list(items))
            return
        for _, equal in groupby(items, key=self._value):
            yield from self._by_id(list(equal))

    def _in_order(self, items: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        there = [item for item in self._by_id(items) if self._value(item) is not None]
        missing = [item for item in self._by_id(items) if self._value(item) is None]
        return [*sorted(there, key=self._key, reverse=self.descending), *missing]

    def _by_id(self, items: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        # sorting is stable, so that what is equal stays by id; reversed, Python keeps that, too
        return sorted(items, key=lambda item: str(dotted.first(item, self.id_paths)))

    def _value(self, item: Mapping[str, Any]) -> Any:
        return dotted.first(item, self.paths)

    def _key(self, item: Mapping[str, Any]) -> tuple[int, Any]:
        value = self._value(item)
        return (0, value) if isinstance(value, (int, float)) else (1, str(value))


def read_ordering(generation: Generation, order_by: str | None, order: str, newest: int | None) -> Ordering | None:
    """Give the order that a caller asks for; None for none.

    Raises
    ------
    UsageError
        No such order.
    """
    if order not in _ORDERS:
        raise UsageError(f"order is one of {', '.join(_ORDERS)}, not {order!r}")
    if newest is not None and order_by is not None:
        raise UsageError("newest is an order of its own: leave order_by out")
    name = "upload_time" if newest is not None else order_by
    if name is None:
        return None
    known = generation.orders
    if name not in known:
        raise UsageError(f"order_by is one of {', '.join(known)}, not {name!r}")
    ids = tuple(generation.records["entry"]["entry_id"])
    return Ordering(
        tuple(known[name]), ids, newest is not None or order == "desc", name in generation.sorted_there, name
    )


def up_to(most: int, items: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Give hits that a server has sorted, and refuse to go beyond what it sorts.

    Parameters
    ----------
    most : int
        0 for all.
    items : iterator of mapping

    Raises
    ------
    UsageError
    """
    for number, item in enumerate(items, 1):
        yield item
        if number == most and next(items, None) is not None:
            raise UsageError(f"this server sorts {most:,} hits and there are more: narrow the search, or say limit=")
