"""One version of the v0 API: its document, and how it calls what the index holds.

Reads ``versions.yaml`` and a pinned document. It must not know the store or answer requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nomad_swagger.dotted import get, put
from nomad_swagger.spec.snapshots import find_snapshot

_TABLE = Path(__file__).with_name("versions.yaml")
_MISSING = object()
_PAGING = frozenset(
    (
        *("page", "per_page", "order_by", "order", "scroll", "scroll_id"),
        *("owner", "from_time", "until_time", "date_histogram", "interval"),
        *("metrics", "statistics", "exclude", "X-Fields"),
    )
)
METHODS = ("get", "put", "post", "delete")


@dataclass(frozen=True)
class Quantity:
    """A search parameter.

    Attributes
    ----------
    path : str or None
        Where the index has it; None where the sandbox never has values for it.
    every : bool
        Several values must all be there, else any of them.
    """

    name: str
    path: str | None
    every: bool = False


@dataclass(frozen=True)
class Group:
    """Entries summed up by a quantity, and what counts the groups in statistics."""

    by: str
    metric: str


@dataclass(frozen=True)
class Operation:
    """One operation of the document.

    Attributes
    ----------
    key : str
        ``tag.operationId``.
    path : str
        As the document writes it.
    parameters : dict of dict
        By name; those of the path item count.
    security : frozenset of str
    body : dict or None
        Schema of the JSON body.
    """

    key: str
    method: str
    path: str
    parameters: Mapping[str, Mapping[str, Any]]
    security: frozenset[str]
    body: Mapping[str, Any] | None


@dataclass(frozen=True)
class Version:
    """One version of the v0 API, as served by the sandbox."""

    name: str
    base_path: str
    document: dict[str, Any]
    modified_s: float
    operations: tuple[Operation, ...]
    entry: Mapping[str, str]
    quantities: Mapping[str, Quantity]
    groups: Mapping[str, Group]
    metrics: Mapping[str, tuple[str, str]]
    statistics: tuple[str, ...]
    code_key: str | None

    def view(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Give an indexed document as an entry of this version."""
        entry: dict[str, Any] = {}
        for name, path in self.entry.items():
            value = get(document, path, _MISSING)
            if value is not _MISSING:
                put(entry, name, value)
        return entry


def _operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    return tuple(
        _operation(path, method, item)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    )


def _operation(path: str, method: str, item: Mapping[str, Any]) -> Operation:
    described = item[method]
    parameters = {p["name"]: p for p in (*item.get("parameters", ()), *described.get("parameters", ()))}
    body = next((p["schema"] for p in parameters.values() if p["in"] == "body"), None)
    return Operation(
        key=f"{described['tags'][0]}.{described['operationId']}",
        method=method.upper(),
        path=path,
        parameters=parameters,
        security=frozenset(name for need in described.get("security", ()) for name in need),
        body=body,
    )


def _named(rows: Mapping[str, str | None]) -> dict[str, str]:
    return {name: path or name for name, path in rows.items()}


def _quantities(rows: Mapping[str, Any], operations: tuple[Operation, ...], groups: set[str]) -> dict[str, Quantity]:
    search = next(operation for operation in operations if operation.key == "repo.search")
    not_quantities = _PAGING | groups | {f"{group}_after" for group in groups}
    found = {name: Quantity(name, None) for name in search.parameters if name not in not_quantities}
    for kind in ("any", "all"):
        found |= {name: Quantity(name, path, kind == "all") for name, path in _named(rows[kind]).items()}
    return found


def _version(name: str, row: Mapping[str, Any]) -> Version:
    snapshot = find_snapshot(row["snapshot"])
    document = snapshot.read()
    document["basePath"] = row["base_path"]
    operations = _operations(document)
    groups = {key: Group(**value) for key, value in row["groups"].items()}
    return Version(
        name=name,
        base_path=row["base_path"],
        document=document,
        modified_s=snapshot.path.stat().st_mtime,
        operations=operations,
        entry=_named(row["entry"]),
        quantities=_quantities(row["quantities"], operations, set(groups)),
        groups=groups,
        metrics={key: (path, kind) for key, (path, kind) in row["metrics"].items()},
        statistics=tuple(row.get("statistics", ())),
        code_key=row["code_key"],
    )


def load_versions() -> dict[str, Version]:
    """Give the versions that the sandbox serves, by name."""
    return {name: _version(name, row) for name, row in yaml.safe_load(_TABLE.read_text("utf-8")).items()}
