"""One line of how a run gets on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nomad_swagger.mirrors.totals import Pulse, Totals


def test_the_line_has_totals_a_rate_of_the_last_minutes_and_when_it_will_be_over() -> None:
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    told = Totals(Path("x"), listed=500, entries=2000)
    assert pulse.words(told) == "500 of 2,000 entries listed"
    told = replace(told, items=100, items_done=10, files=40, size_bytes=1_000_000)
    now[0] = 10.0
    pulse.words(told)
    now[0] = 20.0
    line = pulse.words(replace(told, items_done=20, size_bytes=21_000_000))
    assert line == "20 of 100 items, 40 files, 21.0 MB, 1.1 MB/s, 80 s left"
