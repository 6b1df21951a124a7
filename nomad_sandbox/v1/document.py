"""The document that v1 serves, and its operations.

Reads a pinned document. It must not know the store or answer requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nomad_sandbox.addresses import V1
from nomad_sandbox.snapshots import read_snapshot

BASE_PATH = V1.base_path
NOMAD_VERSION = V1.version
_METHODS = ("get", "put", "post", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation of the document.

    Attributes
    ----------
    key : str
        Method and path: ``POST /uploads``.
    name : str
        The operationId.
    parameters : dict of dict
        Those of the query, by name.
    body : dict or None
        Schema of the JSON body.
    body_required : bool
    """

    key: str
    name: str
    method: str
    path: str
    parameters: Mapping[str, Mapping[str, Any]]
    body: Mapping[str, Any] | None
    body_required: bool


@dataclass(frozen=True)
class Document:
    """The document as it is served, and what is in it."""

    content: Mapping[str, Any]
    operations: tuple[Operation, ...]


def _operation(path: str, method: str, described: Mapping[str, Any]) -> Operation:
    body = described.get("requestBody", {})
    return Operation(
        key=f"{method.upper()} {path}",
        name=described["operationId"],
        method=method.upper(),
        path=path,
        parameters={row["name"]: row for row in described.get("parameters", ()) if row["in"] == "query"},
        body=body.get("content", {}).get("application/json", {}).get("schema"),
        body_required=bool(body.get("required")),
    )


def load_document() -> Document:
    """Give the document, with the relative server address that a running NOMAD adds."""
    content = read_snapshot(V1.snapshot)
    content["servers"] = [{"url": BASE_PATH}]
    for scheme in content["components"]["securitySchemes"].values():
        for flow in scheme.get("flows", {}).values():
            flow["tokenUrl"] = f"{BASE_PATH}/auth/token"
    operations = (
        _operation(path, method, item[method])
        for path, item in content["paths"].items()
        for method in _METHODS
        if method in item
    )
    return Document(content, tuple(operations))
