"""Versions of NOMAD's v0 document, made from the 0.8.6 snapshot by what is known to have changed between them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.apispec.snapshots import find_snapshot

Document = dict[str, Any]

ENCYCLOPEDIA_IDS = {
    "materials": "search_materials",
    "material/<material_id>": "get_material",
    "enc_calculations": "get_calculations",
    "enc_calculation": "get_calculation",
    "enc_materials": "get_groups",
    "enc_group": "get_group",
    "enc_report": "post_report",
    "enc_statistics": "get_statistics",
    "enc_suggestions": "get_suggestions",
}


@pytest.fixture(scope="session")
def snapshot() -> Callable[[str], Document]:
    """Give a fresh copy of a shipped snapshot's document."""
    return lambda name: find_snapshot(name).read()


@pytest.fixture(scope="session")
def version() -> Callable[[str], Document]:
    """Give a fresh document of v0 in version 0.8.0, 0.8.6, 0.9.10 or 0.10.12."""
    newest = find_snapshot("nomad-0.8.6").read()
    made = {"0.8.6": newest, "0.8.0": _as_0_8_0(newest)}
    made["0.9.10"] = _as_0_9_10(newest)
    made["0.10.12"] = _as_0_10_12(made["0.9.10"])
    return lambda number: copy.deepcopy(made[number])


def operations(document: Document) -> list[Document]:
    return [entry for item in document["paths"].values() for method, entry in item.items() if method != "parameters"]


def operation(document: Document, operation_id: str) -> Document:
    return next(entry for entry in operations(document) if entry.get("operationId") == operation_id)


def _as_0_8_0(document: Document) -> Document:
    older = copy.deepcopy(document)
    older["paths"] = {path: item for path, item in older["paths"].items() if not path.startswith("/encyclopedia")}
    for parameter in _parameters(older):
        for group in ("optimade.", "labels."):
            if parameter["name"].startswith(f"dft.{group}"):
                parameter["name"] = parameter["name"].removeprefix("dft.")
    return older


def _as_0_9_10(document: Document) -> Document:
    newer = copy.deepcopy(document)
    for entry in operations(newer):
        entry["operationId"] = ENCYCLOPEDIA_IDS.get(entry["operationId"], entry["operationId"])
        entry["parameters"] = [p for p in entry.get("parameters", []) if p["name"] != "ems.experiment_time"]
    for parameter in _parameters(newer):
        if parameter["name"] == "dft.optimade.dimension_types":
            parameter["name"] = "dft.optimade.nperiodic_dimensions"
    for path, operation_id, tag in (
        ("/repo/", "post_search", "repo"),
        ("/raw/query", "post_raw_files_from_query", "raw"),
    ):
        newer["paths"][path]["post"] = {
            "operationId": operation_id,
            "tags": [tag],
            "parameters": [{"name": "payload", "in": "body", "required": True, "schema": {"type": "object"}}],
            "responses": {"200": {"description": "OK"}},
        }
    operation(newer, "upload")["parameters"] += [
        {"name": "publish_directly", "in": "query", "type": "boolean"},
        *({"name": name, "in": "query", "type": "string"} for name in _OASIS),
    ]
    return newer


_OASIS = ("oasis_upload_id", "oasis_uploader_id", "oasis_deployment_id")


def _as_0_10_12(document: Document) -> Document:
    newer = copy.deepcopy(document)
    del newer["paths"]["/metainfo/legacy/{metainfo_package_name}"]
    operation(newer, "upload")["parameters"].append({"name": "uploader_id", "in": "query", "type": "string"})
    return newer


def _parameters(document: Document) -> list[Document]:
    return [parameter for entry in operations(document) for parameter in entry.get("parameters", [])]
