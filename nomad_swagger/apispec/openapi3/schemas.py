"""Schema objects: JSON Schema 2020-12 and OpenAPI 3.0 to the schema object of Swagger 2.0.

The one promise: what the original accepts, the result accepts. Where Swagger 2.0 has no words, the result says less.
Knows how schemas nest and refer to each other; it must not know where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.apispec.openapi3.enums import copy_enum
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.keywords import ANNOTATIONS, copy_bounds, copy_format, copy_keywords
from nomad_swagger.apispec.openapi3.kinds import EVERY, SCALARS, kinds, only_type, says_nullable
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.references import Unresolved
from nomad_swagger.apispec.openapi3.unions import keep_unions, simplified
from nomad_swagger.apispec.openapi3.work import DEFINITIONS, Schema, Work, branches_of
from nomad_swagger.errors import SpecNotConvertible
from nomad_swagger.jsontypes import as_dict, as_items, as_object


def convert_schema(work: Work, schema: object, place: Place) -> Schema:
    """Give the Swagger 2.0 schema that accepts whatever ``schema`` accepts.

    Raises
    ------
    SpecNotConvertible
        It is neither an object nor a boolean.
    """
    if isinstance(schema, bool):
        if not schema:
            work.lose(place, "schema false", "it refuses every value, the result refuses none")
        return {}
    if not isinstance(schema, dict):
        raise SpecNotConvertible(f"{place.pointer}: a schema is an object or a boolean, not {type(schema).__name__}")
    schema = simplified(work, schema, place)
    if isinstance(schema.get("$ref"), str):
        return _convert_reference(work, schema, place)
    return _convert_plain(work, schema, place)


def allow_null(work: Work, out: Schema) -> None:
    """Make a converted schema accept null as well; a reference is settled once its target is known."""
    if "$ref" in out:
        work.or_null.append(out)
        return
    out["x-nullable"] = True
    for branch in branches_of(out):
        allow_null(work, branch)


def _convert_plain(work: Work, schema: Mapping[str, object], place: Place) -> Schema:
    found = kinds(work, schema, inside=place.pointer)
    if found == {"null"}:
        out: Schema = {"enum": [None]}
        copy_keywords(work, schema, out, place)
    else:
        kind = only_type(found)
        out = {"type": "number" if schema.get("type") == "number" and kind == "integer" else kind} if kind else {}
        copy_keywords(work, schema, out, place)
        copy_format(schema, out)
        copy_bounds(schema, out)
        copy_enum(work, schema, out, place)
        _convert_object(work, schema, out, place)
        _convert_array(work, schema, out, place)
        _convert_required(work, schema, out, place, _convert_all_of(work, schema, out, place))
        keep_unions(work, schema, out, place)
    types = schema.get("type")
    if "type" not in out and isinstance(types, list) and found | {"null"} != EVERY:
        out["x-type"] = list(types)
        work.lose(place / "type", f"type {types}", "Swagger 2.0 has one type per schema: any value passes")
    if "null" in found and (len(out) > 0 or says_nullable(schema)):
        allow_null(work, out)
    return out


def _convert_reference(work: Work, schema: Mapping[str, object], place: Place) -> Schema:
    reference = str(schema["$ref"])
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "nullable", "x-nullable")}
    try:
        target, pointer = work.resolve(reference, place.pointer)
    except Unresolved as error:
        work.lose(place / "$ref", f"$ref {reference}", f"it {error}: any value passes")
        return _convert_plain(work, {**beside, "x-ref": reference}, place)
    narrower = {key: value for key, value in beside.items() if key not in ANNOTATIONS and not key.startswith("x-")}
    if narrower:
        around = {key: value for key, value in schema.items() if key not in narrower and key != "$ref"}
        return convert_schema(work, {"allOf": [{"$ref": reference}, narrower], **around}, place)
    if beside.keys() - {"description"} and only_type(kinds(work, target, inside=pointer)) in SCALARS:
        return convert_schema(work, {**as_object(target), **{k: v for k, v in schema.items() if k != "$ref"}}, place)
    out: Schema = {"$ref": DEFINITIONS + work.define(pointer, target)}
    if isinstance(beside.get("description"), str):
        out["description"] = beside["description"]
    for key in sorted(beside.keys() - {"description"}):
        work.lose(place / key, f"{key} beside $ref", "Swagger 2.0 reads nothing beside a $ref")
    if says_nullable(schema):
        allow_null(work, out)
    return out


def _convert_object(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> None:
    properties = schema.get("properties")
    if isinstance(properties, dict):
        at = place / "properties"
        out["properties"] = {str(name): _property(work, value, at / name) for name, value in properties.items()}
    if "additionalProperties" in schema:
        rest = schema["additionalProperties"]
        out["additionalProperties"] = (
            rest if isinstance(rest, bool) else convert_schema(work, rest, place / "additionalProperties")
        )
    if isinstance(patterns := schema.get("patternProperties"), dict) and patterns:
        out["x-patternProperties"] = inert(patterns)
        if "additionalProperties" in out:
            out["x-additionalProperties"] = inert(out.pop("additionalProperties"))
        work.lose(place / "patternProperties", "patternProperties", "properties beyond the named ones are not checked")


def _property(work: Work, schema: object, place: Place) -> Schema:
    # An empty schema takes null too, and bravado leaves a None out of the request unless it is told so.
    return convert_schema(work, schema, place) or {"x-nullable": True}


def _convert_required(work: Work, schema: Mapping[str, object], out: Schema, place: Place, more: list[str]) -> None:
    names = schema.get("required")
    own = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    required = list(dict.fromkeys([*own, *more]))
    properties = as_dict(out.get("properties"))
    for name in list(required):
        one_way = [key for key in ("readOnly", "x-writeOnly") if as_object(properties.get(name)).get(key) is True]
        if one_way:
            required.remove(name)
            only = "the server sends it" if one_way == ["readOnly"] else "the client sends it"
            work.lose(place / "required", f"required {name!r}", f"only {only}, so it is required one way; not checked")
        elif name not in properties and "allOf" not in out:
            # The validator wants every required property listed; what it may hold is what unnamed ones may.
            rest = out.get("additionalProperties")
            out["properties"] = properties
            properties[name] = rest if isinstance(rest, dict) and rest else {"x-nullable": True}
    if required:
        out["required"] = required


def _convert_array(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> None:
    items, heads = schema.get("items"), schema.get("prefixItems")
    if isinstance(items, list):  # the draft-4 way to write a tuple
        heads, items = items, schema.get("additionalItems")
    if isinstance(heads, list) and heads:
        out["x-prefixItems"] = inert(heads)
        work.lose(place, "items by position", "Swagger 2.0 has one schema for all items: any item passes")
        if items is False:
            longest = out.get("maxItems")
            out["maxItems"] = min(len(heads), longest) if isinstance(longest, int) else len(heads)
        elif items is not None:
            out["x-items"] = inert(items)
        out["items"] = {}
    elif items is False:
        out["items"], out["maxItems"] = {}, 0
    elif items is not None:
        out["items"] = convert_schema(work, items, place / "items")
    elif out.get("type") == "array" and "allOf" not in schema:
        out["items"] = {}


def _convert_all_of(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> list[str]:
    """Write the branches; give what one of them requires of the others, which is for the whole to require."""
    branches = schema.get("allOf")
    if not isinstance(branches, list) or not branches:
        return []
    at = place / "allOf"
    if "type" not in out and not _assume_object(work, schema, out, at):
        out["x-allOf"] = inert(branches)
        work.lose(at, "allOf", "its type is open, and bravado takes any allOf for an object: any value passes")
        return []
    required: list[str] = []
    out["allOf"] = [_convert_branch(work, branch, at / index, required) for index, branch in enumerate(branches)]
    return required


def _convert_branch(work: Work, branch: object, place: Place, required: list[str]) -> Schema:
    """Convert one branch without what it requires of its siblings; those names are added to ``required``."""
    if isinstance(branch, dict) and isinstance(names := branch.get("required"), list) and "$ref" not in branch:
        foreign = [name for name in names if isinstance(name, str) and name not in (branch.get("properties") or {})]
        required += foreign
        branch = {**branch, "required": [name for name in names if name not in foreign]}
    return convert_schema(work, branch, place)


def _assume_object(work: Work, schema: Mapping[str, object], out: Schema, place: Place) -> bool:
    named = any(isinstance(branch, dict) and "properties" in branch for branch in (schema, *as_items(schema["allOf"])))
    if named:
        out["type"] = "object"
        work.lose(place, "allOf without a type", "it names properties, so it is read as an object")
    return named
