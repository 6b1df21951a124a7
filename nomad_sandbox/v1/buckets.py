"""The values that a count shows: the most frequent ones, or a page of all of them.

Knows sizes, filters and pages of values. It must not know how an answer is written.

Source: NOMAD 1.4.3 ``nomad/search.py``; pages are the composite aggregations of Elasticsearch 7.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are conditions that this room wrote
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from nomad_sandbox.histograms import NotCounted, milliseconds
from nomad_sandbox.search import Selection
from nomad_sandbox.store import Store
from nomad_sandbox.v1.answers import wrong_value
from nomad_sandbox.v1.quantities import Quantity, find_quantity

DEFAULT_SIZE = 10
_SIZES = {
    "results.material.functional_type": 20,
    "results.material.compound_type": 20,
    "results.method.simulation.dft.jacobs_ladder": 100,
    "results.method.simulation.dft.xc_functional_type": 100,
}


Rank = tuple[Any, ...]


@dataclass(frozen=True)
class Bucket:
    """A value and how many entries have it.

    Attributes
    ----------
    rank : tuple
        Its place among the others of a page's order: the value, or the value of another quantity and the value.
    """

    value: Any
    number: int
    rank: Rank = ()

    @property
    def key(self) -> str:
        """What a page ends with, and the next one begins behind."""
        return ":".join(map(str, self.rank))


def top_values(
    quantity: Quantity, buckets: Sequence[Bucket], asked: Mapping[str, Any]
) -> tuple[Sequence[Bucket], dict[str, Any]]:
    """Give the most frequent values, and what the answer tells about their choice.

    Parameters
    ----------
    buckets : sequence of Bucket
        All values, the most frequent first.
    asked : dict
        ``size``, and ``include``: a list of values, or a text that a value contains as it is written.
    """
    size = asked.get("size") or _SIZES.get(quantity.name, DEFAULT_SIZE)
    include = asked.get("include")
    if isinstance(include, list):
        buckets = [bucket for bucket in buckets if bucket.value in include]
    elif include:
        buckets = [bucket for bucket in buckets if include in str(bucket.value)]
    return buckets[:size], {"size": size}


def page_of_values(
    store: Store, selection: Selection, quantity: Quantity, buckets: Sequence[Bucket], asked: Mapping[str, Any]
) -> tuple[Sequence[Bucket], dict[str, Any]]:
    """Give a page of all values, in their order or in that of a quantity, and what the answer tells about the page.

    Every page that has values tells a next one, also the last: the end is a page without values.

    Raises
    ------
    Refusal
        422 for a page that cannot be, or an order by what is no quantity: ``count`` and ``value``, which NOMAD's
        description names, are none.
    NotCounted
        An order by the quantity itself.
    """
    size, order = asked.get("page_size", 10), asked.get("order") or "asc"
    if asked.get("page") is not None or size <= 0:
        raise wrong_value("page_size has to be above 0, and page is not possible for aggregations", "pagination")
    order_by, after = asked.get("order_by"), asked.get("page_after_value")
    by = None if order_by is None else _order(quantity, order_by)
    if by is None:
        rows = [Bucket(bucket.value, bucket.number, (bucket.value,)) for bucket in buckets]
    else:
        rows = _with_order(store, selection, quantity, by)
    rows.sort(key=lambda bucket: bucket.rank, reverse=order == "desc")
    if after is not None:
        last = _rank_of(after, by)
        rows = [row for row in rows if (row.rank < last if order == "desc" else row.rank > last)]
    chosen = rows[:size]
    told = {
        **asked,
        "page_size": size,
        "order": order,
        "total": len(buckets),
        "next_page_after_value": chosen[-1].key if chosen else None,
    }
    return chosen, {"pagination": {name: value for name, value in told.items() if value is not None}}


def _order(quantity: Quantity, order_by: str) -> Quantity:
    by = find_quantity(order_by, "aggregation", "pagination", "order_by")
    if by.many:
        raise wrong_value("the order_by quantity must be a scalar", "aggregation", "pagination", "order_by")
    if by.name == quantity.name:
        raise NotCounted("Composite source names must be unique")
    return by


def _rank_of(after: str, by: Quantity | None) -> Rank:
    if by is None:
        return (after,)
    parts = (after if ":" in after else f"{after}:").split(":")
    try:
        order, value = parts
        return (float(order) if by.is_number or by.type == "date" else order, value)
    except ValueError as error:
        message = "The pager_after_value has not the right format."
        raise wrong_value(message, "aggregations", "terms", "pagination", "page_after_value") from error


def _with_order(store: Store, selection: Selection, quantity: Quantity, by: Quantity) -> list[Bucket]:
    """Give the values together with those of another quantity, which orders them."""
    bind = {f"own{i}": path for i, path in enumerate(quantity.paths)}
    bind |= {f"by{i}": path for i, path in enumerate(by.paths)}
    own, other = (", ".join(f":{name}" for name in bind if name.startswith(kind)) or "NULL" for kind in ("own", "by"))
    rows = store.rows(
        "SELECT a.value AS value, b.value AS k, count(DISTINCT a.entry) AS n FROM terms a JOIN terms b"
        f" ON a.entry = b.entry WHERE a.quantity IN ({own}) AND b.quantity IN ({other})"
        f" AND a.entry IN (SELECT entry FROM entries WHERE {selection.where}) GROUP BY b.value, a.value",
        {**selection.values, **bind},
    )
    return [Bucket(row["value"], row["n"], (_ordering(by, row["k"]), row["value"])) for row in rows]


def _ordering(by: Quantity, value: Any) -> Any:
    if by.type != "date":
        return value
    time = datetime.fromisoformat(value)
    return milliseconds(time if time.tzinfo else time.replace(tzinfo=timezone.utc))
