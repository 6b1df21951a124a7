"""Defaults: kept where Swagger 2.0 tools accept them and bravado does no harm with them.

A Swagger 2.0 validator refuses a document over one default that breaks its own schema, and FastAPI writes such. Knows
how to check a value against a converted schema; it must not know where the schema came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from nomad_swagger.apispec.openapi3.enums import distinct
from nomad_swagger.apispec.openapi3.inert import inert, is_inert
from nomad_swagger.apispec.openapi3.kinds import kind_of
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import DEFINITIONS, Schema, Work

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


def fits(value: Any, schema: Schema, definitions: Mapping[str, Schema]) -> bool:
    """Tell whether a validator surely accepts ``value`` as the default of a converted schema."""
    if value is None:
        return schema.get("x-nullable") is True
    return _matches(value, schema, definitions, _DEEP)


def _move(work: Work, schema: Schema, place: Place, why: str) -> None:
    value = schema.pop("default")
    schema["x-default"] = inert(value)
    work.lose(place / "default", f"default {value!r}", why)


def _matches(value: Any, schema: Schema, definitions: Mapping[str, Schema], depth: int) -> bool:
    if depth == 0:
        return False
    if "$ref" in schema:
        target = definitions.get(str(schema["$ref"])[len(DEFINITIONS) :])
        return target is not None and _matches(value, target, definitions, depth - 1)
    kind, wanted = kind_of(value), schema.get("type")
    if wanted is not None and wanted != kind and (wanted, kind) != ("number", "integer"):
        return False
    if "enum" in schema and len(distinct([*schema["enum"], value])) != len(schema["enum"]):
        return False
    if not all(_matches(value, branch, definitions, depth - 1) for branch in schema.get("allOf", ())):
        return False
    check = _CHECKS.get(kind)
    return check is None or check(value, schema, lambda item, inner: _matches(item, inner, definitions, depth - 1))


_Inner = Callable[[Any, Schema], bool]


def _number(value: float, schema: Schema, _: _Inner) -> bool:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if value < low or value > high:
        return False
    if (schema.get("exclusiveMinimum") and value == low) or (schema.get("exclusiveMaximum") and value == high):
        return False
    step = schema.get("multipleOf")
    return step is None or (value % step == 0 if isinstance(value, int) and isinstance(step, int) else False)


def _text(value: str, schema: Schema, _: _Inner) -> bool:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    parse = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}.get(schema.get("format", ""))
    if parse is None:
        return True
    try:
        parse(value.replace("Z", "+00:00"))
    except ValueError:
        return False  # bravado would stumble over it when it reads an answer
    return True


def _list(value: list[Any], schema: Schema, inner: _Inner) -> bool:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return False
    if schema.get("uniqueItems") and len(distinct(value)) < len(value):
        return False
    return all(inner(item, schema.get("items", {})) for item in value)


def _mapping(value: Mapping[str, Any], schema: Schema, inner: _Inner) -> bool:
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        return False
    if not set(schema.get("required", ())) <= value.keys():
        return False
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    if rest is False and not value.keys() <= properties.keys():
        return False
    other = rest if isinstance(rest, dict) else {}
    return all(inner(item, properties.get(name, other)) for name, item in value.items())


_CHECKS: dict[str, Callable[[Any, Schema, _Inner], bool]] = {
    "integer": _number,
    "number": _number,
    "string": _text,
    "array": _list,
    "object": _mapping,
}
