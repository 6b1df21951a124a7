"""Parameters of an operation: places, styles and defaults.

Knows how OpenAPI 3 serializes a parameter and how Swagger 2.0 says the same. It must not know request bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.openapi3.flat import flat_schema, unwrapped
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.kinds import kinds, only_type
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.work import Schema, Work, listing
from nomad_swagger.jsontypes import as_items

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SEPARATORS = {"form": "csv", "simple": "csv", "spaceDelimited": "ssv", "pipeDelimited": "pipes"}


def merged_parameters(
    work: Work, item: Mapping[str, object], operation: Mapping[str, object], places: tuple[Place, Place]
) -> list[tuple[Mapping[str, object], Place]]:
    """Give the parameters of path and operation with references followed; the operation's own come first to mind."""
    found: dict[tuple[object, object], tuple[Mapping[str, object], Place]] = {}
    for owner, at in zip((item, operation), places, strict=True):
        for index, node in enumerate(listing(owner.get("parameters"), at / "parameters")):
            place = at / "parameters" / index
            parameter = work.follow(node, place)
            if parameter is None:
                continue
            if str(parameter.get("in")) not in _STYLES or not isinstance(parameter.get("name"), str):
                work.lose(place, f"parameter {parameter.get('name')!r}", f"it is in {parameter.get('in')!r}, nowhere")
                continue
            found[parameter["in"], parameter["name"]] = parameter, place
    return list(found.values())


def convert_parameters(work: Work, parameters: list[tuple[Mapping[str, object], Place]], place: Place) -> list[Schema]:
    """Give the Swagger 2.0 parameters; those in cookies become one ``Cookie`` header."""
    out: list[Schema] = []
    cookies: list[Mapping[str, object]] = []
    for parameter, at in parameters:
        if parameter["in"] == "cookie":
            cookies.append(parameter)
            work.lose(at, f"cookie {parameter['name']}", "Swagger 2.0 has no cookies: give the whole Cookie header")
        else:
            out += _convert(work, parameter, at)
    if cookies:
        out.append(_cookie_header(cookies, out))
    for row in out:
        if "default" in row:
            work.defaults.append((row, place))
    return out


def path_parameters(work: Work, path: str, parameters: list[Schema], place: Place) -> list[Schema]:
    """Give the parameters with those of the path as its template names them, no more and no less."""
    names = list(dict.fromkeys(re.findall(r"\{([^{}]+)\}", path)))
    kept = []
    for row in parameters:
        if row["in"] == "path" and row["name"] not in names:
            work.lose(place, f"path parameter {row['name']}", f"{path} has no place for it; it is left out")
        else:
            kept.append(row)
    declared = {row["name"] for row in kept if row["in"] == "path"}
    for name in names:
        if name not in declared:
            work.lose(place, f"path parameter {name}", "the document does not describe it: it is taken for text")
            kept.append({"name": name, "in": "path", "required": True, "type": "string"})
    return kept


def _convert(work: Work, parameter: Mapping[str, object], place: Place) -> Iterator[Schema]:
    common = _common(parameter)
    if parameter.get("allowReserved") is True:
        work.lose(place / "allowReserved", "allowReserved", "reserved characters are percent-encoded all the same")
    if "schema" not in parameter and isinstance(content := parameter.get("content"), dict) and content:
        media = next(iter(content))
        work.lose(place / "content", f"a parameter that holds {media}", "give it as text in that format")
        yield {**common, "type": "string", "x-content": inert(content)}
        return
    schema, at = parameter.get("schema", {}), place / "schema"
    style = str(parameter.get("style", _STYLES[str(parameter["in"])]))
    explode = bool(parameter.get("explode", style == "form"))
    node = unwrapped(work, schema, at)
    if only_type(kinds(work, node, inside=at.pointer)) == "object" and (style == "deepObject" or explode):
        rows = list(_members(work, common, node, style, at))
        if rows and common["in"] == "query":
            yield from rows
            return
    flat = flat_schema(work, schema, at)
    if flat["type"] == "array":
        flat |= _collection(work, str(common["in"]), style, explode, place)
    if style in ("label", "matrix"):
        work.lose(place / "style", f"style {style}", "give the value with its prefix, as it stands in the URL")
        flat = {"type": "string", **{key: value for key, value in flat.items() if key.startswith("x-")}}
    yield {**common, **flat}


def _common(parameter: Mapping[str, object]) -> Schema:
    out: Schema = {"name": parameter["name"], "in": parameter["in"]}
    if parameter["in"] == "path" or parameter.get("required") is True:
        out["required"] = True
    if isinstance(parameter.get("description"), str):
        out["description"] = parameter["description"]
    if parameter["in"] == "query" and isinstance(parameter.get("allowEmptyValue"), bool):
        out["allowEmptyValue"] = parameter["allowEmptyValue"]
    for key in ("deprecated", "example", "examples"):
        if key in parameter:
            out[f"x-{key}"] = inert(parameter[key])
    return out | {key: inert(value) for key, value in parameter.items() if key.startswith("x-")}


def _collection(work: Work, location: str, style: str, explode: bool, place: Place) -> Schema:
    if location == "query" and explode:
        return {"collectionFormat": "multi"}
    if style not in _SEPARATORS:
        return {"collectionFormat": "csv"}
    if style in ("spaceDelimited", "pipeDelimited") and location != "query":
        work.lose(place / "style", f"style {style} in {location}", "it is defined for queries only; commas are used")
        return {"collectionFormat": "csv"}
    return {"collectionFormat": _SEPARATORS[style]}


def _members(work: Work, common: Schema, node: Mapping[str, object], style: str, place: Place) -> Iterator[Schema]:
    """Write an object as the parameters that it is on the wire: ``color[red]=1``, or ``red=1`` when exploded."""
    properties = node.get("properties")
    if not isinstance(properties, dict) or not properties or common["in"] != "query":
        return
    if node.get("additionalProperties") not in (None, False):
        work.lose(place / "additionalProperties", "free names in a parameter", "only the named ones can be given")
    wanted = as_items(node.get("required"))
    for key, schema in properties.items():
        at = place / "properties" / key
        name = f"{common['name']}[{key}]" if style == "deepObject" else str(key)
        row = {**common, "name": name, "x-member-of": common["name"], **flat_schema(work, schema, at)}
        row.pop("required", None)
        if common.get("required") and key in wanted:
            row["required"] = True
        if row["type"] == "array":
            row["collectionFormat"] = "multi"
        if isinstance(text := unwrapped(work, schema, at).get("description"), str):
            row["description"] = text
        yield row


def _cookie_header(cookies: list[Mapping[str, object]], others: list[Schema]) -> Schema:
    names = [str(cookie["name"]) for cookie in cookies]
    shape = "; ".join(f"{name}=…" for name in names)
    declared = next((row for row in others if row["in"] == "header" and str(row["name"]).lower() == "cookie"), None)
    if declared is not None:
        others.remove(declared)
    return {
        "name": "Cookie",
        "in": "header",
        "type": "string",
        "required": any(cookie.get("required") is True for cookie in cookies),
        "description": f"The whole header: {shape}",
        "x-cookies": names,
    }
