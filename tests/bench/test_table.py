"""Tables of the bench: a measure that nobody took has no column, and an aim holds to the end of the process, too."""

from __future__ import annotations

from bench.table import Aim, Table, Took, Way

REQUESTS = Way("requests", ("requests",), "answer")
OURS = Way("ours", ("ours",), "answer", (Aim(2.1, "ratio", "≤ 2.1 x"), Aim(500, "ms", "< 0.5 s")))


def _rows(requests: Took, ours: Took) -> list[str]:
    return list(Table("A title", [REQUESTS, OURS], {"requests": requests, "ours": ours}).lines())[2:-1]


def test_instructions_stand_beside_the_times_each_with_its_ratio() -> None:
    assert _rows(Took(0.1, 0.11, instructions=500 * 10**6), Took(0.2, 0.22, instructions=1_250_400_000)) == [
        "| | time | x requests | to the end | x requests | instructions | x requests | aim | |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|",
        "| requests | 100 ms | 1.00 | 110 ms | 1.00 | 500 M | 1.00 |  |  |",
        "| ours | 200 ms | 2.00 | 220 ms | 2.00 | 1,250 M | 2.50 | ≤ 2.1 x, < 0.5 s | met, met |",
    ]


def test_what_was_not_measured_has_no_column() -> None:
    head, _, requests, ours = _rows(Took(0.1), Took(0.2, added_mib=3))
    assert head == "| | time | x requests | added memory | aim | |"
    assert requests == "| requests | 100 ms | 1.00 |  |  |  |"
    assert ours == "| ours | 200 ms | 2.00 | 3 MiB | ≤ 2.1 x, < 0.5 s | met, met |"


def test_an_answer_in_time_misses_where_the_process_ends_late() -> None:
    assert _rows(Took(0.1, 0.11), Took(0.2, 0.33))[-1].endswith("| **missed**, met |")
