"""Lists of allowed values: ``enum``, ``const``, and unions that are nothing else.

Knows how Swagger 2.0 and bravado read an enum; it must not know how schemas nest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy

from nomad_swagger.apispec.openapi3.inert import inert, is_inert
from nomad_swagger.apispec.openapi3.kinds import is_null_alone
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.references import Unresolved
from nomad_swagger.apispec.openapi3.work import Schema, Work

_VALUE_WORDS = frozenset(
    {"enum", "const", "type", "title", "description", "default", "example", "examples", "deprecated", "nullable"}
)


def copy_enum(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> None:
    """Write the allowed values without duplicates, and null as ``x-nullable``."""
    key = "const" if "const" in schema else "enum"
    values = [schema["const"]] if key == "const" else schema.get("enum")
    if not isinstance(values, list):
        return
    if isinstance(both := schema.get("enum"), list) and key == "const":
        work.lose(place / "enum", "enum beside const", f"only const counts; {len(both)} values are not listed")
    values = distinct(values)
    if not values or out.get("type") == "array" or not is_inert(values):
        out[f"x-{key}"] = inert(values)
        work.lose(place / key, key, "bravado would misread these values, so they are not checked")
        return
    out["enum"] = deepcopy([value for value in values if value is not None] or values)


def merged_values(work: Work, branches: list[object], inside: str) -> list[object] | None:
    """Give all values of a union whose branches are nothing but lists of values; None for any other union."""
    values: list[object] = []
    for branch in branches:
        found = [None] if is_null_alone(branch) else _values(work, branch, inside)
        if found is None:
            return None
        values += found
    return distinct(values)


def distinct(values: Iterable[object]) -> list[object]:
    """Drop duplicates in the sense of JSON: 1 is 1.0 and is not true."""
    values = list(values)
    if all(isinstance(value, str) for value in values):
        return list(dict.fromkeys(values))
    return list({_json_key(value): value for value in reversed(values)}.values())[::-1]


def _values(work: Work, branch: object, inside: str) -> list[object] | None:
    if isinstance(branch, dict) and isinstance(reference := branch.get("$ref"), str):
        try:
            branch = work.resolve(reference, inside)[0]
        except Unresolved:
            return None
    if not isinstance(branch, dict) or not _VALUE_WORDS.issuperset(branch):
        return None
    if "const" in branch:
        return [branch["const"]]
    values = branch.get("enum")
    return [*values, None] if isinstance(values, list) and branch.get("nullable") is True else values


def _json_key(value: object) -> str:
    return json.dumps(_as_json_numbers(value), sort_keys=True)


def _as_json_numbers(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _as_json_numbers(item) for key, item in value.items()}
    return [_as_json_numbers(item) for item in value] if isinstance(value, list) else value
