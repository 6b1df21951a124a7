"""``info``: what this server is and can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.mainfiles import load_parsers
from nomad_sandbox.v0.answers import json_answer, without_none
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.version import Version

_NORMALIZERS = ["SystemNormalizer", "OptimadeNormalizer", "EncyclopediaNormalizer"]
METAINFO_PACKAGES = ("general", "public")
_METAINFO = {"all_package": "all.nomadmetainfo.json", "root_sections": ["section_run", "section_metadata"]}


def _description(version: Version, name: str) -> str:
    search = next(operation for operation in version.operations if operation.key == "repo.search")
    return str(search.parameters.get(name, {}).get("description", ""))


def _is_many(version: Version, name: str) -> bool:
    search = next(operation for operation in version.operations if operation.key == "repo.search")
    return search.parameters.get(name, {}).get("type") == "array"


def _codes() -> list[str]:
    return sorted({parser.code for parser in load_parsers() if parser.code is not None})


def _old(call: Call) -> dict[str, Any]:
    version = call.version
    quantities = [
        {
            "name": name,
            "description": _description(version, name),
            "multi": _is_many(version, name),
            "order_default": name == version.order_by,
        }
        for name in version.quantities
    ]
    domain = {
        "name": "DFT",
        "quantities": quantities,
        "metrics_names": list(version.metrics),
        "aggregations_names": list(version.statistics.at_once),
        "metainfo": _METAINFO,
    }
    return {"codes": _codes(), "domain": domain}


def _new(call: Call) -> dict[str, Any]:
    version = call.version
    quantities = {
        name: {"name": name, "description": _description(version, name), "many": _is_many(version, name)}
        for name in version.quantities
    }
    return {
        "metainfo_packages": [*METAINFO_PACKAGES],
        "codes": [{"code_name": code, "code_homepage": None} for code in _codes()],
        "domains": [{"name": "dft", "metainfo": _METAINFO}],
        "statistics": vars(call.services.day_counts.get()),
        "search_quantities": quantities,
    }


def get_info(call: Call) -> Response:
    """Answer with what this server is."""
    version = call.version
    shown = version.document["definitions"]["Info"]["properties"]
    general = {
        "parsers": [parser.name for parser in load_parsers()],
        "normalizers": _NORMALIZERS,
        "version": version.name,
        "release": "sandbox",
        "git": {"ref": "sandbox", "version": version.name, "commit": "", "log": ""},
        "oasis": False,
    }
    special = _old(call) if "domain" in shown else _new(call)
    return json_answer(without_none({**general, **special}))


HANDLERS: Mapping[str, Handler] = {"info.get_info": get_info}
