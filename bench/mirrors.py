"""Mirrors of more and more entries: is the time for each, and the memory, the same? And the ledger alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.plan import Plan
from bench.surroundings import environment
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.entries import Row
from nomad_swagger.mirrors.ledger import Book, add_shard

_MEMORY, _TIME = 1.2, 1.5  # what flat means: of the first row
_BATCH = 2000
_MIRROR = """
import json, sys, time
import pandas, pyarrow.parquet
import nomad_swagger as ns
client = ns.connect(sys.argv[1], spec="nomad-1.4.3")
begin = time.perf_counter()
made = ns.mirror(client, {}, sys.argv[2], files="none", archives=True, jobs=1)
seconds = time.perf_counter() - begin
begin = time.perf_counter()
ns.mirror(client, {}, sys.argv[2])
again = time.perf_counter() - begin
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps({"entries": made.archives, "seconds": seconds, "again": again, "peak": peak}))
"""


@dataclass(frozen=True)
class Flat:
    """A table whose rows are to be alike but for the number of entries."""

    title: str
    head: str
    rows: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Give the table as Markdown."""
        yield from (f"### {self.title}", "", self.head, "|---:" * (self.head.count("|") - 1) + "|", *self.rows, "")


def measure(plan: Plan) -> list[Flat]:
    """Give the tables."""
    counts = (1000, 10_000) if plan.quick else (1000, 10_000, 100_000)
    return [_mirrors(plan, counts), _ledgers((10_000, 30_000) if plan.quick else (100_000, 1_000_000))]


def _mirrors(plan: Plan, counts: tuple[int, ...]) -> Flat:
    took = [_mirror(plan, count) for count in counts]
    first = took[0]
    rows = []
    for count, one in zip(counts, took, strict=True):
        per, per_first = one["seconds"] / count, first["seconds"] / counts[0]
        flat = per <= _TIME * per_first and one["peak"] <= _MEMORY * first["peak"]
        rows.append(
            f"| {count:,} | {one['seconds']:.1f} s | {1e6 * per:.0f} µs | {1e6 * one['again'] / count:.0f} µs |"
            f" {one['peak']:.0f} MiB | {'flat' if flat else '**not flat**'} |"
        )
    head = "| entries | the mirror | for each | for each, run again | memory | |"
    return Flat("A mirror with metadata and archives, of more and more entries", head, tuple(rows))


def _mirror(plan: Plan, count: int) -> dict[str, float]:
    with _server(count) as url, tempfile.TemporaryDirectory(dir=plan.home) as folder:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _MIRROR, url, f"{folder}/copy"],
            env=environment(plan.home),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the mirror of {count} entries failed\n{done.stderr}")
    told: dict[str, float] = json.loads(done.stdout)
    if told["entries"] != count:
        raise SystemExit(f"{told['entries']} of {count} archives came")
    return told


@contextmanager
def _server(count: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.endless", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/prod/v1/api/v1"
        finally:
            process.kill()


def _ledgers(counts: tuple[int, ...]) -> Flat:
    head = "| entries in the ledger | to write, each | on disk, each | next 2 000 | status | page of work |"
    return Flat("The ledger alone", head, tuple(_ledger(count) for count in counts))


def _ledger(count: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        book = Book(Path(folder) / "ledger.sqlite")
        begin = time.perf_counter()
        for first in range(0, count, _BATCH):
            _write(book, first)
        written = time.perf_counter() - begin
        size = book.room.path.stat().st_size
        _, more = _timed(lambda: _write(book, count))
        _, status = _timed(lambda: (book.sums(), entries.count(book), entries.uploads(book)))
        _, work = _timed(lambda: (next(book.to_do()), entries.of(book, "archive", 1 + count // 2000)))
    return (
        f"| {count:,} | {1e6 * written / count:.0f} µs | {size / count:.0f} B | {1000 * more:.0f} ms |"
        f" {1000 * status:.0f} ms | {1000 * work:.1f} ms |"
    )


def _write(book: Book, first: int) -> None:
    """Write a batch as a listing does: in the order of ids, each of one of many uploads."""
    dice = random.Random(first)
    number = first // _BATCH + 1
    rows = [
        Row(
            f"{one:028d}",
            f"upload-{dice.randrange(200_000):015d}",
            f"run/{one}/vasprun.xml",
            "CC BY 4.0",
            "",
            one.to_bytes(8, "big"),
            number,
            one // 1000 + 1,
            1,
        )
        for one in range(first, first + _BATCH)
    ]
    entries.known(book, [row.entry_id for row in rows[:500]])
    with book.room.changing() as base:
        for shard in (first // 1000 + 1, first // 1000 + 2):
            add_shard(base, "archives", shard, None, 1000, 0.0)
        entries.write(base, rows)


def _timed(act: object) -> tuple[object, float]:
    assert callable(act)
    begin = time.perf_counter()
    found = act()
    return found, time.perf_counter() - begin
