"""``anyOf`` and ``oneOf``: see through those that are one schema in disguise, and keep the rest for the reader.

FastAPI writes an optional value as ``anyOf: [X, null]``, older pydantic a described reference as ``allOf: [X]``.
Knows unions; it must not know how the schema that is left gets converted.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.apispec.openapi3.enums import merged_values
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.keywords import ANNOTATIONS
from nomad_swagger.apispec.openapi3.kinds import is_null_alone, says_nullable
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import Schema, Work
from nomad_swagger.jsontypes import as_items, as_object

_COMPOSITES = ("anyOf", "oneOf", "allOf")
_LONGEST_CHAIN = 30  # unions in unions; the bound is for documents that mean harm


def simplified(work: Work, schema: Mapping[str, object], place: Place) -> Mapping[str, object]:
    """Give ``schema`` with a union of one branch, or of nothing but values, written without the union."""
    for _ in range(_LONGEST_CHAIN):
        if "anyOf" not in schema and "oneOf" not in schema and "allOf" not in schema:
            break
        plain = _one_branch(schema) or _values_alone(work, schema, place)
        if plain is None:
            break
        schema = plain
    return schema


def keep_unions(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> None:
    """Put the branches of a union that Swagger 2.0 cannot say where a reader finds them."""
    for key in ("anyOf", "oneOf"):
        if isinstance(branches := schema.get(key), list) and branches:
            out[f"x-{key}"] = inert(branches)
            checked = f"only its type, {out['type']}, is checked" if "type" in out else "any value passes"
            work.lose(place / key, f"{key} of {len(branches)} schemas", f"Swagger 2.0 has no unions: {checked}")


def _one_branch(schema: Mapping[str, object]) -> Mapping[str, object] | None:
    present = [key for key in _COMPOSITES if isinstance(schema.get(key), list) and schema[key]]
    if len(present) != 1 or any(not _annotates(key) for key in schema if key != present[0]):
        return None
    key = present[0]
    everything = as_items(schema[key])
    branches = [branch for branch in everything if key == "allOf" or not is_null_alone(branch)]
    if len(branches) != 1 or branches[0] is False:
        return None
    branch = as_object(branches[0])
    around = {name: value for name, value in schema.items() if name != key}
    nullable = len(branches) < len(everything) or says_nullable(schema) or says_nullable(branch)
    return {**branch, **around, "nullable": True} if nullable else {**branch, **around}


def _values_alone(work: Work, schema: Mapping[str, object], place: Place) -> Mapping[str, object] | None:
    key = "anyOf" if "anyOf" in schema else "oneOf"
    branches = schema.get(key)
    if not isinstance(branches, list) or any(not _annotates(name) for name in schema if name != key):
        return None
    values = merged_values(work, branches, place.pointer)
    if not values:
        return None
    around = {name: value for name, value in schema.items() if name != key}
    return {"enum": values, **around, **({"nullable": True} if None in values else {})}


def _annotates(key: str) -> bool:
    return key in ANNOTATIONS or key.startswith("x-")
