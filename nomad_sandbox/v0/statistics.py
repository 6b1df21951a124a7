"""Counts instead of entries: statistics, groups, values and suggestions of quantities."""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.histograms import EPOCH, NotCounted, by_time, milliseconds
from nomad_sandbox.search import Selection
from nomad_sandbox.v0.answers import Refusal, invalid_payload, json_answer, without_none
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.parameters import query_of_parameters, selected
from nomad_sandbox.v0.version import Quantity

GROUP_SIZE = 10
QUANTITY_SIZE = 100
SEVERAL_SIZE = 5
_EXAMPLES = 1


def _metrics(call: Call) -> list[str]:
    names = call.many("metrics")
    for name in names:
        if name not in call.version.metrics:
            raise Refusal(400, f"there is no metric {name}")
    return names


def _measured(call: Call, selection: Selection, metrics: Iterable[str]) -> dict[str, Any]:
    return {name: index.metric(call.store, selection, *call.version.metrics[name]) for name in metrics}


def _quantity(call: Call, name: str, *, status: int = 400) -> Quantity:
    quantity = call.version.quantities.get(name)
    if quantity is None:
        raise Refusal(status, f"Given quantity does not exist: {name!r}" if status == 400 else None)
    return quantity


def _asked_statistics(call: Call) -> Sequence[str]:
    if call.operation.parameters.get("statistics", {}).get("type") == "array":
        return call.many("statistics")
    at_once = call.flag("statistics") or any(call.flag(name) for name in call.version.groups)
    return call.version.statistics.at_once if at_once else ()


def _values(call: Call, selection: Selection, name: str, metrics: list[str]) -> dict[str, Any]:
    """Give the counts of a quantity's values.

    Raises
    ------
    Refusal
        500 for an unknown quantity, or one that is held word by word.
    """
    quantity, rules = _quantity(call, name, status=500), call.version.statistics
    path = quantity.path or name
    if path in index.TEXT_QUANTITIES:
        raise Refusal(500)
    counts = index.count_values(
        call.store, selection, path, limit=rules.sizes.get(name, rules.size), by_count=name in rules.by_count
    )
    metrics = [] if name in rules.plain else metrics
    return {
        str(value): {**_measured(call, index.with_value(selection, path, value), metrics), "code_runs": number}
        for value, number in counts
    }


def statistics_of(call: Call, selection: Selection) -> dict[str, Any]:
    """Give the ``statistics`` of a search: always the total, and what was asked for besides.

    Raises
    ------
    Refusal
        400 for an unknown metric, 500 for an unknown quantity.
    """
    metrics = _metrics(call)
    groups = [group.metric for name, group in call.version.groups.items() if call.flag(name)]
    measured = _measured(call, selection, dict.fromkeys([*metrics, *groups]))
    found: dict[str, Any] = {"total": {"all": {**measured, "code_runs": index.count(call.store, selection)}}}
    for name in _asked_statistics(call):
        found[name] = _values(call, selection, name, metrics)
    if call.flag("date_histogram"):
        found["date_histogram"] = _histogram(call, selection, metrics)
    return found


def _histogram(call: Call, selection: Selection, metrics: list[str]) -> dict[str, Any]:
    """Give the numbers of entries by interval of their upload time; keys are ms since 1970 as text."""
    interval = call.text("interval") if "interval" in call.operation.parameters else None
    numbers: Counter[float] = Counter()
    for time, number in index.entries_by_time(call.store, selection):
        numbers[float(_milliseconds(time))] += number
    try:
        rows = by_time(numbers, interval or "1M")
    except NotCounted as error:
        raise Refusal(500) from error
    metrics = [] if "date_histogram" in call.version.statistics.plain else metrics
    ends = [*(begin for begin, _ in rows[1:]), float(_milliseconds("9999-01-01"))]
    return {
        str(int(begin)): {
            **_measured(call, index.between(selection, _iso(begin), _iso(end)), metrics),
            "code_runs": sum(numbers[ms] for ms in inside),
        }
        for (begin, inside), end in zip(rows, ends, strict=False)
    }


def _milliseconds(time: str) -> int:
    return milliseconds(datetime.fromisoformat(time).replace(tzinfo=timezone.utc))


def _iso(ms: float) -> str:
    return (EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec="microseconds")


def groups(call: Call, selection: Selection) -> dict[str, Any]:
    """Give the groups that a search asks for, each under its parameter's name; empty ones are left out.

    A group shows as many values as the page has entries, with one example each.
    """
    found = {}
    for name, group in call.version.groups.items():
        if call.flag(name):
            values = _group(call, selection, group.by, call.text(f"{name}_after"))
            if values["values"]:
                found[name] = values
    return found


def _group(call: Call, selection: Selection, path: str, after: str | None) -> dict[str, Any]:
    size = call.integer("per_page", GROUP_SIZE)
    if size == 0:
        raise Refusal(500)  # the search engine makes no groups of nothing
    if path == "upload_id":
        counts, last = _uploads_after(call, selection, after, size)
    else:
        counts = index.count_values(call.store, selection, path, limit=size, after=after)
        last = str(counts[-1][0]) if counts else None
    values = {
        str(value): {"total": number, "examples": _examples(call, index.with_value(selection, path, value))}
        for value, number in counts
    }
    return without_none({"after": last, "values": values})


def _uploads_after(
    call: Call, selection: Selection, after: str | None, size: int
) -> tuple[list[tuple[Any, int]], str | None]:
    """Group uploads, newest first; ``after`` is the upload time in ms since 1970.

    The upload that a page ends with begins the next one again, as NOMAD continues at its time and not behind it.
    """
    rows = call.store.rows(
        "SELECT upload_id, count(*) AS n, upload_time FROM entries WHERE"
        f" {selection.where} GROUP BY upload_id ORDER BY upload_time DESC, upload_id",
        selection.values,
    )
    timed = [(_milliseconds(row["upload_time"]), row) for row in rows]
    if after is not None:
        if not after.isdigit():
            raise invalid_payload({"uploads_grouped_after": f"no time in ms: {after}"})
        timed = [(time, row) for time, row in timed if time <= int(after)]
    page = timed[:size]
    return [(row["upload_id"], row["n"]) for _, row in page], str(page[-1][0]) if page else None


def _examples(call: Call, selection: Selection) -> list[dict[str, Any]]:
    documents = index.find_page(call.store, selection, offset=0, limit=_EXAMPLES)
    return [call.version.view(document) for document in documents]


def _quantity_values(call: Call, selection: Selection, name: str, *, size: int, after: str | None) -> dict[str, Any]:
    if size < 0:
        raise Refusal(400, "invalid size")
    if size == 0:
        raise Refusal(500)  # a page of no values is an error of the search engine
    path = _quantity(call, name, status=call.version.values["unknown"]).path or name
    counts = index.count_values(call.store, selection, path, limit=size, after=after)
    last = str(counts[-1][0]) if counts else None
    return {"after": last, "values": {str(value): {"total": number} for value, number in counts}}


def quantity_search(call: Call, quantity: str) -> Response:
    """Answer with the values of one quantity, in their order; every page that has some tells an ``after``."""
    selection = selected(query_of_parameters(call))
    size = call.integer("size", QUANTITY_SIZE)
    return json_answer({"quantity": _quantity_values(call, selection, quantity, size=size, after=call.text("after"))})


def _as_lists(call: Call, values: Mapping[str, Any]) -> Any:
    """0.8: a list of one for each quantity; those with a dot in their names are lost, as the model looks below it."""
    return {name: [values[name]] if name in values and "." not in name else None for name in call.version.quantities}


def _lost(call: Call, values: Mapping[str, Any]) -> Any:
    """0.7: the model takes the quantities for one of its own fields, and nothing is left."""
    return [{"after": None, "values": None}]


_SEVERAL: Mapping[str, Callable[[Call, Mapping[str, Any]], Any]] = {"lists": _as_lists, "lost": _lost}


def quantities_search(call: Call) -> Response:
    """Answer with the first values of several quantities, as far as this version can write them."""
    # 0.7.9 searches by a quantity of that name; here the word means which ones to count
    selection = selected(query_of_parameters(call, without="quantities"))
    size = call.integer("size", SEVERAL_SIZE)
    names = [_quantity(call, name).name for name in call.request.args.getlist("quantities")]
    values = {name: _quantity_values(call, selection, name, size=size, after=None) for name in names}
    return json_answer({"quantities": _SEVERAL[call.version.values["several"]](call, values)})


def suggestions_search(call: Call, quantity: str) -> Response:
    """Answer with values of a quantity that contain some text."""
    path = _quantity(call, quantity).path or quantity
    selection = selected(query_of_parameters(call))
    found = index.find_terms(
        call.store, selection, path, containing=call.text("include") or "", limit=call.integer("size", 20)
    )
    return json_answer({"suggestions": found})


HANDLERS: Mapping[str, Handler] = {
    "repo.quantity_search": quantity_search,
    "repo.quantities_search": quantities_search,
    "repo.suggestions_search": suggestions_search,
}
