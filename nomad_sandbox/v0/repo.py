"""The ``repo`` operations that find and show entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.index import read_document
from nomad_sandbox.scrolls import NoSuchScroll
from nomad_sandbox.search import Selection
from nomad_sandbox.v0.answers import Refusal, json_answer, without_none
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.parameters import query_of_parameters, selected
from nomad_sandbox.v0.recipes import code_of
from nomad_sandbox.v0.statistics import groups, statistics_of
from nomad_sandbox.visibility import may_see_entry

MAX_WINDOW = 10_000
SCROLL_SIZE = 1000
PAGE_SIZE = 10


@dataclass(frozen=True)
class Order:
    """By which quantity of the index, and in which direction."""

    path: str
    descending: bool


def order_of(call: Call) -> Order:
    """Give the order that a call asks for.

    Raises
    ------
    Refusal
        400 for what is no quantity.
    """
    name = call.text("order_by") or call.version.order_by
    quantity = call.version.quantities.get(name)
    if quantity is None:
        raise Refusal(400, repr(name))
    if call.integer("order", -1) not in (-1, 1):
        raise Refusal(400, "invalid pagination")
    return Order(quantity.path or name, call.integer("order", -1) < 0)


def page_of(call: Call) -> tuple[int, int]:
    """Give page and per_page.

    Raises
    ------
    Refusal
        400 for numbers that make no page, 500 beyond what a search engine reaches with pages.
    """
    page, per_page = call.integer("page", 1), call.integer("per_page", PAGE_SIZE)
    if page < 1 or per_page < 0:
        raise Refusal(400, "invalid pagination")
    if page * per_page > MAX_WINDOW:
        raise Refusal(500)
    return page, per_page


def scrolled(call: Call, selection: Selection, order: Order) -> dict[str, Any]:
    """Give the next part of a scroll, with the documents as ``results``.

    Raises
    ------
    Refusal
        400 for a scroll that is not, or no longer, there.
    """
    size = call.integer("per_page", SCROLL_SIZE)
    scroll_id = call.text("scroll_id")
    try:
        if scroll_id:
            part = call.services.scrolls.read(scroll_id)
        else:
            numbers = index.entry_numbers(call.store, selection, order_by=order.path, descending=order.descending)
            part = call.services.scrolls.open(numbers, max(size, 1))
    except NoSuchScroll as error:
        raise Refusal(400, "The given scroll_id does not exist.") from error
    scroll = without_none({"total": part.total, "scroll_id": part.scroll_id, "size": size})
    if "scroll" in call.version.document["definitions"]["Scroll"]["properties"]:
        scroll["scroll"] = False  # the default of a field that the server never sets
    return {"scroll": scroll, "results": index.read_documents(call.store, part.numbers)}


def paged(call: Call, selection: Selection, order: Order) -> dict[str, Any]:
    """Give one page, with the documents as ``results``."""
    page, per_page = page_of(call)
    documents = index.find_page(
        call.store,
        selection,
        offset=(page - 1) * per_page,
        limit=per_page,
        order_by=order.path,
        descending=order.descending,
    )
    total = index.count(call.store, selection)
    return {"pagination": {"total": total, "page": page, "per_page": per_page}, "results": documents}


def find(call: Call, view: Callable[[dict[str, Any]], Any], *, order: Order | None = None) -> dict[str, Any]:
    """Give a page or a part of a scroll of what the parameters ask for, each document seen through ``view``.

    Parameters
    ----------
    order : Order, optional
        Instead of the one that the parameters ask for.
    """
    selection = selected(query_of_parameters(call))
    found = (scrolled if call.flag("scroll") else paged)(call, selection, order or order_of(call))
    return {**found, "results": [view(document) for document in found["results"]]}


def _exclude(entry: Any, prefixes: Sequence[str], path: str = "") -> Any:
    if not isinstance(entry, dict):
        return entry
    kept = {}
    for key, value in entry.items():
        name = f"{path}.{key}" if path else key
        if not any(name.startswith(prefix) for prefix in prefixes):
            kept[key] = _exclude(value, prefixes, name)
    return kept


def search(call: Call) -> Response:
    """Answer a search: a page or a part of a scroll, and with a page the statistics and groups."""
    prefixes = [prefix for prefix in call.many("exclude") if prefix]
    found = find(call, lambda document: _exclude(call.version.view(document), prefixes))
    if "pagination" in found:
        selection = selected(query_of_parameters(call))
        found["statistics"] = statistics_of(call, selection)
        found |= groups(call, selection)
    return json_answer(found | code_of(call))


def get_repo_calc(call: Call, upload_id: str, calc_id: str) -> Response:
    """Answer with one entry."""
    document = read_document(call.store, calc_id)
    if document is None or document["upload_id"] != upload_id:
        raise Refusal(404, f"There is no calculation {upload_id}/{calc_id}")
    if not may_see_entry(document, call.viewer):
        if call.viewer is None:
            raise Refusal(401, f"Not logged in to access {upload_id}/{calc_id}.")
        raise Refusal(401, f"Not authorized to access {upload_id}/{calc_id}.")
    return json_answer(call.version.view(document) | code_of(call))


def resolve_pid(call: Call, pid: str) -> Response:
    """Answer with the ids that a persistent id stands for."""
    if not pid.isascii() or not pid.isdigit():
        raise Refusal(400, "Wrong PID format")
    found = index.read_documents(call.store, index.entries_with(call.store, "pid", pid))
    if not found:
        raise Refusal(404, f"Entry with PID {pid} does not exist")
    document = found[0]
    if not may_see_entry(document, call.viewer):
        raise Refusal(401, f"Not authorized to access {document['upload_id']}/{document['calc_id']}.")
    return json_answer({"upload_id": document["upload_id"], "calc_id": document["calc_id"]})


HANDLERS: Mapping[str, Handler] = {
    "repo.search": search,
    "repo.get_repo_calc": get_repo_calc,
    "repo.resolve_pid": resolve_pid,
}
