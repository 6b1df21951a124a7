"""Responses: what each status answers, and what bravado makes of it.

bravado decodes ``application/json`` where there is a schema, gives other bodies as text where there is one, and gives
None, with the body untouched, where there is none. So a binary or endless answer gets no schema and ``x-binary``.

Knows status codes and media types; it must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.openapi3.flat import flat_schema
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.media import is_json, is_json_like, is_text, preferred
from nomad_swagger.apispec.openapi3.schemas import convert_schema
from nomad_swagger.apispec.openapi3.work import Schema, Work, mapping
from nomad_swagger.jsontypes import as_items, as_object

_CLASSES = {
    "1": ("100", "101"),
    "2": ("200", "201", "202", "204", "206"),
    "3": ("301", "302", "303", "304", "307", "308"),
    "4": ("400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422", "429"),
    "5": ("500", "501", "502", "503", "504"),
}
_NO_BODY = ("204", "304")


def convert_responses(work: Work, node: object, place: Place) -> tuple[Schema, list[str]]:
    """Give the responses of an operation by status, and all media types that they come in."""
    out: Schema = {}
    media: dict[str, None] = {}
    for status, response, at in _by_status(work, mapping(node or {}, place), place):
        followed = work.follow(response, at)
        content = mapping((followed or {}).get("content") or {}, at / "content")
        media |= dict.fromkeys(preferred(map(str, content)))
        converted = _convert(work, followed or {}, content, at)
        if status in _NO_BODY:
            converted.pop("schema", None)
        out[status] = converted
    if not out:
        out["default"] = {"description": ""}
    return out, preferred(name for name in media if "*" not in name)


def _by_status(work: Work, responses: Mapping[str, object], place: Place) -> Iterator[tuple[str, object, Place]]:
    named = {str(status) for status in responses}
    for key, response in responses.items():
        status, at = str(key), place / key
        if status == "default" or (len(status) == 3 and status.isdecimal()):
            yield status, response, at
        elif status.upper()[1:] == "XX" and status[0] in _CLASSES:
            codes = [code for code in _CLASSES[status[0]] if code not in named]
            work.lose(at, f"status {status}", f"Swagger 2.0 wants each code: it stands for {', '.join(codes)} only")
            yield from ((code, response, at) for code in codes)
        else:
            work.lose(at, f"status {status}", "it is no HTTP status; it is left out")


def _convert(work: Work, response: Mapping[str, object], content: Mapping[str, object], place: Place) -> Schema:
    text = response.get("description")
    out: Schema = {"description": text if isinstance(text, str) else ""}
    out |= _content(work, content, place / "content")
    if isinstance(headers := response.get("headers"), dict) and headers:
        converted = {str(name): _header(work, row, place / "headers" / name) for name, row in headers.items()}
        out["headers"] = {name: row for name, row in converted.items() if row}
    if response.get("links"):
        out["x-links"] = inert(response["links"])
        work.lose(place / "links", "links", "Swagger 2.0 has none; they are there to read")
    return out | {str(key): inert(value) for key, value in response.items() if str(key).startswith("x-")}


def _content(work: Work, content: Mapping[str, object], place: Place) -> Schema:
    if not content:
        return {}
    chosen, *others = preferred(map(str, content))
    at = place / chosen
    media = as_object(content[chosen])
    out: Schema = {}
    if is_json(chosen):
        out["schema"] = convert_schema(work, media.get("schema", {}), at / "schema")
        if others:
            work.lose(place, f"also {', '.join(others)}", f"only {chosen} is described: ask for it with Accept")
    elif is_json_like(chosen):
        out["schema"] = convert_schema(work, media.get("schema", {}), at / "schema")
        work.lose(at, chosen, "bravado decodes application/json alone and gives this as text")
    elif is_text(chosen):
        out["schema"] = {"type": "string"}
        if isinstance(schema := media.get("schema"), dict) and schema.get("type", "string") != "string":
            out["schema"] = {"type": "string", "x-schema": inert(schema)}
            work.lose(at / "schema", f"the schema of {chosen}", "bravado gives it as text")
    else:
        out["x-binary"] = True
        if media.get("schema"):
            out["x-schema"] = inert(media["schema"])
    examples = {name: inert(_example(as_object(row))) for name, row in content.items() if _has_example(row)}
    return out | ({"examples": examples} if examples else {})


def _has_example(media: object) -> bool:
    return isinstance(media, dict) and ("example" in media or bool(media.get("examples")))


def _example(media: Mapping[str, object]) -> object:
    if "example" in media:
        return media["example"]
    examples = media["examples"]
    listed = list(examples.values()) if isinstance(examples, dict) else as_items(examples) or [examples]
    first = listed[0]
    return first["value"] if isinstance(first, dict) and "value" in first else first


def _header(work: Work, node: object, place: Place) -> Schema | None:
    header = work.follow(node, place)
    if header is None:
        return None
    out: Schema = {"type": "string"}
    if "schema" in header:
        out = flat_schema(work, header["schema"], place / "schema")
    if out["type"] == "array":
        out["collectionFormat"] = "csv"
    if isinstance(header.get("description"), str):
        out["description"] = header["description"]
    if "default" in out:
        work.defaults.append((out, place))
    return out
