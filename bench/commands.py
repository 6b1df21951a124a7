"""How long a command keeps one waiting, beside a Python that does nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measure import command, side_by_side
from bench.plan import Plan
from bench.table import Aim, Table, Way

TITLE = "Commands that ask no server"
OURS = str(Path(sys.executable).with_name("nomad-swagger"))
_SEVENFOLD = Aim(7, "ratio", "≤ 7 x")
_TAB = {
    "_NOMAD_SWAGGER_COMPLETE": "bash_complete",
    "COMP_WORDS": "nomad-swagger call --spec nomad-0.8.6 repo.",
    "COMP_CWORD": "4",
}


def measure(plan: Plan) -> list[Table]:
    """Give the table."""
    requests = command("python -c 'import requests'", sys.executable, "-c", "import requests")
    nothing, *ours = ways(plan)
    return [side_by_side(TITLE, [nothing, requests, *ours], rounds=plan.rounds(7, 3), home=plan.home)]


def ways(_: Plan) -> list[Way]:
    """Give a Python that does nothing, and ours."""
    offline = ("--spec", "nomad-0.8.6")
    return [
        command("python -c pass", sys.executable, "-c", "pass", counted=True),
        command("nomad-swagger --help", OURS, "--help", counted=True),
        command("TAB after `call repo.`", OURS, env=_TAB, aims=(_SEVENFOLD,), counted=True),
        command("nomad-swagger ops --spec nomad-0.8.6", OURS, "ops", *offline, aims=(_SEVENFOLD,), counted=True),
        command("nomad-swagger describe …", OURS, "describe", "repo.search", *offline, counted=True),
    ]
