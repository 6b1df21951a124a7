"""Put numbers or times into intervals.

Knows how a search engine cuts a range into intervals, and that it lists the empty ones between others, too. What is
counted in them is the business of the caller. It must not know requests or the store.

Source: ``nomad/search.py`` of NOMAD 0.8.6 and 1.4.3, and Elasticsearch's histogram aggregations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta, timezone

MOST_BUCKETS = 65_535
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
Intervals = list[tuple[float, list[float]]]
"""The beginning of each interval, and the values that are in it."""
_FIXED_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WORDS = {"minute": "1m", "hour": "1h", "day": "1d", "week": "1w", "month": "1M", "quarter": "1q", "year": "1y"}
_MONTHS = {"1M": 1, "1q": 3, "1y": 12}
_WEEK_MS = 7 * _FIXED_MS["d"]
_MONDAY_MS = 4 * _FIXED_MS["d"]
_INTERVAL = re.compile(r"([1-9]\d*)(ms|s|m|h|d)")
# What is tried, from fine to coarse, until there are few enough intervals.
_AUTOMATIC = (
    *(f"{number}{unit}" for unit in "sm" for number in (1, 5, 10, 30)),
    *("1h", "3h", "12h", "1d", "7d"),
    *("1M", "3M"),
    *(f"{number}y" for number in (1, 5, 10, 20, 50, 100)),
)


class NotCounted(ValueError):
    """What a search engine refuses: an interval that is none, or too many of them."""


def milliseconds(time: datetime) -> int:
    """Give a time as the search engine counts it, since 1970."""
    return (time - EPOCH) // timedelta(milliseconds=1)


def _grid(low: int, high: int) -> range:
    if high - low >= MOST_BUCKETS:
        raise NotCounted(f"too_many_buckets_exception: more than {MOST_BUCKETS} buckets")
    return range(low, high + 1)


def _filled(
    indexed: Iterable[tuple[int, float]], *, least: int | None = None, most: int | None = None
) -> dict[int, list[float]]:
    """Give the values by the number of their interval, and nothing for the empty ones between."""
    inside: dict[int, list[float]] = {}
    for index, value in indexed:
        inside.setdefault(index, []).append(value)
    edges = [*inside, *(edge for edge in (least, most) if edge is not None)]
    return {index: inside.get(index, []) for index in _grid(min(edges), max(edges))} if edges else {}


def by_width(
    values: Iterable[float], width: float, *, offset: float = 0.0, bounds: Mapping[str, float] | None = None
) -> Intervals:
    """Give the intervals that begin at multiples of a width (+ offset)."""

    def index_of(value: float | None) -> int | None:
        return None if value is None else math.floor((value - offset) / width)

    least, most = (index_of((bounds or {}).get(edge)) for edge in ("min", "max"))
    indexed = [(math.floor((value - offset) / width), value) for value in values]
    return [(index * width + offset, inside) for index, inside in _filled(indexed, least=least, most=most).items()]


def width_of(
    values: Iterable[float], buckets: int, *, whole: bool, bounds: Mapping[str, float] | None = None
) -> float | None:
    """Give the width for a number of intervals, None where all values are the same.

    Parameters
    ----------
    whole : bool
        The quantity is a whole number, or a time; then the width is one, too.
    """
    edges = [*values, *(value for value in (bounds or {}).values() if value is not None)]
    span = max(edges) - min(edges) if edges else 0
    if whole:
        return math.ceil(span / buckets) or None
    return (1 + 1e-12) * span / buckets or None


def _month(ms: float) -> int:
    time = EPOCH + timedelta(milliseconds=ms)
    return (time.year - EPOCH.year) * 12 + time.month - 1


def _month_ms(month: int) -> float:
    return milliseconds(datetime(EPOCH.year + month // 12, month % 12 + 1, 1, tzinfo=timezone.utc))


def _calendar(interval: str) -> tuple[Callable[[float], int], Callable[[int], float]]:
    """Give what numbers the interval of a time, and what gives the beginning of a numbered one, both in ms.

    Raises
    ------
    NotCounted
    """
    interval = _WORDS.get(interval, interval)
    if interval in _MONTHS:
        months = _MONTHS[interval]
        return lambda ms: _month(ms) // months, lambda index: _month_ms(index * months)
    fixed = _INTERVAL.fullmatch(interval)
    if interval != "1w" and fixed is None:
        raise NotCounted(f"failed to parse setting [date_histogram.interval] with value [{interval}]")
    width = int(fixed[1]) * _FIXED_MS[fixed[2]] if fixed else _WEEK_MS
    start = 0 if fixed else _MONDAY_MS
    return lambda ms: int((ms - start) // width), lambda index: index * width + start


def by_time(times: Iterable[float], interval: str) -> Intervals:
    """Give the intervals of the calendar.

    Parameters
    ----------
    times : iterable of float
        ms since 1970, as the beginnings that are given.
    interval : str
        ``1M``, ``1q``, ``1y``, ``1w``, their names, or a number of ms, s, m, h, d.

    Raises
    ------
    NotCounted
    """
    number_of, begin_of = _calendar(interval)
    return [(begin_of(index), inside) for index, inside in _filled((number_of(ms), ms) for ms in times).items()]


def by_fewest(times: Collection[float], buckets: int) -> tuple[str, Intervals]:
    """Give the finest interval that makes no more than so many intervals, and these; times are ms since 1970."""
    if not times:
        return _AUTOMATIC[0], []
    for interval in _AUTOMATIC:
        several, unit = int(interval[:-1]), interval[-1]
        number_of, begin_of = _calendar(f"1{unit}")
        first = number_of(min(times))
        groups = (number_of(max(times)) - first) // several + 1
        if groups <= buckets or interval == _AUTOMATIC[-1]:
            filled = _filled(((number_of(ms) - first) // several, ms) for ms in times)
            return interval, [(begin_of(first + index * several), inside) for index, inside in filled.items()]
    raise AssertionError("the last interval is taken in any case")
