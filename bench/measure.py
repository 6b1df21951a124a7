"""Run ways of doing one thing side by side, each in a process of its own, and put the numbers into a table.

Within a round every way has its turn, so that a busy moment of the machine hits all of them; the medians of the rounds
are compared. What a process does many times counts with the fastest of its turns: other work only ever adds. Knows
processes and clocks; it must not know what is measured.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench import instructions
from bench.surroundings import around
from bench.table import Aim, Table, Took, Way

_TIMED = """
import json, resource, sys, time
{setup}
def act():
{act}
def peak():
    try:  # getrusage of Linux counts what the parent had when it made this process
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, seconds = peak(), []
for _ in range({times}):
    begin = time.perf_counter()
    act()
    seconds.append(time.perf_counter() - begin)
print(json.dumps({{"seconds": min(seconds), "added_mib": peak() - before}}))
{after}
"""


def started(name: str, code: str, *aims: Aim, counted: bool = False) -> Way:
    """Give the way of a script: from the start of the process to its first line of output."""
    return Way(name, (sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)), "answer", aims, counted=counted)


def timed(name: str, act: str, *aims: Aim, setup: str = "", after: str = "", times: int = 1) -> Way:
    """Give the way of an act within a process, after its setup; the fastest of several times."""
    code = _TIMED.format(
        setup=textwrap.dedent(setup), act=textwrap.indent(textwrap.dedent(act), "    "), after=after, times=times
    )
    return Way(name, (sys.executable, "-W", "ignore", "-c", code), "own", aims)


def command(
    name: str,
    *words: str,
    aims: tuple[Aim, ...] = (),
    env: Mapping[str, str] | None = None,
    fresh: bool = False,
    counted: bool = False,
) -> Way:
    """Give the way of a whole command; a fresh one has an empty cache each time."""
    return Way(name, words, "end", aims, env, fresh, counted)


def side_by_side(title: str, ways: Sequence[Way], *, rounds: int, home: Path, baseline: str = "") -> Table:
    """Measure all ways, round by round, after one that compiles and warms caches up where a start is measured."""
    runs: dict[str, list[Took]] = {way.name: [] for way in ways}
    warm_up(ways, home)
    for _ in range(rounds):
        for way in ways:
            runs[way.name].append(_run(way, home))
    counts = instructions.count_all((way for way in ways if way.counted), home) if instructions.is_counted() else {}
    took = {name: replace(_median(run), instructions=counts.get(name)) for name, run in runs.items()}
    return Table(title, ways, took, baseline)


def warm_up(ways: Sequence[Way], home: Path) -> None:
    """Run each way of which the start is measured, so that its bytecode is there, and what it caches."""
    for way in ways:
        if way.clock != "own":
            _run(way, home)


def _run(way: Way, home: Path) -> Took:
    env = around(way, home)
    begin = time.perf_counter()
    with subprocess.Popen(way.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=home) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        answered = time.perf_counter() - begin
        process.stdout.read()
        complaint = process.stderr.read().decode()
    ended = time.perf_counter() - begin
    if process.returncode or (way.clock != "end" and not first):
        raise SystemExit(f"{way.name}: failed with {process.returncode}\n{complaint}")
    if way.clock == "own":
        return Took(**json.loads(first))
    return Took(answered, ended) if way.clock == "answer" else Took(ended)


def _median(runs: Sequence[Took]) -> Took:
    added = [run.added_mib for run in runs if run.added_mib is not None]
    ends = [run.until_end_s for run in runs if run.until_end_s is not None]
    return Took(
        statistics.median(run.seconds for run in runs),
        statistics.median(ends) if ends else None,
        max(added) if added else None,
    )
