"""Search, and one entry's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.index import read_document
from nomad_sandbox.search import Selection
from nomad_sandbox.v1.aggregations import aggregate
from nomad_sandbox.v1.answers import Refusal, invalid, json_answer, without_none
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.found import find, select
from nomad_sandbox.v1.pages import read_page, with_urls
from nomad_sandbox.v1.quantities import load_quantities
from nomad_sandbox.v1.query import OPERATORS, echo, without
from nomad_sandbox.v1.rights import may_see_entry
from nomad_sandbox.v1.view import check_names, choose, metadata_of

_OWNERS = ("public", "all", "visible", "shared", "user", "staging", "admin")
UNKNOWN_ENTRY = "The entry with the given id does not exist or is not visible to you."
NOT_ALL = (
    "The owner=all is not allowed for this operation as it will search for entries that you might now be allowed to"
    " access."
)


def visible_entry(call: Call, entry_id: str) -> dict[str, Any]:
    """Give the document of an entry whose metadata a caller may see: embargoed ones are, unpublished ones are not.

    Raises
    ------
    Refusal
        404
    """
    document = read_document(call.store, entry_id)
    if document is None or not may_see_entry(document, call.viewer, "entry"):
        raise Refusal(404, UNKNOWN_ENTRY)
    return document


def readable_entry(call: Call, entry_id: str, *, unknown: str = UNKNOWN_ENTRY) -> dict[str, Any]:
    """Give the document of an entry whose data a caller may see; others, embargoed ones too, are not there for them.

    Raises
    ------
    Refusal
        404
    """
    document = read_document(call.store, entry_id)
    if document is None or not may_see_entry(document, call.viewer, "data"):
        raise Refusal(404, unknown)
    return document


def _answer(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    required = asked.get("required") or {}
    for place in ("include", "exclude"):
        check_names(required.get(place) or (), place)
    selection = select(call, asked)
    page = read_page(asked.get("pagination") or {}, order_by="entry_id")
    found = find(call, selection, page)
    aggregations = asked.get("aggregations")

    def narrow(left_out: str | None) -> Selection:
        if left_out is None:
            return selection
        return select(call, {**asked, "query": without(asked.get("query"), left_out)})

    return without_none(
        {
            "owner": asked.get("owner") or "public",
            "query": echo(asked.get("query")),
            "pagination": found.pagination,
            "required": required or asked.get("echo_required"),
            "aggregations": None if aggregations is None else aggregate(call.store, narrow, aggregations),
            "data": [choose(metadata_of(row), required, always=[page.order_by]) for row in found.documents],
        }
    )


def query_entries(call: Call) -> Response:
    """Answer a search."""
    return json_answer(_answer(call, call.body))


def asked_by_url(call: Call) -> dict[str, Any]:
    """Give the request that a query string makes: ``quantity=value``, ``q=quantity__operator__value``, ``json_query``.

    Raises
    ------
    Refusal
    """
    owner = call.text("owner")
    if owner is not None and owner not in _OWNERS:
        raise invalid("enum", ["query", "owner"], f"Input should be one of {', '.join(_OWNERS)}", owner)
    rows: list[dict[str, Any]] = []
    if call.text("json_query"):
        rows.append(_json_query(call.text("json_query") or ""))
    for name in call.request.args:
        key = name.replace("__", ":")
        if key.partition(":")[0] in load_quantities() and name not in call.operation.parameters:
            rows.append(_row(key, call.many(name)))
    for text in call.many("q"):
        rows.append(_q_row(text))
    required = {key: call.many(key) for key in ("include", "exclude") if call.many(key)}
    paging = {key: call.text(key) for key in ("page_size", "order_by", "order", "page_after_value", "page")}
    paging["page_offset"] = call.text("page_offset")
    query = rows[0] if len(rows) == 1 else {"and": rows} if rows else {}
    # a GET repeats what is required also where nothing is
    return {"owner": owner, "query": query, "required": required, "echo_required": {}, "pagination": paging}


def _row(key: str, values: list[str]) -> dict[str, Any]:
    name, _, operator = key.partition(":")
    if operator and operator not in ("any", "all", "none"):
        return {key: values[0]}
    many = len(values) > 1 and load_quantities()[name].many
    return {f"{name}:{operator or ('all' if many else 'any')}": values}


def _q_row(text: str) -> dict[str, Any]:
    """Give what ``quantity__value`` or ``quantity__operator__value`` asks.

    Raises
    ------
    Refusal
        422 without a value, and for an unknown quantity.
    """
    name, *operator, value = text.split("__", 2) if text.count("__") > 1 else ["", *text.split("__")][-2:]
    if not name:
        raise Refusal(422, [{"loc": ["q"], "msg": "wrong format, use <quantity>[__<op>]__<value>"}])
    if name not in load_quantities():
        raise Refusal(422, [{"loc": [name], "msg": f"{name} is not a search quantity"}])
    known = operator and operator[0] in OPERATORS
    if operator and not known:
        value = f"{operator[0]}__{value}"
    return _row(f"{name}:{operator[0]}" if known else name, [value])


def _json_query(text: str) -> dict[str, Any]:
    try:
        query = json.loads(text)
    except ValueError as error:
        raise invalid("json_invalid", ["query", "json_query"], "JSON decode error", text) from error
    if not isinstance(query, dict):
        raise invalid("json_invalid", ["query", "json_query"], "Input should be an object", text)
    return query


def get_entries(call: Call) -> Response:
    """Answer a search by query string."""
    answer = _answer(call, asked_by_url(call))
    return json_answer({**answer, "pagination": with_urls(call.request, answer["pagination"])})


def get_entry(call: Call, entry_id: str) -> Response:
    """Answer with the metadata of one entry."""
    document = visible_entry(call, entry_id)
    required = {key: call.many(key) for key in ("include", "exclude") if call.many(key)}
    for place, names in required.items():
        check_names(names, place)
    data = choose(metadata_of(document), required, always=["entry_id"])
    return json_answer({"entry_id": entry_id, "required": required, "data": data})


HANDLERS: Mapping[str, Handler] = {
    "POST /entries/query": query_entries,
    "GET /entries": get_entries,
    "GET /entries/{entry_id}": get_entry,
}
