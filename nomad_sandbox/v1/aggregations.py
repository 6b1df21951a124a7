"""Count and sum up the entries that a query finds.

Knows the kinds of aggregations and their answers. It must not know HTTP.

Source: NOMAD 1.4.3 ``nomad/search.py`` and ``nomad/app/v1/models/models.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from nomad_sandbox.histograms import Intervals, NotCounted, by_fewest, by_time, by_width, width_of
from nomad_sandbox.search import Selection, read_documents
from nomad_sandbox.store import Store
from nomad_sandbox.v1.answers import Refusal, broken, invalid, wrong_value
from nomad_sandbox.v1.buckets import page_of_values, top_values
from nomad_sandbox.v1.counting import Counting, check_metrics
from nomad_sandbox.v1.quantities import Quantity, find_quantity
from nomad_sandbox.v1.view import choose, indexed, metadata_of

_COUNTED_BY_VALUE = ("keyword", "boolean")
Options = Mapping[str, Any]


def _check_type(quantity: Quantity, kinds: Iterable[str], kind: str) -> None:
    if quantity.type not in kinds:
        raise wrong_value(f"The quantity {quantity.name} cannot be used in a {kind} aggregation", "aggregations")


def _examples(below: Counting, asked: Options) -> list[Any]:
    rows = below.store.rows(
        f"SELECT entry FROM entries WHERE {below.selection.where} ORDER BY calc_id LIMIT :size",  # noqa: S608 - bound
        {**below.selection.values, "size": asked.get("size") or 1},
    )
    documents = read_documents(below.store, [row["entry"] for row in rows])
    return [choose(indexed(metadata_of(document)), asked.get("required")) for document in documents]


def _bucket(below: Counting, number: int, value: Any, asked: Options) -> dict[str, Any]:
    """Give a value as it is shown, with its number of entries and their metrics.

    NOMAD tells ``nested_count`` apart from ``count`` only for nested quantities, of which the sandbox has none.
    """
    row = {"count": number, "nested_count": number, "value": value}
    return row | ({"metrics": below.measure(asked["metrics"])} if asked.get("metrics") else {})


def _shown(value: Any, quantity: Quantity) -> Any:
    if quantity.type == "boolean":
        return value == "true"
    return value if isinstance(value, str) else float(value)


def _terms(counting: Counting, quantity: Quantity, asked: Options) -> dict[str, Any]:
    if quantity.type not in _COUNTED_BY_VALUE:
        raise wrong_value("The aggregation quantity cannot be used in a terms aggregation.", "aggregation")
    buckets = counting.by_value(quantity)
    if asked.get("pagination") is not None:
        if asked.get("size") is not None:
            raise wrong_value("You cannot paginate and provide an extra size parameter.", "aggregations")
        chosen, told = page_of_values(counting.store, counting.selection, quantity, buckets, asked["pagination"])
    else:
        chosen, told = top_values(quantity, buckets, asked)
    data, examples = [], asked.get("entries")
    for bucket in chosen:
        below = counting.having(quantity, [bucket.value])
        row = _bucket(below, bucket.number, _shown(bucket.value, quantity), asked)
        if examples is not None and examples.get("size", 1):
            row["entries"] = _examples(below, examples)
        data.append(row)
    return {**told, "data": data}


def _intervals(
    counting: Counting,
    quantity: Quantity,
    asked: Options,
    cut: Callable[[Mapping[float, Any]], Intervals],
    *,
    show: Any,
) -> list[dict[str, Any]]:
    """Give the intervals that the numbers of a quantity are cut into; an entry counts once in each that it is in."""
    numbers, data = counting.numbers(quantity), []
    for begin, inside in cut(numbers):
        below = counting.having(quantity, [value for number in inside for value in numbers[number]])
        data.append(_bucket(below, below.count() if inside else 0, show(begin), asked))
    return data


def _histogram(counting: Counting, quantity: Quantity, asked: Options) -> dict[str, Any]:
    _check_type(quantity, ("integer", "float", "double", "long", "date"), "histogram")
    bounds, buckets, width, offset = asked.get("extended_bounds"), asked.get("buckets"), asked.get("interval"), 0.0
    if not buckets and not width:
        message = "Provide either interval or buckets for histogram aggregations."
        raise invalid("value_error", ["body", "aggregations", "histogram"], message)
    if buckets:
        whole = quantity.type in ("integer", "long", "date")
        width = width_of(counting.numbers(quantity), buckets, whole=whole, bounds=bounds)
    else:
        offset = asked.get("offset") or 0.0

    def cut(numbers: Mapping[float, Any]) -> Intervals:
        if width is None:  # one value, or none: it stands for itself
            return [(number, [number]) for number in numbers]
        return by_width(numbers, width, offset=offset, bounds=bounds)

    data = _intervals(counting, quantity, asked, cut, show=float)
    return {"data": data, "interval": width} if buckets else {"data": data}


def _day(ms: float) -> str:
    return datetime.fromtimestamp(ms / 1000, timezone.utc).date().isoformat()


def _date_histogram(counting: Counting, quantity: Quantity, asked: Options) -> dict[str, Any]:
    _check_type(quantity, ("date",), "date histogram")
    interval = asked.get("interval") or "1M"
    data = _intervals(counting, quantity, asked, lambda times: by_time(times, interval), show=_day)
    return {"interval": interval, "data": data}


def _auto_date_histogram(counting: Counting, quantity: Quantity, asked: Options) -> dict[str, Any]:
    _check_type(quantity, ("date",), "auto date histogram")
    buckets = asked.get("buckets", 10)
    interval, rows = by_fewest(counting.numbers(quantity), buckets)
    data = _intervals(counting, quantity, asked, lambda _: rows, show=float)
    return {"buckets": buckets, "interval": interval, "data": data}


def _min_max(counting: Counting, quantity: Quantity, asked: Options) -> dict[str, Any]:
    _check_type(quantity, ("integer", "float", "double", "long", "date"), "mix-max")
    values = counting.numbers(quantity)
    return {"data": [min(values), max(values)] if values else [None, None]}


# In this order: of several kinds under one name the first one counts.
_KINDS: Mapping[str, Callable[[Counting, Quantity, Options], dict[str, Any]]] = {
    "terms": _terms,
    "histogram": _histogram,
    "date_histogram": _date_histogram,
    "auto_date_histogram": _auto_date_histogram,
    "min_max": _min_max,
}


_ELSEWHERE = frozenset({"percentiles", "significant_terms", "statistics"})  # that NOMAD has and the sandbox has not


def _check_paging(asked: Mapping[str, Any]) -> None:
    parts = [part for wanted in asked.values() for part in wanted.values() if part is not None]
    if any(part.get("exclude_from_search") for part in parts) and any(part.get("pagination") for part in parts):
        message = "Aggregation pagination cannot be used with exclude_from_search in the same request"
        raise wrong_value(message, "aggregations")


def aggregate(store: Store, narrow: Callable[[str | None], Selection], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give the answers to named aggregations.

    Parameters
    ----------
    store : Store
    narrow : callable
        Gives the selection of the search, without its conditions on a quantity if one is named.
    asked : dict
        Name → kind → options.

    Raises
    ------
    Refusal
        422 for what cannot be understood, 400 for what the search engine refuses, 501 for a kind that the sandbox does
        not have.
    """
    _check_paging(asked)
    try:
        return {name: _one(store, narrow, wanted) for name, wanted in asked.items()}
    except NotCounted as error:
        raise Refusal(400, f"Elasticsearch could not process your query: {error}") from error


def _one(store: Store, narrow: Callable[[str | None], Selection], wanted: Mapping[str, Any]) -> dict[str, Any]:
    given = {kind: options for kind, options in wanted.items() if options is not None}
    if not given:
        raise broken("AttributeError", "an aggregation without a kind")
    if "statistics" in given and not given.keys() & _KINDS.keys():
        metrics = given["statistics"].get("metrics") or []
        check_metrics(metrics)
        return {"statistics": {"metrics": metrics, "data": Counting(store, narrow(None)).measure(metrics)}}
    kind = next((kind for kind in _KINDS if kind in given), None)
    if kind is None and not given.keys() & _ELSEWHERE:
        raise broken("AttributeError", f"there is no aggregation {', '.join(given)}")
    if kind is None:
        raise Refusal(501, f"the aggregation {', '.join(given)} is not part of the sandbox")
    options = given[kind]
    quantity = find_quantity(options["quantity"], "aggregation", "quantity")
    check_metrics(options.get("metrics") or ())
    left_out = options["quantity"] if options.get("exclude_from_search") else None
    defaults: dict[str, Any] = {"exclude_from_search": False} | ({} if kind == "min_max" else {"metrics": []})
    answer = {**defaults, **options, **_KINDS[kind](Counting(store, narrow(left_out)), quantity, options)}
    return {kind: {name: value for name, value in answer.items() if value is not None}}
