"""From the start of the process to the first answer to a search, the description cached where a client caches it."""

from __future__ import annotations

from bench.commands import OURS
from bench.measure import side_by_side, started
from bench.plan import Plan
from bench.table import Aim, Table, Way

TITLE = "Process start to the first search answer"
_SCRIPT = Aim(2.1, "ratio", "≤ 2.1 x requests")
_COMMAND = Aim(2.4, "ratio", "≤ 2.4 x requests")

_REQUESTS = """
import requests
answer = requests.get("{api}/repo/", params={{"atoms": ["Si", "O"]}})
print(answer.json()["pagination"]["total"], flush=True)
"""
_HELPERS = """
import nomad_swagger as ns
client = ns.connect("{api}")
print(ns.search(client, elements=["Si", "O"]).total, flush=True)
"""
_SURFACE = """
import nomad_swagger as ns
client = ns.connect("{api}")
print(client.repo.search(atoms=["Si", "O"]).response().result.pagination.total, flush=True)
"""
_BRAVADO = """
from bravado.client import SwaggerClient
client = SwaggerClient.from_url("{api}/swagger.json")
print(client.repo.search(atoms=["Si", "O"]).response().result.pagination.total, flush=True)
"""


def measure(plan: Plan) -> list[Table]:
    """Give the table."""
    others = [*ways(plan), started("raw bravado", _BRAVADO.format(api=plan.api))]
    return [side_by_side(TITLE, others, rounds=plan.rounds(21, 3), home=plan.home)]


def ways(plan: Plan) -> list[Way]:
    """Give requests' and ours; the command writes its table to a pipe."""
    search = (OURS, "search", "elements=Si", "elements=O", "--url", plan.api)
    return [
        started("requests", _REQUESTS.format(api=plan.api), counted=True),
        started("ours: `ns.search(…)`", _HELPERS.format(api=plan.api), _SCRIPT, counted=True),
        started("ours: `client.repo.search(…)`", _SURFACE.format(api=plan.api), _SCRIPT, counted=True),
        Way("ours: `nomad-swagger search …`", search, "answer", (_COMMAND,), counted=True),
    ]
