"""Run ways of doing one thing side by side, each in a process of its own, and put the numbers into a table.

Within a round every way has its turn, so that a busy moment of the machine hits all of them; the medians of the rounds
are compared. What a process does many times counts with the fastest of its turns: other work only ever adds. Knows
processes and clocks; it must not know what is measured.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Clock = Literal["answer", "end", "own"]
"""Until the first line of output; until the process ends; or what the process itself reports."""

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


@dataclass(frozen=True)
class Aim:
    """What a way is held against.

    Attributes
    ----------
    most : float
    of : {"ratio", "ms", "MiB"}
        Of the time to the baseline's, of the time itself, or of the memory that the act adds to the process.
    text : str
        As the table shows it.
    """

    most: float
    of: Literal["ratio", "ms", "MiB"]
    text: str


@dataclass(frozen=True)
class Way:
    """One way of doing a thing: a command, and which clock tells how long it takes."""

    name: str
    command: Sequence[str]
    clock: Clock
    aims: tuple[Aim, ...] = ()
    env: Mapping[str, str] | None = None
    warm: bool = False


@dataclass(frozen=True)
class Took:
    """What a way took; ``added_mib`` only where the process itself reports it."""

    seconds: float
    added_mib: float | None = None


@dataclass(frozen=True)
class Table:
    """The ways of doing one thing; the first is the baseline of the ratios unless another is named."""

    title: str
    ways: Sequence[Way]
    took: Mapping[str, Took]
    baseline: str = ""

    def lines(self) -> Iterator[str]:
        """Give the table as Markdown."""
        base = self.baseline or self.ways[0].name
        has_memory = any(took.added_mib is not None for took in self.took.values())
        yield f"### {self.title}"
        yield ""
        yield f"| | time | x {base} |{' added memory |' if has_memory else ''} aim | |"
        yield f"|---|---:|---:|{'---:|' if has_memory else ''}---|---|"
        for way in self.ways:
            took, ratio = self.took[way.name], self.ratio(way)
            added = "" if took.added_mib is None else f"{took.added_mib:.0f} MiB"
            memory = f" {added} |" if has_memory else ""
            aims, verdict = ", ".join(aim.text for aim in way.aims), ", ".join(self.verdicts(way))
            yield f"| {way.name} | {_time(took.seconds)} | {ratio:.2f} |{memory} {aims} | {verdict} |"
        yield ""

    def ratio(self, way: Way) -> float:
        return self.took[way.name].seconds / self.took[self.baseline or self.ways[0].name].seconds

    def verdicts(self, way: Way) -> Iterator[str]:
        took = self.took[way.name]
        values = {"ratio": self.ratio(way), "ms": took.seconds * 1000, "MiB": took.added_mib or 0.0}
        for aim in way.aims:
            yield "met" if values[aim.of] <= aim.most else "**missed**"


def started(name: str, code: str, *aims: Aim) -> Way:
    """Give the way of a script: from the start of the process to its first line of output."""
    return Way(name, (sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)), "answer", aims)


def timed(name: str, act: str, *aims: Aim, setup: str = "", after: str = "", times: int = 1) -> Way:
    """Give the way of an act within a process, after its setup; the fastest of several times."""
    code = _TIMED.format(
        setup=textwrap.dedent(setup), act=textwrap.indent(textwrap.dedent(act), "    "), after=after, times=times
    )
    return Way(name, (sys.executable, "-W", "ignore", "-c", code), "own", aims)


def command(
    name: str, *words: str, aims: tuple[Aim, ...] = (), env: Mapping[str, str] | None = None, warm: bool = False
) -> Way:
    """Give the way of a whole command; a warm one is run once before it is measured."""
    return Way(name, words, "end", aims, env, warm)


def side_by_side(title: str, ways: Sequence[Way], *, rounds: int, home: Path, baseline: str = "") -> Table:
    """Measure all ways, round by round, after one round that warms caches up where a start is measured."""
    runs: dict[str, list[Took]] = {way.name: [] for way in ways}
    for way in ways:
        if way.clock == "answer" or way.warm:
            _run(way, home)
    for _ in range(rounds):
        for way in ways:
            runs[way.name].append(_run(way, home))
    return Table(title, ways, {name: _median(took) for name, took in runs.items()}, baseline)


def environment(home: Path) -> dict[str, str]:
    """Give an environment without settings, logins, caches and proxies of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("NOMAD_", "XDG_"))}
    for name in list(kept):
        if name.upper().endswith("_PROXY"):
            del kept[name]
    return {**kept, "HOME": str(home), "NOMAD_SWAGGER_CACHE": str(home / "cache")}


def _run(way: Way, home: Path) -> Took:
    env = {**environment(home), **(way.env or {})}
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
    return Took(answered if way.clock == "answer" else ended)


def _median(runs: Sequence[Took]) -> Took:
    added = [run.added_mib for run in runs if run.added_mib is not None]
    return Took(statistics.median(run.seconds for run in runs), max(added) if added else None)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
