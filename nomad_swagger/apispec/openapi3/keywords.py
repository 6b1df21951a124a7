"""The keywords that carry over one by one, each checked for what Swagger 2.0 demands of its value.

Knows single keywords; it must not know how schemas nest. Everything unknown goes under ``x-``: an annotation costs
nothing, a constraint is a loss.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TypeGuard

from nomad_swagger.apispec.openapi3.inert import AWAKE, inert, is_inert
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import Schema, Work
from nomad_swagger.jsontypes import as_text

ANNOTATIONS = frozenset(
    {
        "$comment", "default", "deprecated", "description", "discriminator", "example", "examples", "externalDocs",
        "nullable", "readOnly", "summary", "title", "writeOnly", "xml",
    }
)  # fmt: skip
"""Keywords that say something about a value and refuse none."""

STRUCTURE = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "allOf", "anyOf", "const", "definitions", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "items", "maximum", "minimum", "nullable", "oneOf", "patternProperties",
        "prefixItems", "properties", "required", "type", "x-nullable",
    }
)  # fmt: skip
"""Keywords that are dealt with where schemas nest."""

_UNCHECKED = {
    "contains": "what a list must contain",
    "contentSchema": "what the text must hold",
    "dependencies": "which properties need others",
    "dependentRequired": "which properties need others",
    "dependentSchemas": "what a property implies for the whole",
    "else": "a condition",
    "if": "a condition",
    "maxContains": "how often a list may contain something",
    "minContains": "how often a list must contain something",
    "not": "what a value must not be",
    "propertyNames": "how properties may be named",
    "then": "a condition",
    "unevaluatedItems": "whether more items are allowed",
    "unevaluatedProperties": "whether more properties are allowed",
    "$dynamicRef": "a reference that depends on who follows it",
    "$recursiveRef": "a reference that depends on who follows it",
}
_FORMATS = {
    "string": frozenset({"byte", "date", "date-time"}),
    "integer": frozenset({"int32", "int64"}),
    "number": frozenset({"float", "double"}),
}


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_pattern(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError):
        return False  # ECMA 262 has words that Python has not, \p{L} for one
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


_KEPT: dict[str, Callable[[object], bool]] = {
    "description": _is_text,
    "maxItems": _is_count,
    "maxLength": _is_count,
    "maxProperties": _is_count,
    "minItems": _is_count,
    "minLength": _is_count,
    "minProperties": _is_count,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "pattern": _is_pattern,
    "readOnly": _is_switch,
    "uniqueItems": _is_switch,
    "xml": lambda value: isinstance(value, dict) and is_inert(value),
}


def copy_keywords(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> None:
    """Carry over every keyword of ``schema`` that stands for itself."""
    for key, value in schema.items():
        if key in STRUCTURE:
            continue
        if key in _KEPT:
            _keep(work, key, value, out, place)
        elif key.startswith("x-"):
            out[f"x-original-{key}" if key in AWAKE else key] = inert(value)
        elif key == "default":
            out["default"] = deepcopy(value)
            work.defaults.append((out, place))
        elif key == "example":
            out["example"] = inert(value)
        elif key == "examples" and isinstance(value, list):
            _copy_examples(value, out)
        elif key == "externalDocs" and isinstance(value, dict) and isinstance(value.get("url"), str):
            out["externalDocs"] = external_docs(value)
        else:
            out[f"x-{key.lstrip('$')}"] = inert(value)
            if key in _UNCHECKED:
                work.lose(place / key, key, f"{_UNCHECKED[key]} is not checked before sending")
            elif key == "discriminator":
                work.lose(place / key, key, "any object passes: OpenAPI 3 maps values to schemas, Swagger 2.0 cannot")


def copy_format(schema: Mapping[str, object], out: Schema) -> None:
    """Keep a format that bravado translates, and keep any other as ``x-format``.

    bravado warns about each unknown format at every call, and translates a known one whatever the type is: ``int64``
    on a string would turn it into a number.
    """
    encoded = schema.get("contentEncoding") == "base64" and out.get("type") == "string"
    name = schema.get("format", "byte" if encoded else None)
    if name is None and schema.get("contentMediaType") == "application/octet-stream":
        name = "binary"
    if isinstance(name, str):
        out["format" if name in _FORMATS.get(as_text(out.get("type")), ()) else "x-format"] = name


def copy_bounds(schema: Mapping[str, object], out: Schema) -> None:
    """Write minimum and maximum with the boolean ``exclusive…`` of Swagger 2.0; the tighter of two bounds wins."""
    for bound, exclusive, tighter in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        if bound not in schema and exclusive not in schema:
            continue
        value, other = schema.get(bound), schema.get(exclusive)
        if _is_number(other) and (not _is_number(value) or tighter(value, other) == other):
            out[bound], out[exclusive] = other, True
        elif _is_number(value):
            out[bound] = value
            if other is True:
                out[exclusive] = True


def external_docs(value: Mapping[str, object]) -> Schema:
    """Give the two words that Swagger 2.0 has for a link to documentation."""
    return {key: value[key] for key in ("url", "description") if isinstance(value.get(key), str)}


def _keep(work: Work, key: str, value: object, out: Schema, place: Place) -> None:
    if _KEPT[key](value):
        out[key] = inert(value)
        return
    out[f"x-{key}"] = inert(value)
    if key not in ANNOTATIONS:
        work.lose(place / key, key, f"its value {value!r} is none that Swagger 2.0 or Python can read; not checked")


def _copy_examples(values: list[object], out: Schema) -> None:
    if values:
        out.setdefault("example", inert(values[0]))
    if len(values) > 1:
        out["x-examples"] = inert(values)
