"""Fail where a way takes 10 % more instructions than when its ratio was last kept: ``make bench-check``.

``--pin`` keeps what is counted in ``bench/instructions.yaml``; ``--upgrade`` takes the newest libraries before.
``--planted`` counts with work put into the package's import, and so must fail. Knows the file and the verdict; where
is counted is :mod:`bench.pinned`'s matter.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import yaml

from bench.pinned import PYTHON, TOP, environment, slowed
from bench.ratios import Change, Ratios, changes, ratios

KEPT = TOP / "bench" / "instructions.yaml"
_QUICKEST = "--help"
_HEAD = """\
# Instructions of each way, as a ratio to what its table begins with: requests' own script, `python -c pass`.
# Made by `make bench-pin`; `make bench-check` fails where one grows by more than 10 %.
"""


def main() -> None:
    """Count, and compare or keep."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description=__doc__)
    acts = parser.add_mutually_exclusive_group()
    acts.add_argument("--pin", action="store_true", help="keep what is counted")
    acts.add_argument("--planted", action="store_true", help="with a slow import, which must be found")
    parser.add_argument("--upgrade", action="store_true", help="take the newest libraries; only with --pin")
    asked = parser.parse_args()
    if asked.upgrade and not asked.pin:
        parser.error("other libraries, other ratios: --upgrade goes with --pin")
    before = {} if asked.pin else kept(KEPT)
    python = environment(upgrade=asked.upgrade)
    if asked.pin:
        keep(python, counted(python))
        return
    with slowed(python) if asked.planted else nullcontext():
        fail_where_grown(changes(before, counted(python)))
    prove(python, before)


def counted(python: Path, *words: str) -> Ratios:
    """Count in that environment."""
    command = [str(python), "-m", "bench.counted", *words]
    done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit("nothing was counted; why not stands above")
    return ratios(json.loads(done.stdout))


def kept(path: Path) -> Ratios:
    """Give the ratios that are kept; those of another Python say nothing."""
    if not path.exists():
        raise SystemExit(f"{path} is not there, so nothing can be judged: `make bench-pin` makes it")
    found = yaml.safe_load(path.read_text("utf-8"))
    if found["python"] != PYTHON:
        raise SystemExit(f"{path} is of Python {found['python']}, not {PYTHON}: `make bench-pin` makes it anew")
    ratios_by_table: Ratios = found["ratios"]
    return ratios_by_table


def keep(python: Path, seen: Ratios) -> None:
    """Write the file."""
    made_with = subprocess.check_output([python, "-c", "import sys; print(sys.version)"], text=True).strip()
    content = {"python": PYTHON, "made_with": made_with, "ratios": seen}
    KEPT.write_text(_HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
    print(KEPT.read_text("utf-8"), end="")


def fail_where_grown(found: Iterable[Change]) -> None:
    """Say how each way came out; end with 1 where one fails."""
    told = list(found)
    print("\n".join(map(str, told)), flush=True)
    if failed := sum(change.fails for change in told):
        raise SystemExit(
            f"{failed} of {len(told)} are not as they are kept in {KEPT.name}. Look what is imported or done now"
            " that was not before; if it is worth it, `make bench-pin` keeps it."
        )


def prove(python: Path, before: Ratios) -> None:
    """Count one way with a slow import; a gate that lets it pass is none."""
    with slowed(python):
        seen = counted(python, f"--only={_QUICKEST}")
    found = [change for change in changes(before, seen) if change.seen]
    if not found or not all(change.fails for change in found):
        raise SystemExit(f"a planted slow import was not found: {', '.join(map(str, found))}")
    print(f"None has grown. A slow import, planted to see that it would be found: {', '.join(map(str, found))}")


if __name__ == "__main__":
    main()
