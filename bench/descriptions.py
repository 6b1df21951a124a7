"""Work on API descriptions: the commands on the largest pinned ones, and what OpenAPI 3 costs at a start."""

from __future__ import annotations

import sys

from bench.commands import OURS
from bench.measure import command, side_by_side, timed
from bench.plan import Plan
from bench.table import Aim, Table

_SECOND = Aim(1000, "ms", "< 1 s")
_NEVER_SEEN = Aim(700, "ms", "< 0.7 s")
_LOAD = 'from nomad_swagger.apispec.load import load_spec\nspec = load_spec("{name}")\n'
_BUILD = (
    "import nomad_swagger as ns\nfrom dataclasses import replace\nfrom nomad_swagger.apispec.load import load_spec\n"
    'spec = load_spec("nomad-2.0.0")\nns.connect("{api}", spec=replace(spec))'
)


def measure(plan: Plan) -> list[Table]:
    """Give the tables."""
    verify = (OURS, "spec", "verify", "nomad-0.8.6")
    verify_v1 = (OURS, "spec", "verify", "nomad-1.4.3")
    commands = [
        command("python -c pass", sys.executable, "-c", "pass"),
        command(
            "spec diff nomad-0.7.9 nomad-0.8.6", OURS, "spec", "diff", "nomad-0.7.9", "nomad-0.8.6", aims=(_SECOND,)
        ),
        command(
            "spec diff nomad-1.4.3 nomad-2.0.0", OURS, "spec", "diff", "nomad-1.4.3", "nomad-2.0.0", aims=(_SECOND,)
        ),
        command("spec verify nomad-0.8.6, never seen", *verify, aims=(_NEVER_SEEN,), fresh=True),
        command("spec verify nomad-1.4.3, never seen", *verify_v1, aims=(_NEVER_SEEN,), fresh=True),
        command("spec verify nomad-0.8.6, again", *verify, aims=(_SECOND,)),
        command("spec doctor nomad-0.8.6", OURS, "spec", "doctor", "nomad-0.8.6", aims=(_SECOND,)),
        command("spec doctor nomad-2.0.0", OURS, "spec", "doctor", "nomad-2.0.0", aims=(_SECOND,)),
    ]
    convert = "from nomad_swagger.apispec.openapi3 import convert\n" + _LOAD.format(name="nomad-2.0.0")
    pieces = [
        timed(
            "json.loads of the document",
            "json.loads(text)",
            setup=convert + "text = json.dumps(spec.document)",
            times=9,
        ),
        timed("conversion to Swagger 2.0", "convert(spec.document)", Aim(50, "ms", "< 50 ms"), setup=convert, times=9),
        timed(
            "client, conversion included",
            f'ns.connect("{plan.api}", spec=replace(spec))',
            Aim(150, "ms", "< 150 ms"),
            setup=_BUILD.format(api=plan.api),
            times=9,
        ),
    ]
    rounds = plan.rounds(5, 1)
    return [
        side_by_side("Commands on API descriptions", commands, rounds=rounds, home=plan.home),
        side_by_side("OpenAPI 3 (nomad-2.0.0, 104 operations)", pieces, rounds=rounds, home=plan.home),
    ]
