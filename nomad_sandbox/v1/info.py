"""``info``: what this server is and can."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from nomad_sandbox.mainfiles import load_parsers
from nomad_sandbox.search import Selection
from nomad_sandbox.v1.answers import json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.counting import Counting
from nomad_sandbox.v1.document import NOMAD_VERSION
from nomad_sandbox.v1.quantities import load_quantities

_STATISTICS = ("n_entries", "n_uploads", "n_materials", "n_calculations")


def get_info(call: Call) -> Response:
    """Answer with what this server is."""
    parsers = load_parsers()
    quantities = {
        name: {"name": name, "many": quantity.many, "type": {"type_data": quantity.type}}
        for name, quantity in load_quantities().items()
    }
    counting = Counting(call.store, Selection("published = 1"))
    return json_answer(
        {
            "version": NOMAD_VERSION,
            "deployment": "sandbox",
            "oasis": False,
            "parsers": [parser.name for parser in parsers],
            "codes": [{"code_name": code} for code in sorted({parser.code for parser in parsers if parser.code})],
            "normalizers": ["ResultsNormalizer"],
            "metainfo_packages": ["run", "results"],
            "statistics": counting.measure(_STATISTICS),
            "search_quantities": quantities,
            "git": {"ref": "sandbox", "version": NOMAD_VERSION, "commit": "", "log": ""},
            "plugin_entry_points": [],
            "plugin_packages": [],
        }
    )


HANDLERS: Mapping[str, Handler] = {"GET /info": get_info}
