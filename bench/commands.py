"""How long a command keeps one waiting, beside a Python that does nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measure import Table, command, side_by_side
from bench.plan import Plan

OURS = str(Path(sys.executable).with_name("nomad-swagger"))
_TAB = {
    "_NOMAD_SWAGGER_COMPLETE": "bash_complete",
    "COMP_WORDS": "nomad-swagger call --spec nomad-0.8.6 repo.",
    "COMP_CWORD": "4",
}


def measure(plan: Plan) -> list[Table]:
    """Give the table."""
    ways = [
        command("python -c pass", sys.executable, "-c", "pass"),
        command("python -c 'import requests'", sys.executable, "-c", "import requests"),
        command("nomad-swagger --help", OURS, "--help"),
        command("TAB after `call repo.`", OURS, env=_TAB),
        command("nomad-swagger ops --spec nomad-0.8.6", OURS, "ops", "--spec", "nomad-0.8.6"),
        command("nomad-swagger describe …", OURS, "describe", "repo.search", "--spec", "nomad-0.8.6"),
    ]
    return [side_by_side("Commands that ask no server", ways, rounds=plan.rounds(7, 3), home=plan.home)]
