"""What one call costs beside requests on a kept connection: a small answer, and a page of a search of 1 MB."""

from __future__ import annotations

from typing import Any

from bench.measure import side_by_side, timed
from bench.plan import Plan
from bench.table import Aim, Table

_RECORDS = Aim(1.3, "ratio", "≤ 1.30 x requests")
_FLAT = Aim(16, "MiB", "+16 MiB")
_SETUPS = {
    "requests": "import requests\nsession = requests.Session()",
    "ours": 'import nomad_swagger as ns\nclient = ns.connect("{api}")',
    "bravado": 'from bravado.client import SwaggerClient\nclient = SwaggerClient.from_url("{api}/swagger.json")',
}


def measure(plan: Plan) -> list[Table]:
    """Give the tables."""
    small = _table(
        plan,
        "One small call",
        plan.api,
        "info/",
        {
            "ours: `client.info.get_info()`": ("ours", "client.info.get_info().response().result"),
            "raw bravado": ("bravado", "client.info.get_info().response().result"),
        },
        times=plan.rounds(500, 100),
    )
    page = _table(
        plan,
        "A page of a search, 1000 entries, 1.2 MB",
        f"{plan.url}/large/api",
        "repo/?per_page=1000",
        {
            "ours: `list(ns.search(…))`, as records": ("ours", "list(ns.search(client, limit=1000))", _RECORDS, _FLAT),
            "ours: `client.repo.search(…)`": ("ours", "client.repo.search(per_page=1000).response().result"),
            "raw bravado": ("bravado", "client.repo.search(per_page=1000).response().result"),
        },
        times=plan.rounds(30, 25),
    )
    return [small, page]


def _table(plan: Plan, title: str, api: str, path: str, others: dict[str, tuple[Any, ...]], *, times: int) -> Table:
    ways = [timed("requests, `.json()`", f'session.get("{api}/{path}").json()', setup=_SETUPS["requests"], times=times)]
    for name, (kind, act, *aims) in others.items():
        ways.append(timed(name, act, *aims, setup=_SETUPS[kind].format(api=api), times=times))
    return side_by_side(title, ways, rounds=plan.rounds(3, 1), home=plan.home)
