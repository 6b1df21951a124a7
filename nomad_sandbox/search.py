"""Find entries: conditions on terms, pages, counts per value, groups, histograms.

Speaks of quantities by their dotted path in the index and of nothing else; how an API version calls them is the
business of its face. It must not know HTTP.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from sqlite3 import Row
from typing import Any

import orjson

from nomad_sandbox.accounts import User
from nomad_sandbox.index import words
from nomad_sandbox.optimade import Filter
from nomad_sandbox.store import Store
from nomad_sandbox.visibility import owner_sql

TEXT_QUANTITIES = frozenset({"comment"})


@dataclass(frozen=True)
class Condition:
    """That an entry has values of a quantity.

    Attributes
    ----------
    quantity : str
        Dotted path in the index.
    values : sequence of str or number
    every : bool
        All of the values, else any of them.
    """

    quantity: str
    values: Sequence[Any]
    every: bool = False


@dataclass(frozen=True)
class Query:
    """What is searched, and for whom.

    Attributes
    ----------
    from_time, until_time : str, optional
        Upload time, ISO 8601 in UTC without zone; both ends count.
    """

    conditions: Sequence[Condition] = ()
    filters: Sequence[Filter] = ()
    owner: str = "visible"
    viewer: User | None = None
    from_time: str | None = None
    until_time: str | None = None


@dataclass(frozen=True)
class Selection:
    """A query as SQL: ``SELECT ... FROM entries WHERE`` + `where`."""

    where: str
    values: dict[str, Any] = field(default_factory=dict)


def _variants(value: Any) -> list[Any]:
    """Give the forms in which the index may hold what was asked for: text, number, boolean."""
    text = str(value)
    variants: list[Any] = [text]
    if text.lower() in ("true", "false"):
        variants.append(text.lower())
    with contextlib.suppress(ValueError):  # most texts are no numbers
        variants.append(float(text))
    return variants


def _one_of(quantity: str, values: Iterable[Any], bind: dict[str, Any]) -> str:
    names = []
    for value in values:
        names.append(f":p{len(bind)}")
        bind[f"p{len(bind)}"] = value
    bind_quantity = f"p{len(bind)}"
    bind[bind_quantity] = quantity
    return f"entry IN (SELECT entry FROM terms WHERE quantity = :{bind_quantity} AND value IN ({', '.join(names)}))"


def _condition(condition: Condition, bind: dict[str, Any]) -> str:
    if condition.quantity in TEXT_QUANTITIES:
        groups = [words(str(value)) for value in condition.values]
    else:
        groups = [_variants(value) for value in condition.values]
    if condition.every:
        return " AND ".join(_one_of(condition.quantity, group, bind) for group in groups) or "1"
    return _one_of(condition.quantity, [value for group in groups for value in group], bind)


def select(query: Query) -> Selection:
    """Turn a query into SQL.

    Raises
    ------
    OwnerRefused
        The owner value is not for this viewer.
    """
    bind: dict[str, Any] = {"viewer": query.viewer.user_id if query.viewer else None}
    parts = [owner_sql(query.owner, query.viewer)]
    parts += [_condition(condition, bind) for condition in query.conditions]
    parts += [chosen.sql(bind) for chosen in query.filters]
    for name, comparison in (("from_time", ">="), ("until_time", "<=")):
        if getattr(query, name) is not None:
            parts.append(f"upload_time {comparison} :{name}")
            bind[name] = getattr(query, name)
    return Selection(" AND ".join(parts), bind)


def count(store: Store, selection: Selection) -> int:
    """Give how many entries there are."""
    return int(store.value(f"SELECT count(*) FROM entries WHERE {selection.where}", selection.values))


def entry_numbers(
    store: Store, selection: Selection, *, order_by: str = "upload_time", descending: bool = True
) -> list[int]:
    """Give the numbers of all entries, ordered by a quantity; those without it come last."""
    direction = "DESC" if descending else "ASC"
    by = "upload_time"
    if order_by != "upload_time":
        by = "(SELECT min(value) FROM terms WHERE terms.entry = entries.entry AND quantity = :order_by)"
    rows = store.rows(
        f"SELECT entry, {by} AS k FROM entries WHERE {selection.where} ORDER BY k IS NULL, k {direction}, calc_id",
        {**selection.values, "order_by": order_by},
    )
    return [row["entry"] for row in rows]


def read_documents(store: Store, entries: Sequence[int]) -> list[dict[str, Any]]:
    """Give the documents of entries in the order of their numbers; one that is gone meanwhile is left out."""
    documents: dict[int, dict[str, Any]] = {}
    for start in range(0, len(entries), 500):
        part = entries[start : start + 500]
        rows = store.rows(
            f"SELECT entry, document FROM entries WHERE entry IN ({', '.join('?' * len(part))})", list(part)
        )
        documents |= {row["entry"]: orjson.loads(row["document"]) for row in rows}
    return [documents[entry] for entry in entries if entry in documents]


def entries_with(store: Store, quantity: str, value: Any) -> list[int]:
    """Give the numbers of all entries that have a value, whoever may see them."""
    rows = store.rows("SELECT entry FROM terms WHERE quantity = ? AND value = ?", (quantity, value))
    return [row["entry"] for row in rows]


def find_page(
    store: Store,
    selection: Selection,
    *,
    offset: int,
    limit: int,
    order_by: str = "upload_time",
    descending: bool = True,
) -> list[dict[str, Any]]:
    """Give one page of documents."""
    numbers = entry_numbers(store, selection, order_by=order_by, descending=descending)
    return read_documents(store, numbers[offset : offset + limit])


_METRICS = {
    "sum": "(SELECT coalesce(sum(value), 0.0) FROM terms WHERE quantity = :metric AND entry IN ({entries}))",
    "cardinality": "(SELECT count(DISTINCT value) FROM terms WHERE quantity = :metric AND entry IN ({entries}))",
}


def metric(store: Store, selection: Selection, quantity: str, kind: str) -> float:
    """Give the sum, or the number of different values (``cardinality``), of a quantity over all entries."""
    sql = _METRICS[kind].format(entries=f"SELECT entry FROM entries WHERE {selection.where}")
    value = store.value("SELECT " + sql, {**selection.values, "metric": quantity})
    return float(value) if kind == "sum" else int(value)


def count_values(
    store: Store,
    selection: Selection,
    quantity: str,
    *,
    limit: int = 100,
    after: str | None = None,
    by_count: bool = False,
) -> list[tuple[Any, int]]:
    """Give the values of a quantity with the number of entries that have each, by value.

    Parameters
    ----------
    after : str, optional
        Only values behind this one; for pages.
    by_count : bool
        By number, largest first.
    """
    order = "n DESC, value" if by_count else "value"
    behind = "" if after is None else " AND CAST(value AS TEXT) > :after"
    rows: list[Row] = store.rows(
        f"SELECT value, count(*) AS n FROM terms WHERE quantity = :quantity{behind}"
        f" AND entry IN (SELECT entry FROM entries WHERE {selection.where})"
        f" GROUP BY value ORDER BY {order} LIMIT :limit",
        {**selection.values, "quantity": quantity, "limit": limit, "after": after},
    )
    return [(row["value"], row["n"]) for row in rows]


def with_value(selection: Selection, quantity: str, value: Any) -> Selection:
    """Narrow a selection to the entries that have exactly this value."""
    bind = dict(selection.values)
    return Selection(f"{selection.where} AND {_one_of(quantity, [value], bind)}", bind)


def find_terms(store: Store, selection: Selection, quantity: str, *, containing: str, limit: int) -> list[str]:
    """Give values of a quantity that contain some text as it is written, most frequent first.

    With more of them than the limit, those are chosen that come last in the order of values.
    """
    rows = store.rows(
        "SELECT value, count(*) AS n FROM terms WHERE quantity = :quantity AND instr(value, :text) > 0"
        f" AND entry IN (SELECT entry FROM entries WHERE {selection.where}) GROUP BY value ORDER BY value DESC"
        " LIMIT :limit",
        {**selection.values, "quantity": quantity, "text": containing, "limit": limit},
    )
    return [str(row["value"]) for row in sorted(rows, key=lambda row: -int(row["n"]))]


def entries_by_time(store: Store, selection: Selection) -> list[tuple[str, int]]:
    """Give the upload times of all entries with the number of entries that have each, oldest first."""
    rows = store.rows(
        f"SELECT upload_time, count(*) AS n FROM entries WHERE {selection.where} GROUP BY upload_time"
        " ORDER BY upload_time",
        selection.values,
    )
    return [(row["upload_time"], row["n"]) for row in rows]


def between(selection: Selection, first: str, last: str) -> Selection:
    """Narrow a selection to the entries that were uploaded from a time on and before another one."""
    bind = {**selection.values, "first_time": first, "last_time": last}
    return Selection(f"{selection.where} AND upload_time >= :first_time AND upload_time < :last_time", bind)
