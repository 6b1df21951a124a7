"""Measure all rows and print them as Markdown: ``python -m bench [--quick] [row …]``."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from bench import archives, calls, client, commands, descriptions, first_answer, folders, mirrors, servers, transfers
from bench.instructions import is_counted
from bench.plan import Plan

ROWS = {
    "first-answer": first_answer,
    "client": client,
    "transfers": transfers,
    "folders": folders,
    "calls": calls,
    "archives": archives,
    "commands": commands,
    "descriptions": descriptions,
    "mirrors": mirrors,
}
_LIBRARIES = ("bravado", "bravado-core", "jsonschema", "requests", "urllib3", "orjson")
_SHARED_MEMORY = Path("/dev/shm")


def main() -> None:
    """Print the tables of the rows that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row[,row]", help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and smaller transfers; for a look, not to quote"
    )
    asked = parser.parse_args()
    rows = [name for words in asked.rows for name in words.split(",") if name]
    if unknown := set(rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    begin = time.perf_counter()
    print("\n".join(_machine()))
    transfer_bytes = 1 << (28 if asked.quick else 30)
    with ExitStack() as stack:
        folder, home = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_place(transfer_bytes)))) for _ in "ab"
        )
        servers.fill(folder, transfer_bytes=transfer_bytes, archive_bytes=(40 if asked.quick else 200) * 10**6)
        url, sink = stack.enter_context(servers.answering(folder)), stack.enter_context(servers.swallowing())
        plan = Plan(url, sink, folder, home, asked.quick)
        for name in rows or ROWS:
            for table in ROWS[name].measure(plan):
                print("\n".join(table.lines()), flush=True)
    print(f"Measured in {time.perf_counter() - begin:.0f} s.")


def _machine() -> Iterator[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {libraries}."
    load = os.getloadavg()[0]
    if load > 0.7:
        yield f"The machine is busy (load {load:.1f}): trust the ratios at most."
    if not is_counted():
        yield "There is no valgrind here, so no instructions are counted."
    yield ""


def _place(transfer_bytes: int) -> Path | None:
    """Give a folder in memory where there is room, so that no disk is measured."""
    enough = _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > 4 * transfer_bytes
    if not enough:
        print("no room in memory for the files: the transfers measure the disk, too", file=sys.stderr)
    return _SHARED_MEMORY if enough else None


if __name__ == "__main__":
    main()
