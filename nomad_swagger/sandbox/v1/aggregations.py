"""Count and sum up the entries that a query finds.

Knows the kinds of aggregations and their answers. It must not know HTTP.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are conditions that this room wrote
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from nomad_swagger.sandbox.search import Selection, count
from nomad_swagger.sandbox.store import Store
from nomad_swagger.sandbox.v1.answers import Refusal, wrong_value
from nomad_swagger.sandbox.v1.quantities import NO_VALUES, find_quantity
from nomad_swagger.sandbox.v1.view import with_zone

_SUMMED = {"n_entries": "calc_id", "n_uploads": "upload_id", "n_materials": "encyclopedia.material.material_id"}
_NUMBERS = {"n_calculations": "dft.n_calculations"}
_INTERVAL = re.compile(r"(\d*)([a-z]+)")
_UNITS = {"d": 86400, "day": 86400, "h": 3600, "hour": 3600, "w": 604800, "week": 604800}


def _counts(store: Store, selection: Selection, name: str) -> list[tuple[Any, int]]:
    quantity = find_quantity(name)
    paths = {f"path{i}": path for i, path in enumerate(quantity.paths)}
    names = ", ".join(f":{path}" for path in paths) or "NULL"
    rows = store.rows(
        f"SELECT value, count(DISTINCT entry) AS n FROM terms WHERE quantity IN ({names})"
        " AND value NOT IN (:nothing0, :nothing1)"
        f" AND entry IN (SELECT entry FROM entries WHERE {selection.where}) GROUP BY value ORDER BY n DESC, value",
        {**selection.values, **paths, "nothing0": NO_VALUES[0], "nothing1": NO_VALUES[1]},
    )
    return [(row["value"], row["n"]) for row in rows]


def _bucket(value: Any, number: int) -> dict[str, Any]:
    return {"value": value, "count": number, "nested_count": number}


def _terms(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    rows = _counts(store, selection, asked["quantity"])
    include = asked.get("include")
    if isinstance(include, list):
        rows = [row for row in rows if row[0] in include]
    elif include:
        rows = [row for row in rows if include.lower() in str(row[0]).lower()]
    page = asked.get("pagination") or {}
    size = asked.get("size") or page.get("page_size") or 10
    told = {"page_size": size, "order_by": "count", "order": "desc", "total": len(rows)}
    return {"pagination": told, "data": [_bucket(*row) for row in rows[:size]]}


def _numbers(store: Store, selection: Selection, name: str) -> list[tuple[float, int]]:
    return [row for row in _counts(store, selection, name) if not isinstance(row[0], str)]


def _histogram(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    rows = _numbers(store, selection, asked["quantity"])
    low, high = (min((row[0] for row in rows), default=0), max((row[0] for row in rows), default=0))
    width = asked.get("interval") or ((high - low) / asked["buckets"] if asked.get("buckets") else None) or 1
    if width <= 0:
        raise wrong_value("interval must be above 0", asked["quantity"])
    counted: Counter[int] = Counter()
    for value, number in rows:
        counted[math.floor(value / width)] += number
    return {"interval": width, "data": [_bucket(i * width, counted[i]) for i in sorted(counted)]}


def _begin(time: datetime, interval: str) -> datetime:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval in ("1M", "month"):
        return day.replace(day=1)
    if interval in ("1y", "year"):
        return day.replace(month=1, day=1)
    parts = _INTERVAL.fullmatch(interval)
    width_s = int(parts[1] or 1) * _UNITS.get(parts[2], 0) if parts else 0
    if not width_s:
        raise wrong_value(f"{interval!r} is no interval", "interval")
    monday = datetime(1970, 1, 5)
    return monday + timedelta(seconds=(time - monday).total_seconds() // width_s * width_s)


def _date_histogram(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    interval = asked.get("interval") or "1M"
    counted: Counter[datetime] = Counter()
    for value, number in _counts(store, selection, asked["quantity"]):
        counted[_begin(datetime.fromisoformat(str(value)), interval)] += number
    data = [_bucket(time.isoformat(timespec="milliseconds") + "Z", counted[time]) for time in sorted(counted)]
    return {"interval": interval, "data": data}


def _min_max(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    values = [value for value, _ in _counts(store, selection, asked["quantity"])]
    if find_quantity(asked["quantity"]).type == "date":
        values = [with_zone(value) for value in values]
    return {"data": [min(values), max(values)] if values else [None, None]}


def _statistics(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": {name: statistic(store, selection, name) for name in asked.get("metrics") or ()}}


def statistic(store: Store, selection: Selection, name: str) -> int:
    """Give one total over a selection.

    Raises
    ------
    Refusal
        422 for an unknown one.
    """
    if name not in _SUMMED and name not in _NUMBERS:
        raise wrong_value(f"{name} is not a metric", "metrics")
    if name == "n_entries":
        return count(store, selection)
    summed = name in _NUMBERS
    rows = store.row(
        f"SELECT {'coalesce(sum(value), 0)' if summed else 'count(DISTINCT value)'} FROM terms"
        f" WHERE quantity = :metric AND entry IN (SELECT entry FROM entries WHERE {selection.where})",
        {**selection.values, "metric": (_NUMBERS if summed else _SUMMED)[name]},
    )
    assert rows is not None
    return int(rows[0])


_KINDS: Mapping[str, Callable[[Store, Selection, Mapping[str, Any]], dict[str, Any]]] = {
    "terms": _terms,
    "histogram": _histogram,
    "date_histogram": _date_histogram,
    "min_max": _min_max,
    "statistics": _statistics,
}


def aggregate(store: Store, selection: Selection, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give the answers to named aggregations.

    Raises
    ------
    Refusal
        422 for what cannot be understood, 501 for a kind that the sandbox does not have.
    """
    answers: dict[str, Any] = {}
    for name, wanted in asked.items():
        kinds = {kind: options for kind, options in wanted.items() if options is not None}
        if len(kinds) != 1:
            raise wrong_value("an aggregation has exactly one kind", "aggregations", name)
        kind, options = next(iter(kinds.items()))
        if kind not in _KINDS:
            raise Refusal(501, f"the aggregation {kind} is not part of the sandbox")
        answers[name] = {kind: {**options, **_KINDS[kind](store, selection, options)}}
    return answers
