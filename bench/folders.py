"""A folder of many small files up: packed while it is sent, and looked at before."""

from __future__ import annotations

import random
from pathlib import Path

from bench.measure import command, side_by_side, timed
from bench.plan import Plan
from bench.table import Aim, Table

_FILES, _FILE_BYTES = 10_000, 4096
_FASTER = Aim(2.5, "ratio", "≥ 0.4 x the speed")
_FLAT = Aim(16, "MiB", "+16 MiB")
_CONNECT = 'import nomad_swagger as ns\nclient = ns.connect("{url}", spec="nomad-0.8.6", token="t")\n{warm}'


def measure(plan: Plan) -> list[Table]:
    """Give the table."""
    folder, url = _filled(plan.home / "runs"), f"{plan.sink}/api"
    small = _filled(plan.home / "warm", 1)
    warm = f"ns.upload(client, {str(small)!r})"
    pipe = f"tar cf - -C '{plan.home}' runs | curl -sS -f -o /dev/null -T - '{url}/uploads/?name=runs'"
    ways = [
        command("tar \\| curl -T -", "sh", "-c", pipe),
        timed(
            "ours: `ns.upload(client, folder)`",
            f"ns.upload(client, {str(folder)!r})",
            _FASTER,
            _FLAT,
            setup=_CONNECT.format(url=url, warm=warm),
        ),
    ]
    title = f"a folder of {_FILES:,} files of {_FILE_BYTES // 1024} KiB up"
    return [side_by_side(title, ways, rounds=plan.rounds(7, 3), home=plan.home)]


def _filled(folder: Path, count: int = _FILES) -> Path:
    dice = random.Random(count)
    for number in range(count):
        path = folder / f"run-{number // 100:03}" / f"{number:05}.out"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dice.randbytes(_FILE_BYTES))
    return folder
