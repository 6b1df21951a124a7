"""A schema reduced to what a caller notices, whatever notation it is written in.

Knows JSON Schema as Swagger 2.0, OpenAPI 3.0 and 3.1 write it: ``$ref`` with siblings, ``allOf``, the four ways of
saying "may be null", ``const``. Names of models are not part of a shape. Works down one level only, without
recursion, so models that contain themselves are no problem here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from nomad_swagger.apispec.outline import resolve
from nomad_swagger.light import dataclass

LIMITS = (
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "pattern", "uniqueItems", "multipleOf"),
)
NOTHING = object()


@dataclass
class Shape:
    """One level of a schema.

    Attributes
    ----------
    types : set of str
        Without null; empty for anything.
    nullable : bool
    format : str
    enum : dict of str to value, or None
        The allowed values by their JSON text.
    properties : dict
    required : set of str
    items, values : schema or None
        Of a list's items; of the properties that have no name.
    closed : bool
        Takes no properties but those named.
    branches : list of schemas
        Of a union.
    default : value or ``NOTHING``
    limits : dict
    words : tuple of str
        Title and description.
    deprecated : bool
    """

    types: set[str] = field(default_factory=set)
    nullable: bool = False
    format: str = ""
    enum: dict[str, object] | None = None
    properties: dict[str, object] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: object = None
    values: object = None
    closed: bool = False
    branches: list[object] = field(default_factory=list)
    default: object = NOTHING
    limits: dict[str, object] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    deprecated: bool = False

    @property
    def anything(self) -> bool:
        """Tell whether the schema says nothing about its value."""
        return not (self.types or self.branches or self.properties or self.enum)

    def __str__(self) -> str:
        if self.branches:
            return "one of several"
        return " or ".join(sorted(self.types)) or "anything"


def shape_of(document: Mapping[str, object], schema: object) -> Shape:
    """Give the shape of a schema.

    Examples
    --------
    >>> shape = shape_of({}, {"anyOf": [{"type": "string"}, {"type": "null"}]})
    >>> sorted(shape.types), shape.nullable
    (['string'], True)
    """
    shape = Shape()
    for part in _parts(document, schema):
        _take_type(shape, part)
        _take_structure(shape, part)
        _take_rest(shape, part)
    if not shape.types and not shape.branches:
        shape.types = {"object"} if shape.properties else {"array"} if shape.items is not None else set()
    return shape


def label_of(schema: object) -> str:
    """Give a short name for a branch of a union: its model's name, or its type."""
    if not isinstance(schema, Mapping):
        return "anything"
    if isinstance(schema.get("$ref"), str):
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "anything")
    inner = f" of {label_of(schema['items'])}" if kind == "array" and "items" in schema else ""
    form = f" ({schema['format']})" if schema.get("format") else ""
    return f"{kind}{inner}{form}"


def _parts(document: Mapping[str, object], schema: object) -> Iterator[Mapping[str, object]]:
    """Give the plain pieces that a schema is put together from, outermost first."""
    todo, seen = [schema], set()
    while todo:
        part = todo.pop()
        if not isinstance(part, Mapping) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part.get("$ref"), str):
            todo.append(resolve(document, part))
        pieces = part.get("allOf")
        todo.extend(reversed(pieces) if isinstance(pieces, list) else ())
        union = part.get("anyOf") or part.get("oneOf")
        if isinstance(union, list):
            real = [branch for branch in union if not _is_null(branch)]
            if len(real) < len(union):
                yield {"nullable": True}
            if len(real) == 1:
                todo.append(real[0])
            elif real:
                yield {"branches": real}


def _is_null(schema: object) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _take_type(shape: Shape, part: Mapping[str, object]) -> None:
    given = part.get("type")
    types = {str(one) for one in given} if isinstance(given, list) else {given} if isinstance(given, str) else set()
    shape.nullable |= "null" in types or any(part.get(key) is True for key in ("nullable", "x-nullable"))
    shape.types |= types - {"null"} if not shape.types else set()
    binary = "binary" if part.get("contentMediaType") == "application/octet-stream" else ""
    shape.format = shape.format or str(part.get("format") or binary)
    values = [part["const"]] if "const" in part else part.get("enum")
    if isinstance(values, list) and shape.enum is None:
        shape.enum = {json.dumps(value, sort_keys=True): value for value in values}


def _take_structure(shape: Shape, part: Mapping[str, object]) -> None:
    properties, required, extra = part.get("properties"), part.get("required"), part.get("additionalProperties")
    if isinstance(properties, Mapping):
        shape.properties = {**properties, **shape.properties}
    if isinstance(required, list):
        shape.required |= {str(name) for name in required}
    if shape.items is None and isinstance(part.get("items"), Mapping):
        shape.items = part["items"]
    if shape.values is None and isinstance(extra, Mapping):
        shape.values = extra
    shape.closed |= extra is False
    branches = part.get("branches")
    if not shape.branches and isinstance(branches, list):
        shape.branches = branches


def _take_rest(shape: Shape, part: Mapping[str, object]) -> None:
    if shape.default is NOTHING and "default" in part:
        shape.default = part["default"]
    for limit in LIMITS:
        if limit in part:
            shape.limits.setdefault(limit, part[limit])
    shape.words += tuple(str(part[key]) for key in ("description", "example") if part.get(key))
    shape.deprecated |= part.get("deprecated") is True
