"""How many instructions a way takes, by valgrind: the same number on a busy machine as on a quiet one.

What differs between runs is kept still: hashes have a fixed seed (sets decide in which order Python works), and the way
has been run before, so that bytecode and caches are there. The whole process is counted, with its end. Cachegrind, told
to simulate no cache, counts what callgrind does, in less than half of its time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.surroundings import around
from bench.table import Way

_COUNT = ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"^==\d+== I +refs: +([\d,]+)$", re.MULTILINE)
_STILL = {"PYTHONHASHSEED": "0"}


def is_counted() -> bool:
    """Tell whether there is a valgrind to count with."""
    return shutil.which("valgrind") is not None


def count_all(ways: Iterable[Way], home: Path) -> dict[str, int]:
    """Give each way's instructions by its name, counted on as many cores as there are."""
    known = {way.name: way for way in ways}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(known, pool.map(lambda way: count(way, home), known.values()), strict=True))


def count(way: Way, home: Path) -> int:
    """Give the instructions of one run of a way, from its start to its end."""
    env = {**around(way, home), **_STILL}
    words = ["valgrind", *_COUNT, *way.command]
    done = subprocess.run(words, env=env, cwd=home, capture_output=True, text=True, check=False)
    counted = _COUNTED.search(done.stderr)
    if done.returncode or counted is None:
        raise SystemExit(f"{way.name}: valgrind ended with {done.returncode}\n{done.stderr}")
    return int(counted[1].replace(",", ""))
