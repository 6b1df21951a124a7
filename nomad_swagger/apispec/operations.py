"""The operations of a Swagger 2.0 document as plain records, without bravado.

What ``ops``, ``--help`` and completion show, and what the generation data is held against. Names are bravado's, so that
``operation.full_name`` is what one types after ``client.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

# bravado-core's rules: what is no identifier becomes _, once; neither digits nor _ before, no _ behind.
_NAME_RULES = ((r"[^A-Za-z0-9_]", "_"), (r"__+", "_"), (r"^[0-9_]+|_+$", ""))


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation.

    Attributes
    ----------
    name, location : str
        As the document has them; location is path, query, header, formData or body.
    type : str
        string, integer, number, boolean, array, file, or object for a body.
    item_type, collection_format : str
        For arrays: the type of a value, and csv, ssv, tsv, pipes or multi.
    required : bool
    description : str
    default : object
        None for none.
    enum : tuple
        The allowed values (of one item, for arrays); empty for any.
    schema : mapping
        The body's schema; empty elsewhere.
    """

    name: str
    location: str
    type: str = "string"
    item_type: str = ""
    collection_format: str = ""
    required: bool = False
    description: str = ""
    default: Any = None
    enum: tuple[Any, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Operation:
    """One operation: what to call, and what it takes and gives.

    Attributes
    ----------
    tag, name : str
        Python names: ``client.<tag>.<name>``.
    method, path : str
        Upper case; the path with its ``{parameters}``.
    parameters : tuple of Parameter
        Those of the path included.
    summary, description : str
    answers : mapping of str to mapping
        Status to response object.
    needs_login : bool
        The document asks for a login.
    deprecated, binary : bool
    full_id : str
        The document's own id, before anything was cut off.
    """

    tag: str
    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    summary: str = ""
    description: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    needs_login: bool = False
    deprecated: bool = False
    binary: bool = False
    full_id: str = ""

    @property
    def full_name(self) -> str:
        """Give ``tag.name``."""
        return f"{self.tag}.{self.name}"

    def parameter(self, name: str) -> Parameter | None:
        """Give the parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)


@cache
def python_name(name: str) -> str:
    """Give the Python name that bravado makes of a tag or an operation id.

    Examples
    --------
    >>> python_name("material/<material_id>")
    'material_material_id'
    """
    given = name
    for pattern, replacement in _NAME_RULES:
        given = re.sub(pattern, replacement, given)
    if name and not given:  # nothing but digits and signs
        return re.sub(r"__+", "_", re.sub(r"[^A-Za-z0-9_]", "_", f"_{name}"))
    return given


def operations_of(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Give all operations of a Swagger 2.0 document, in the document's order.

    An operation with several tags is listed once for each.
    """
    return tuple(_operations(document))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield from _one(document, path, item, method)


def _one(document: Mapping[str, Any], path: str, item: Mapping[str, Any], method: str) -> Iterator[Operation]:
    entry = item[method]
    merged = {
        (p["name"], p["in"]): p
        for p in (deref(document, q) for q in (*item.get("parameters", ()), *entry.get("parameters", ())))
    }
    security = entry.get("security", document.get("security", []))
    name = python_name(entry.get("operationId", "")) or python_name(f"{method}_{path}")
    for tag in entry.get("tags") or [path.lstrip("/").split("/")[0]]:
        yield Operation(
            tag=python_name(tag),
            name=name,
            method=method.upper(),
            path=path,
            parameters=tuple(_parameter(p) for p in merged.values()),
            summary=entry.get("summary", ""),
            description=entry.get("description", ""),
            answers=entry.get("responses", {}),
            needs_login=bool(security) and {} not in security,
            deprecated=bool(entry.get("deprecated")),
            binary=any(answer.get("x-binary") for answer in entry.get("responses", {}).values()),
            full_id=entry.get("x-operationId", entry.get("operationId", "")),
        )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    items = entry.get("items", {})
    return Parameter(
        name=entry["name"],
        location=entry["in"],
        type="object" if entry["in"] == "body" else entry.get("type", "string"),
        item_type=items.get("type", ""),
        collection_format=entry.get("collectionFormat", "csv") if entry.get("type") == "array" else "",
        required=bool(entry.get("required")),
        description=entry.get("description", ""),
        default=entry.get("default"),
        enum=tuple(entry.get("enum") or items.get("enum") or ()),
        schema=entry.get("schema", {}),
    )


def deref(document: Mapping[str, Any], node: Any) -> Any:
    """Follow local references until something else stands there.

    Raises
    ------
    KeyError
        A reference leads nowhere.
    """
    seen: set[str] = set()
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
        seen.add(node["$ref"])
        target: Any = document
        for step in node["$ref"].removeprefix("#").split("/")[1:]:
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def type_at(spec: Spec, operation: str, target: str) -> str:
    """Give the type of a field of a body, by its path ``body/a/b``; empty where the description does not say."""
    head, *steps = target.split("/")
    parameter = spec.operation(operation).parameter(head)
    schema: Any = parameter.schema if parameter else {}
    for step in steps:
        schema = _properties(spec.swagger, schema).get(step, {})
    return str(deref(spec.swagger, schema).get("type", ""))


def _properties(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    found = deref(document, schema)
    properties = dict(found.get("properties", {}))
    for part in found.get("allOf", ()):
        properties |= _properties(document, part)
    return properties
