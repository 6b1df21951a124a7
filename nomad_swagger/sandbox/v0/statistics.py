"""Counts instead of entries: statistics, groups, values and suggestions of quantities."""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from flask import Response

from nomad_swagger.sandbox import search as index
from nomad_swagger.sandbox.search import Selection
from nomad_swagger.sandbox.v0.answers import Refusal, invalid_payload, json_answer, without_none
from nomad_swagger.sandbox.v0.call import Call, Handler
from nomad_swagger.sandbox.v0.parameters import query_of_parameters, selected
from nomad_swagger.sandbox.v0.version import Quantity

GROUP_SIZE = 10
QUANTITY_SIZE = 100
_EXAMPLES = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _metrics(call: Call) -> list[str]:
    names = call.many("metrics")
    unknown = [name for name in names if name not in call.version.metrics]
    if unknown:
        raise Refusal(400, "there is a metric that does not exist")
    groups = [group.metric for name, group in call.version.groups.items() if call.flag(name)]
    return list(dict.fromkeys([*names, *groups]))


def _measured(call: Call, selection: Selection, metrics: Iterable[str]) -> dict[str, Any]:
    return {name: index.metric(call.store, selection, *call.version.metrics[name]) for name in metrics}


def _quantity(call: Call, name: str) -> Quantity:
    quantity = call.version.quantities.get(name)
    if quantity is None:
        raise Refusal(400, f"quantity {name!r} does not exist")
    return quantity


def _asked_statistics(call: Call) -> list[str]:
    if call.operation.parameters.get("statistics", {}).get("type") != "array":
        return [*call.version.statistics] if call.flag("statistics") else []
    return [_quantity(call, name).name for name in call.many("statistics")]


def _values(call: Call, selection: Selection, name: str, metrics: list[str]) -> dict[str, Any]:
    path = _quantity(call, name).path or name
    counts = index.count_values(call.store, selection, path, limit=1000)
    return {
        str(value): {
            "code_runs": number,
            **(_measured(call, index.with_value(selection, path, value), metrics) if metrics else {}),
        }
        for value, number in counts
    }


def statistics_of(call: Call, selection: Selection) -> dict[str, Any]:
    """Give the ``statistics`` of a search: always the total, and what was asked for besides.

    Raises
    ------
    Refusal
        400 for an unknown quantity or metric.
    """
    metrics = _metrics(call)
    total = {"code_runs": index.count(call.store, selection), **_measured(call, selection, metrics)}
    found: dict[str, Any] = {"total": {"all": total}}
    for name in _asked_statistics(call):
        found[name] = _values(call, selection, name, metrics)
    if call.flag("date_histogram"):
        found["date_histogram"] = histogram(index.upload_times(call.store, selection), call.text("interval") or "1M")
    return found


def _start(time: datetime, interval: str) -> datetime:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval.endswith("M"):
        return day.replace(day=1)
    if interval.endswith("y"):
        return day.replace(month=1, day=1)
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}.get(interval[-1:])
    if seconds is None or not interval[:-1].isdigit() or int(interval[:-1]) == 0:
        raise Refusal(400, f"bad interval {interval!r}")
    step = seconds * int(interval[:-1])
    return datetime.fromtimestamp((time - _EPOCH).total_seconds() // step * step, timezone.utc)


def histogram(times: Iterable[str], interval: str) -> dict[str, Any]:
    """Give the numbers of uploads' entries per interval; keys are ms since 1970 as text.

    Parameters
    ----------
    interval : str
        ``1M``, ``1y``, or a number of s, m, h, d, w.
    """
    starts = Counter(_start(datetime.fromisoformat(time).replace(tzinfo=timezone.utc), interval) for time in times)
    return {str(_milliseconds(start)): {"code_runs": number} for start, number in sorted(starts.items())}


def _milliseconds(time: datetime) -> int:
    return round((time - _EPOCH).total_seconds() * 1000)


def groups(call: Call, selection: Selection) -> dict[str, Any]:
    """Give the groups that a search asks for, each under its parameter's name; empty ones are left out."""
    found = {}
    for name, group in call.version.groups.items():
        if call.flag(name):
            values = _group(call, selection, group.by, call.text(f"{name}_after"))
            if values["values"]:
                found[name] = values
    return found


def _group(call: Call, selection: Selection, path: str, after: str | None) -> dict[str, Any]:
    if path == "upload_id":
        counts, last = _uploads_after(call, selection, after)
    else:
        counts = index.count_values(call.store, selection, path, limit=GROUP_SIZE, after=after, by_value=True)
        last = str(counts[-1][0]) if counts else None
    values = {
        str(value): {"total": number, "examples": _examples(call, index.with_value(selection, path, value))}
        for value, number in counts
    }
    return without_none({"after": last, "values": values})


def _uploads_after(call: Call, selection: Selection, after: str | None) -> tuple[list[tuple[Any, int]], str | None]:
    """Uploads are grouped newest first; ``after`` is the upload time in ms since 1970."""
    rows = call.store.rows(
        "SELECT upload_id, count(*) AS n, upload_time FROM entries WHERE"
        f" {selection.where} GROUP BY upload_id ORDER BY upload_time DESC, upload_id",
        selection.values,
    )
    timed = [
        (_milliseconds(datetime.fromisoformat(row["upload_time"]).replace(tzinfo=timezone.utc)), row) for row in rows
    ]
    if after is not None:
        if not after.isdigit():
            raise invalid_payload({"uploads_grouped_after": f"no time in ms: {after}"})
        timed = [(time, row) for time, row in timed if time < int(after)]
    page = timed[:GROUP_SIZE]
    return [(row["upload_id"], row["n"]) for _, row in page], str(page[-1][0]) if page else None


def _examples(call: Call, selection: Selection) -> list[dict[str, Any]]:
    documents = index.find_page(call.store, selection, offset=0, limit=_EXAMPLES)
    return [call.version.view(document) for document in documents]


def _quantity_values(call: Call, selection: Selection, name: str, *, size: int, after: str | None) -> dict[str, Any]:
    path = _quantity(call, name).path or name
    counts = index.count_values(call.store, selection, path, limit=size, after=after, by_value=True)
    last = str(counts[-1][0]) if counts else None
    return without_none({"after": last, "values": {str(value): {"total": number} for value, number in counts}})


def quantity_search(call: Call, quantity: str) -> Response:
    """Answer with the values of one quantity."""
    selection = selected(query_of_parameters(call))
    size = call.integer("size", QUANTITY_SIZE)
    return json_answer({"quantity": _quantity_values(call, selection, quantity, size=size, after=call.text("after"))})


def quantities_search(call: Call) -> Response:
    """Answer with the values of several quantities; those that were not asked for are null."""
    # 0.7.9 searches by a quantity of that name; here the word means which ones to count
    selection = selected(query_of_parameters(call, without="quantities"))
    names = _asked_quantities(call)
    size = call.integer("size", QUANTITY_SIZE)
    values = {name: _quantity_values(call, selection, name, size=size, after=None) for name in names}
    return json_answer({"quantities": {**dict.fromkeys(call.version.quantities), **values}})


def _asked_quantities(call: Call) -> list[str]:
    values = call.request.args.getlist("quantities")
    return [_quantity(call, part).name for value in values for part in value.split(",") if part]


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
