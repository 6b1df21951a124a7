"""From the start of the process to the first answer to a search, the description cached where a client caches it."""

from __future__ import annotations

from bench.measure import Aim, Table, side_by_side, started
from bench.plan import Plan

_AIM = Aim(2.8, "ratio", "≤ 2.8 x requests")

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
    ways = [
        started("requests", _REQUESTS.format(api=plan.api)),
        started("ours: `ns.search(…)`", _HELPERS.format(api=plan.api), _AIM),
        started("ours: `client.repo.search(…)`", _SURFACE.format(api=plan.api), _AIM),
        started("raw bravado", _BRAVADO.format(api=plan.api)),
    ]
    title = "Process start to the first search answer"
    return [side_by_side(title, ways, rounds=plan.rounds(9, 3), home=plan.home)]
