from __future__ import annotations

from datetime import datetime, timezone

import pytest

from nomad_sandbox import histograms


def ms(text: str) -> float:
    return float(histograms.milliseconds(datetime.fromisoformat(text).replace(tzinfo=timezone.utc)))


TIMES = [ms("2020-01-15T12:00"), ms("2020-04-02"), ms("2021-02-01")]


@pytest.mark.parametrize(
    ("interval", "first", "length"),
    [("1M", "2020-01-01", 14), ("1q", "2020-01-01", 5), ("1y", "2020-01-01", 2), ("1w", "2020-01-13", 56)],
)
def test_intervals_begin_where_the_calendar_says(interval: str, first: str, length: int) -> None:
    rows = histograms.by_time(TIMES, interval)
    assert (rows[0][0], len(rows)) == (ms(first), length)
    assert [time for _, inside in rows for time in inside] == TIMES
    assert [begin for begin, _ in rows] == sorted(begin for begin, _ in rows)


def test_an_interval_is_chosen_that_makes_few_enough() -> None:
    for buckets, interval in ((1000, "12h"), (400, "1d"), (60, "7d"), (14, "1M"), (13, "3M"), (2, "1y"), (1, "5y")):
        chosen, rows = histograms.by_fewest(TIMES, buckets)
        assert chosen == interval
        assert len(rows) <= buckets
        assert [time for _, inside in rows for time in inside] == TIMES
    assert histograms.by_fewest([], 10) == ("1s", [])


def test_too_many_intervals_are_refused() -> None:
    with pytest.raises(histograms.NotCounted, match="too_many_buckets"):
        histograms.by_width([0.0, 1e9], 1.0)


def test_intervals_of_numbers_begin_at_multiples_of_their_width() -> None:
    assert histograms.by_width([1.2, 3.9], 1.5) == [(0.0, [1.2]), (1.5, []), (3.0, [3.9])]
    assert histograms.by_width([1.2], 1.0, offset=0.5) == [(0.5, [1.2])]


def test_a_width_is_whole_for_whole_numbers() -> None:
    values = [0.0, 10.0]
    assert histograms.width_of(values, 4, whole=True) == 3
    assert histograms.width_of(values, 4, whole=False) == pytest.approx(2.5)
    assert histograms.width_of([1.0], 4, whole=False) is None
    assert histograms.width_of([], 4, whole=True) is None
