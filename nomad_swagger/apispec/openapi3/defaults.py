"""Defaults: kept where Swagger 2.0 tools accept them and bravado does no harm with them.

A Swagger 2.0 validator refuses a document over one default that breaks its own schema, and FastAPI writes such. Knows
how to check a value against a converted schema; it must not know where the schema came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from datetime import date, datetime

from nomad_swagger.apispec.openapi3.enums import distinct
from nomad_swagger.apispec.openapi3.inert import inert, is_inert
from nomad_swagger.apispec.openapi3.kinds import kind_of
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import DEFINITIONS, Schema, Work, branches_of
from nomad_swagger.jsontypes import as_dict, as_items, as_object, as_text

_DEEP = 30


def settle_defaults(work: Work) -> None:
    """Move each default that would do harm to ``x-default``."""
    for schema, place in work.defaults:
        if "default" not in schema:
            continue  # seen already: the schema stands in two places
        value = schema["default"]
        if value is not None and schema.get("x-nullable") is True and "in" not in schema:
            _move(work, schema, place, "bravado would send it, and show it, in place of a null that means null")
        elif not is_inert(value):
            _move(work, schema, place, "it looks like a part of the document to bravado")
        elif not fits(value, schema, work.definitions):
            _move(work, schema, place, "it is no value of its own schema, which Swagger 2.0 forbids")


def fits(value: object, schema: Schema, definitions: Mapping[str, Schema]) -> bool:
    """Tell whether a validator surely accepts ``value`` as the default of a converted schema."""
    if value is None:
        return schema.get("x-nullable") is True
    return _matches(value, schema, definitions, _DEEP)


def _move(work: Work, schema: Schema, place: Place, why: str) -> None:
    value = schema.pop("default")
    schema["x-default"] = inert(value)
    work.lose(place / "default", f"default {value!r}", why)


def _matches(value: object, schema: Schema, definitions: Mapping[str, Schema], depth: int) -> bool:
    if depth == 0:
        return False
    if "$ref" in schema:
        target = definitions.get(str(schema["$ref"])[len(DEFINITIONS) :])
        return target is not None and _matches(value, target, definitions, depth - 1)
    kind, wanted = kind_of(value), schema.get("type")
    if wanted is not None and wanted != kind and (wanted, kind) != ("number", "integer"):
        return False
    allowed = as_items(schema.get("enum"))
    if "enum" in schema and len(distinct([*allowed, value])) != len(allowed):
        return False
    if not all(_matches(value, branch, definitions, depth - 1) for branch in branches_of(schema)):
        return False
    return _within_bounds(value, schema, lambda item, inner: _matches(item, inner, definitions, depth - 1))


_Inner = Callable[[object, Schema], bool]


def _within_bounds(value: object, schema: Schema, inner: _Inner) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            return _number(value, schema)
        case str():
            return _text(value, schema)
        case list():
            return _list(value, schema, inner)
        case dict():
            return _mapping(value, schema, inner)
    return True


def _bound(schema: Schema, key: str, otherwise: float) -> float:
    found = schema.get(key)
    return found if isinstance(found, (int, float)) else otherwise


def _has_length(value: Sized, schema: Schema, kind: str) -> bool:
    length = len(value)
    return _bound(schema, f"min{kind}", 0) <= length <= _bound(schema, f"max{kind}", length)


def _number(value: float, schema: Schema) -> bool:
    low, high = _bound(schema, "minimum", value), _bound(schema, "maximum", value)
    if value < low or value > high:
        return False
    if (schema.get("exclusiveMinimum") and value == low) or (schema.get("exclusiveMaximum") and value == high):
        return False
    step = schema.get("multipleOf")
    return step is None or (value % step == 0 if isinstance(value, int) and isinstance(step, int) else False)


def _text(value: str, schema: Schema) -> bool:
    if not _has_length(value, schema, "Length"):
        return False
    if "pattern" in schema and not re.search(as_text(schema["pattern"]), value):
        return False
    parse = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}.get(as_text(schema.get("format")))
    if parse is None:
        return True
    try:
        parse(value.replace("Z", "+00:00"))
    except ValueError:
        return False  # bravado would stumble over it when it reads an answer
    return True


def _list(value: list[object], schema: Schema, inner: _Inner) -> bool:
    if not _has_length(value, schema, "Items"):
        return False
    if schema.get("uniqueItems") and len(distinct(value)) < len(value):
        return False
    items = as_dict(schema.get("items"))
    return all(inner(item, items) for item in value)


def _mapping(value: Mapping[str, object], schema: Schema, inner: _Inner) -> bool:
    if not _has_length(value, schema, "Properties"):
        return False
    if not set(as_items(schema.get("required"))) <= value.keys():
        return False
    properties, rest = as_object(schema.get("properties")), schema.get("additionalProperties", True)
    if rest is False and not value.keys() <= properties.keys():
        return False
    other = as_dict(rest)
    return all(inner(item, as_dict(properties.get(name, other))) for name, item in value.items())
