"""Request bodies: JSON to a ``body`` parameter, forms to ``formData``, and what bravado cannot send.

Knows how bravado sends a body. It must not know the other parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.openapi3.flat import flat_schema, unwrapped
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.kinds import kinds, only_type
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.media import bare, is_json, is_json_like, is_text, preferred
from nomad_swagger.apispec.openapi3.schemas import convert_schema
from nomad_swagger.apispec.openapi3.work import Schema, Work, mapping
from nomad_swagger.jsontypes import as_items, as_object

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def convert_body(work: Work, node: object, place: Place) -> tuple[list[Schema], Schema]:
    """Give the parameters that make up the body, and what the operation says about it (``consumes`` and more)."""
    body = work.follow(node, place)
    content = mapping((body or {}).get("content") or {}, place / "content")
    if body is None or not content:
        return [], {}
    chosen = _chosen(content)
    at = place / "content" / chosen
    media = mapping(content[chosen], at)
    others = [name for name in content if name != chosen]
    if others:
        work.lose(place / "content", f"also {', '.join(others)}", f"one body per operation: {chosen} is sent")
    extra: Schema = {"consumes": [chosen], **({"x-consumes": [*content]} if others else {})}
    if bare(chosen) in (FORM, MULTIPART):
        return list(_fields(work, media, bare(chosen) == MULTIPART, at)), {**extra, "consumes": [bare(chosen)]}
    row: Schema = {"name": "body", "in": "body", **_described(body)}
    if is_json(chosen) or is_json_like(chosen):
        if is_json_like(chosen) and bare(chosen) != "application/json":
            work.lose(at, chosen, "bravado sends JSON as application/json")
        return [{**row, "schema": convert_schema(work, media.get("schema", {}), at / "schema")}], {
            **extra,
            "consumes": ["application/json"],
        }
    work.lose(at, f"a raw body, {chosen}", "bravado would send it as JSON text; it has to be sent past bravado")
    schema = {"type": "string"} if is_text(chosen) else {"type": "string", "x-format": "binary"}
    return [{**row, "schema": schema}], {**extra, "x-raw-body": chosen}


def _chosen(content: Mapping[str, object]) -> str:
    ranked = preferred(map(str, content))
    for wanted in (
        lambda name: is_json(name) and "*" not in name,
        is_json_like,
        lambda name: bare(name) == MULTIPART,
        lambda name: bare(name) == FORM,
        is_json,
    ):
        if found := next(filter(wanted, ranked), None):
            return found
    return ranked[0]


def _described(body: Mapping[str, object]) -> Schema:
    out: Schema = {"required": True} if body.get("required") is True else {}
    if isinstance(body.get("description"), str):
        out["description"] = body["description"]
    return out | {str(key): inert(value) for key, value in body.items() if str(key).startswith("x-")}


def _fields(work: Work, media: Mapping[str, object], multipart: bool, place: Place) -> Iterator[Schema]:
    at = place / "schema"
    form = _merged_all_of(work, unwrapped(work, media.get("schema", {}), at), at)
    properties = form.get("properties")
    if not isinstance(properties, dict) or not properties:
        work.lose(at, "a form without named fields", "Swagger 2.0 needs their names: no field can be given")
        return
    if form.get("additionalProperties") not in (None, False):
        work.lose(at / "additionalProperties", "free fields in a form", "only the named ones can be given")
    required = as_items(form.get("required"))
    rows = [_field(work, str(name), schema, multipart, at / "properties" / name) for name, schema in properties.items()]
    for row in rows:
        if row["name"] in required:
            row["required"] = True
        if "default" in row:
            work.defaults.append((row, at / "properties" / row["name"]))
    if multipart and not any(row["type"] == "file" and row.get("required") for row in rows):
        work.lose(place, MULTIPART, "without a file in the call, bravado sends the form urlencoded")
    if isinstance(encoding := media.get("encoding"), dict) and encoding:
        work.lose(place / "encoding", "encoding of form fields", "each field is sent in the plain way")
    yield from rows


def _field(work: Work, name: str, schema: object, multipart: bool, place: Place) -> Schema:
    node = unwrapped(work, schema, place)
    row: Schema = {"name": name, "in": "formData"}
    if isinstance(node.get("description"), str):
        row["description"] = node["description"]
    several = only_type(kinds(work, node, inside=place.pointer)) == "array"
    if multipart and _is_file(work, node, place):
        if "anyOf" in node or "oneOf" in node:
            work.lose(place, "a file or something else", "it is always sent as a file")
        return {**row, "type": "file", **({"x-title": node["title"]} if isinstance(node.get("title"), str) else {})}
    if multipart and several and _is_file(work, unwrapped(work, node.get("items", {}), place), place):
        work.lose(place, "several files under one name", "one file per call and name")
        return {**row, "type": "file", "x-several-files": True}
    flat = flat_schema(work, schema, place)
    if flat["type"] == "array":
        flat["collectionFormat"] = "multi"
    return {**row, **flat}


def _is_file(work: Work, node: Mapping[str, object], place: Place) -> bool:
    for branch in (*as_items(node.get("anyOf")), *as_items(node.get("oneOf"))):
        if _is_file(work, unwrapped(work, branch, place), place):
            return True
    if "contentMediaType" in node and "contentEncoding" not in node:
        return True
    return node.get("format") == "binary"


def _merged_all_of(work: Work, form: Mapping[str, object], place: Place) -> Mapping[str, object]:
    """Write a form that is put together from several schemas as one list of fields."""
    branches = form.get("allOf")
    if not isinstance(branches, list) or not branches:
        return form
    merged: dict[str, object] = {key: value for key, value in form.items() if key != "allOf"}
    properties, required = dict(as_object(form.get("properties"))), list(as_items(form.get("required")))
    for branch in branches:
        part = _merged_all_of(work, unwrapped(work, branch, place), place)
        properties |= as_object(part.get("properties"))
        required += as_items(part.get("required"))
    return {**merged, "properties": properties, "required": required}
