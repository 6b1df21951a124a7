"""Find entries for v1: owner and query together, one page at a time, in any order.

Knows the index. It must not know what of an entry is shown.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are conditions that this room wrote
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nomad_sandbox.search import Selection, count, read_documents
from nomad_sandbox.v1.answers import Refusal, wrong_value
from nomad_sandbox.v1.call import Call
from nomad_sandbox.v1.pages import WINDOW, Page
from nomad_sandbox.v1.quantities import NO_VALUES, Quantity, find_quantity
from nomad_sandbox.v1.query import query_sql
from nomad_sandbox.v1.rights import owner_sql

MAX_ENTRY_DOWNLOAD = 50_000
_NO_TEXT, _NO_NUMBER = "None", "Infinity"


@dataclass(frozen=True)
class Found:
    """One page of documents, and what to tell about it."""

    documents: list[dict[str, Any]]
    pagination: dict[str, Any]


def select(call: Call, asked: Mapping[str, Any]) -> Selection:
    """Turn ``owner`` and ``query`` of a request into a selection.

    Raises
    ------
    Refusal
    """
    condition, values = query_sql(asked.get("query"))
    owner = owner_sql(asked.get("owner") or "public", call.viewer)
    viewer = call.viewer.user_id if call.viewer else None
    return Selection(f"{owner} AND {condition}", {**values, "viewer": viewer})


def _ordered(call: Call, selection: Selection, page: Page) -> list[tuple[int, str, Any]]:
    """Give number, id and value of all entries; those without a value come last."""
    direction = "DESC" if page.descending else "ASC"
    quantity = _order_quantity(page)
    paths = {f"order{i}": path for i, path in enumerate(quantity.paths)}
    nothing = dict(zip(("nothing0", "nothing1"), NO_VALUES, strict=True))
    names = ", ".join(f":{name}" for name in paths) or "NULL"
    rows = call.store.rows(
        f"SELECT entry, calc_id, (SELECT {'max' if page.descending else 'min'}(value) FROM terms"
        f" WHERE terms.entry = entries.entry AND quantity IN ({names}) AND value NOT IN (:nothing0, :nothing1)) AS k"
        f" FROM entries WHERE {selection.where} ORDER BY k IS NULL, k {direction}, calc_id {direction}",
        {**selection.values, **paths, **nothing},
    )
    return [(row["entry"], row["calc_id"], row["k"]) for row in rows]


def _order_quantity(page: Page) -> Quantity:
    """Give the quantity that entries are to be ordered by.

    Raises
    ------
    Refusal
        422 for what is no quantity, or may have several values; 400 for a text, which the search engine refuses, and
        for a place to go on after that does not end in ``:`` and an id.
    """
    quantity = find_quantity(page.order_by, "pagination", "order_by")
    if quantity.many:
        raise wrong_value("the order_by quantity must be a single value", "pagination", "order_by")
    if quantity.type == "text":
        raise Refusal(400, f"Elasticsearch could not process your query: {page.order_by} is a text.")
    if page.after is not None and ":" not in page.after:
        raise Refusal(400, f"page_after_value must end in :<entry_id>, not be {page.after}.")
    return quantity


def _start_after(rows: list[tuple[int, str, Any]], after: str, *, descending: bool) -> int:
    """Give where the rows behind a value begin; the value ends in the id of the entry before.

    For entries without a value the index compares with the text "None": what is behind that word comes again, for
    ever. That is so in NOMAD.
    """
    value, _, last = after.rpartition(":")
    if value == _NO_TEXT:
        behind = (i for i, (_, _, found) in enumerate(rows) if found is None or (found > value) is not descending)
        return next(behind, len(rows))
    return next((i + 1 for i, (_, entry_id, _) in enumerate(rows) if entry_id == last), len(rows))


def _by_id(call: Call, selection: Selection, page: Page) -> list[tuple[int, str, Any]]:
    """Give one entry more than the page has, so that one sees whether there is a next one."""
    direction, beyond = ("DESC", "<") if page.descending else ("ASC", ">")
    behind = "" if page.after is None else f" AND calc_id {beyond} :after"
    rows = call.store.rows(
        f"SELECT entry, calc_id FROM entries WHERE {selection.where}{behind}"
        f" ORDER BY calc_id {direction} LIMIT :size OFFSET :start",
        {**selection.values, "after": page.after, "size": page.size + 1, "start": page.start},
    )
    return [(row["entry"], row["calc_id"], None) for row in rows]


def find(call: Call, selection: Selection, page: Page) -> Found:
    """Give one page of what a selection finds.

    Raises
    ------
    Refusal
        422 for an order by something that is no quantity.
    """
    if page.size > WINDOW:
        raise Refusal(400, f"Elasticsearch could not process your query: Result window is too large, {page.size}.")
    if page.order_by != "entry_id":
        _order_quantity(page)
    total = count(call.store, selection)
    if page.size == 0:
        return Found([], page.told(total, None))
    if page.order_by == "entry_id":
        rows = _by_id(call, selection, page)
    else:
        ordered = _ordered(call, selection, page)
        start = page.start if page.after is None else _start_after(ordered, page.after, descending=page.descending)
        rows = ordered[start : start + page.size + 1]
    chosen = rows[: page.size]
    following = None
    if len(rows) > page.size:
        _, entry_id, value = chosen[-1]
        if value is None and page.order_by != "entry_id":
            value = _NO_TEXT if _order_quantity(page).type == "keyword" else _NO_NUMBER
        following = entry_id if page.order_by == "entry_id" else f"{value}:{entry_id}"
    return Found(read_documents(call.store, [row[0] for row in chosen]), page.told(total, following))


def find_all(call: Call, selection: Selection) -> list[dict[str, Any]]:
    """Give all documents of a download.

    Raises
    ------
    Refusal
        400 for more entries than one download may have.
    """
    total = count(call.store, selection)
    if total > MAX_ENTRY_DOWNLOAD:
        limit = f"The limit of maximum number of entries in a single download ({MAX_ENTRY_DOWNLOAD})"
        raise Refusal(400, f"{limit} has been exceeded ({total}).")
    rows = call.store.rows(f"SELECT entry FROM entries WHERE {selection.where} ORDER BY upload_id, calc_id",
                           selection.values)  # fmt: skip
    return read_documents(call.store, [row["entry"] for row in rows])
