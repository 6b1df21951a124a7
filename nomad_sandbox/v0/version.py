"""One version of the v0 API: its document, and how it calls what the index holds.

Reads ``versions.yaml`` and a pinned document. It must not know the store or answer requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nomad_sandbox.dotted import get, put
from nomad_sandbox.snapshots import read_snapshot, snapshot_path

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
    split : bool
        One text may hold several values with commas between them.
    """

    name: str
    path: str | None
    every: bool = False
    split: bool = False


@dataclass(frozen=True)
class Group:
    """Entries summed up by a quantity, and what counts the groups in statistics."""

    by: str
    metric: str


@dataclass(frozen=True)
class ArchiveForm:
    """How archives are written, and whether a download ends at the first one that is missing."""

    form: str
    gap_ends_download: bool


@dataclass(frozen=True)
class EditRules:
    """Habits with datasets.

    Attributes
    ----------
    left_dataset_goes : bool
        A dataset that an edit takes entries out of is forgotten, also where others are still in it.
    admin_deletes_doi : bool
        An admin may delete a dataset that has a DOI.
    """

    left_dataset_goes: bool
    admin_deletes_doi: bool


@dataclass(frozen=True)
class OptimadeFilter:
    """The parameter that takes a filter, and the properties that it may name, each with its path in the index."""

    parameter: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class StatisticsRules:
    """How many values a statistic has, and which.

    Attributes
    ----------
    size : int
        At most, of a quantity that `sizes` does not name.
    by_count : sequence of str
        Of which the most frequent values are given, instead of the first ones in their order.
    at_once : sequence of str
        What a version counts that has one flag for all.
    plain : sequence of str
        What is counted without metrics.
    """

    size: int
    sizes: Mapping[str, int]
    by_count: Sequence[str] = ()
    at_once: Sequence[str] = ()
    plain: Sequence[str] = ()


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
    order_by: str
    statistics: StatisticsRules
    values: Mapping[str, Any]
    code_key: str | None
    archive: ArchiveForm
    edit: EditRules
    optimade: OptimadeFilter

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
    paths = {name: None for name in search.parameters if name not in not_quantities}
    every = _named(rows["all"])
    return {
        name: Quantity(
            name=name,
            path=path,
            every=name in every,
            split=search.parameters.get(name, {}).get("collectionFormat") == "csv",
        )
        for name, path in {**paths, **_named(rows["any"]), **every}.items()
    }


def _version(name: str, row: Mapping[str, Any]) -> Version:
    document = read_snapshot(row["snapshot"])
    document["basePath"] = row["base_path"]
    operations = _operations(document)
    groups = {key: Group(**value) for key, value in row["groups"].items()}
    return Version(
        name=name,
        base_path=row["base_path"],
        document=document,
        modified_s=snapshot_path(row["snapshot"]).stat().st_mtime,
        operations=operations,
        entry=_named(row["entry"]),
        quantities=_quantities(row["quantities"], operations, set(groups)),
        groups=groups,
        metrics={key: (path, kind) for key, (path, kind) in row["metrics"].items()},
        order_by=row["order_by"],
        statistics=StatisticsRules(**row["statistics"]),
        values=row["values"],
        code_key=row["code_key"],
        archive=ArchiveForm(**row["archive"]),
        edit=EditRules(**row["edit"]),
        optimade=OptimadeFilter(
            row["optimade"]["parameter"], {name: f"dft.optimade.{name}" for name in row["optimade"]["properties"]}
        ),
    )


def load_versions() -> dict[str, Version]:
    """Give the versions that the sandbox serves, by name."""
    return {name: _version(name, row) for name, row in yaml.safe_load(_TABLE.read_text("utf-8")).items()}
