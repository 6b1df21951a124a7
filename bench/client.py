"""A client from the pinned document, in a process that has all it needs imported."""

from __future__ import annotations

from bench.measure import side_by_side, timed
from bench.plan import Plan
from bench.servers import SPEC
from bench.table import Aim, Table

_BRAVADO_SETUP = "import json\nfrom pathlib import Path\nfrom bravado.client import SwaggerClient"
_BRAVADO = """
document = json.loads(Path({spec!r}).read_bytes())
SwaggerClient.from_spec(document, origin_url="{api}/swagger.json"{config})
"""
_UNCHECKED = ', config={"validate_swagger_spec": False}'


def measure(plan: Plan) -> list[Table]:
    """Give the table."""
    spec, times = str(SPEC), 5

    def bravado(config: str = "") -> str:
        return _BRAVADO.format(spec=spec, api=plan.api, config=config)

    ours = f'ns.connect("{plan.api}", spec="nomad-0.8.6").nomad.spec.operations'
    ways = [
        timed("raw bravado", bravado(), setup=_BRAVADO_SETUP, times=times),
        timed("raw bravado, document unchecked", bravado(_UNCHECKED), setup=_BRAVADO_SETUP, times=times),
        timed("ours", ours, Aim(1 / 9, "ratio", "≤ 1/9"), setup="import nomad_swagger as ns", times=times),
    ]
    title = "A client from the pinned document"
    return [side_by_side(title, ways, rounds=plan.rounds(3, 1), home=plan.home)]
