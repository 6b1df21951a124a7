"""Count the instructions of the ways that CI guards, in the environment of this Python: ``python -m bench.counted``.

Prints JSON, by table and way; ``--only WORD`` counts the ways whose name has it, beside each table's first.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import commands, first_answer, servers
from bench.instructions import count_all, is_counted
from bench.measure import warm_up
from bench.plan import Plan
from bench.ratios import Counts
from bench.table import Way

TABLES = {"first-answer": first_answer.ways, "commands": commands.ways}


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(prog="python -m bench.counted", description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD")
    if not is_counted():
        raise SystemExit("bench counts instructions by valgrind, which is not here (Debian: apt-get install valgrind)")
    print(json.dumps(counts(parser.parse_args().only)))


def counts(only: str) -> Counts:
    """Count the ways that have a word in their names, with what they are held against."""
    with ExitStack() as stack:
        folder, home = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in "ab")
        servers.fill(folder, transfer_bytes=1 << 20, archive_bytes=1 << 20)
        plan = Plan(stack.enter_context(servers.answering(folder)), "", folder, home, quick=True)
        tables = {name: chosen for name, ways in TABLES.items() if (chosen := _chosen(ways(plan), only))}
        ways = [way for chosen in tables.values() for way in chosen]
        warm_up(ways, home)
        counted = count_all(ways, home)
    return {name: {way.name: counted[way.name] for way in chosen} for name, chosen in tables.items()}


def _chosen(ways: list[Way], only: str) -> list[Way]:
    base, *others = ways
    chosen = [way for way in others if only in way.name]
    return [base, *chosen] if chosen else []


if __name__ == "__main__":
    main()
