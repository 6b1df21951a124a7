"""Schemas of parameters, which in Swagger 2.0 are flat: one type, no reference, no union, no object.

Knows what may stand in a parameter; it must not know where the parameter goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.apispec.openapi3.kinds import SCALARS, kinds, only_type, says_nullable
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.references import Unresolved
from nomad_swagger.apispec.openapi3.schemas import convert_schema
from nomad_swagger.apispec.openapi3.unions import simplified
from nomad_swagger.apispec.openapi3.work import Schema, Work
from nomad_swagger.jsontypes import as_items

_WORDS = frozenset(
    {
        "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems", "maxLength",
        "maximum", "minItems", "minLength", "minimum", "multipleOf", "pattern", "type", "uniqueItems",
    }
)  # fmt: skip
_LONGEST_CHAIN = 50


def unwrapped(work: Work, schema: object, place: Place) -> Mapping[str, object]:
    """Give the original schema itself: references followed, unions of one branch opened."""
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(schema, dict):
            return {}
        node = simplified(work, schema, place)
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        try:
            target = work.resolve(reference, place.pointer)[0]
        except Unresolved as error:
            work.lose(place / "$ref", f"$ref {reference}", f"it {error}: any text passes")
            return {}
        beside = {key: value for key, value in node.items() if key != "$ref"}
        schema = {**(target if isinstance(target, dict) else {}), **beside}
    work.lose(place, "$ref", "it leads back to itself: any text passes")
    return {}


def flat_schema(work: Work, schema: object, place: Place) -> Schema:
    """Give the keywords of a parameter for ``schema``; always with a type, never with a reference.

    A value that the parameter cannot take as it is can still be given as text, which is what goes over the wire.
    """
    node = unwrapped(work, schema, place)
    found = kinds(work, node, inside=place.pointer)
    if "array" in found and only_type(found) is None and (array := _array_branch(work, node, place)):
        work.lose(place, "one value or a list of them", "a single value has to be given as a list of one")
        return _flat_array(work, {**_annotations(node), **array}, place)
    kind = only_type(found)
    if kind == "array":
        return _flat_array(work, node, place)
    if kind in SCALARS:
        return _flat_scalar(work, node, place)
    what = {None: "a value of several types", "object": "an object"}.get(kind, f"a value of type {kind}")
    work.lose(place, what, "Swagger 2.0 parameters have one simple type: give it as text")
    texts = {key: value for key, value in _annotations(node).items() if key != "default" or isinstance(value, str)}
    return {**_kept(work, texts, place), "type": "string"}


def _flat_scalar(work: Work, node: Mapping[str, object], place: Place) -> Schema:
    out: Schema = {}
    kind = only_type(kinds(work, node, inside=place.pointer))
    for index, branch in enumerate(as_items(node.get("allOf"))):
        at = place / "allOf" / index
        out |= flat_schema(work, {"type": kind, **unwrapped(work, branch, at)}, at)
    if out:
        node = {key: value for key, value in node.items() if key != "allOf"}
        return {**out, **_kept(work, {**node, "type": kind}, place)}
    return _kept(work, node, place)


def _flat_array(work: Work, node: Mapping[str, object], place: Place) -> Schema:
    items = node.get("items", node.get("prefixItems", True))
    if isinstance(items, list):
        items = True
    out = _kept(work, {key: value for key, value in node.items() if key != "items"}, place)
    out["type"] = "array"
    inner = flat_schema(work, items, place / "items")
    if inner["type"] == "array":
        work.lose(place / "items", "a list of lists", "no style writes it: give each inner list as text")
        inner = {"type": "string"}
    inner.pop("default", None)
    out["items"] = inner
    return out


def _kept(work: Work, node: Mapping[str, object], place: Place) -> Schema:
    converted = convert_schema(work, node, place)
    if "example" in converted:
        converted["x-example"] = converted.pop("example")
    # The default moves, so that it is judged once, as the parameter's.
    kept = {key: converted[key] for key in list(converted) if key in _WORDS or key.startswith("x-")}
    converted.pop("default", None)
    return kept


def _array_branch(work: Work, node: Mapping[str, object], place: Place) -> Mapping[str, object] | None:
    for branch in (*as_items(node.get("anyOf")), *as_items(node.get("oneOf"))):
        candidate = unwrapped(work, branch, place)
        if only_type(kinds(work, candidate, inside=place.pointer)) == "array":
            return {**candidate, "nullable": True} if says_nullable(node) else candidate
    return None


def _annotations(node: Mapping[str, object]) -> dict[str, object]:
    words = ("title", "default", "example", "examples", "deprecated")
    return {key: value for key, value in node.items() if key in words or key.startswith("x-")}
