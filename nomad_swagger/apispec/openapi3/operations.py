"""Paths and operations: everything of one operation put together.

Knows the operation object of both formats; it must not know schemas or media types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.openapi3.bodies import convert_body
from nomad_swagger.apispec.openapi3.inert import inert
from nomad_swagger.apispec.openapi3.keywords import external_docs
from nomad_swagger.apispec.openapi3.losses import Place
from nomad_swagger.apispec.openapi3.names import METHODS, Named, identifier, name_operations
from nomad_swagger.apispec.openapi3.parameters import convert_parameters, merged_parameters, path_parameters
from nomad_swagger.apispec.openapi3.responses import convert_responses
from nomad_swagger.apispec.openapi3.security import Known, convert_requirements, header_names
from nomad_swagger.apispec.openapi3.work import Schema, Work, mapping
from nomad_swagger.jsontypes import object_inside
from nomad_swagger.light import dataclass

_ITEM_WORDS = frozenset({"$ref", "parameters", "servers", "summary", "description"})
_RANK = {"path": 0, "body": 2, "formData": 3, "query": 4, "header": 5}


@dataclass(frozen=True)
class Security:
    """What the whole document says about logging in: definitions, their names, and the requirement for all."""

    definitions: Mapping[str, Schema]
    known: Known
    default: list[dict[str, list[str]]] | None


@dataclass(frozen=True)
class _Found:
    method: str
    path: str
    item: Mapping[str, object]
    operation: Mapping[str, object]
    at_item: Place
    at: Place


def convert_paths(work: Work, paths: object, security: Security) -> Schema:
    """Give the paths with their operations, named and tagged."""
    out: Schema = {}
    found = list(_operations(work, mapping(paths, Place("/paths")), out))
    names = name_operations((row.method, row.path, _id_of(row.operation)) for row in found)
    for row in found:
        object_inside(out, row.path)[row.method] = _convert(work, row, names[row.method, row.path], security)
    return out


def _operations(work: Work, paths: Mapping[str, object], out: Schema) -> Iterator[_Found]:
    for original, node in paths.items():
        if str(original).startswith("x-"):
            out[str(original)] = inert(node)
            continue
        at_item = Place("/paths") / original
        item = work.follow(node, at_item)
        path = _plain_path(work, str(original), at_item)
        if item is None or path is None:
            continue
        out[path] = _item_extras(work, item, at_item)
        for method, operation in item.items():
            at = (at_item / method)._replace(operation=f"{method.upper()} {original}")
            if method in METHODS:
                yield _Found(method, path, item, mapping(operation, at), at_item._replace(operation=at.operation), at)
            elif method not in _ITEM_WORDS and not method.startswith("x-"):
                work.lose(at, f"method {method}", "Swagger 2.0 does not know it; it is left out")


def _plain_path(work: Work, path: str, place: Place) -> str | None:
    plain = path if path.startswith("/") else f"/{path}"
    if plain != path:
        work.lose(place, "a path without a slash", "one is put before it")
    if re.search(r"[{}]", re.sub(r"\{[^{}]+\}", "", plain)):
        work.lose(place, "a path with unpaired braces", "it cannot be filled in; it is left out")
        return None
    return plain


def _item_extras(work: Work, item: Mapping[str, object], place: Place) -> Schema:
    out = {key: inert(value) for key, value in item.items() if key.startswith("x-")}
    out |= {f"x-{key}": item[key] for key in ("summary", "description") if isinstance(item.get(key), str)}
    if item.get("servers"):
        out["x-servers"] = inert(item["servers"])
        work.lose(place / "servers", "servers of a path", "Swagger 2.0 has one for all: calls go to that one")
    return out


def _id_of(operation: Mapping[str, object]) -> str | None:
    operation_id = operation.get("operationId")
    return operation_id if isinstance(operation_id, str) else None


def _convert(work: Work, row: _Found, named: Named, security: Security) -> Schema:
    operation, at = row.operation, row.at
    out: Schema = {"tags": [named.resource], "operationId": named.operation_id}
    out |= _words(work, operation, at)
    wanted = security.default
    if "security" in operation:
        wanted = convert_requirements(work, operation["security"], security.known, at / "security")
        out["security"] = wanted or []
    originals = merged_parameters(work, row.item, operation, (row.at_item, at))
    parameters = path_parameters(work, row.path, convert_parameters(work, originals, at), at / "parameters")
    if operation.get("requestBody") is not None:
        fields, extra = convert_body(work, operation["requestBody"], at / "requestBody")
        parameters += fields
        out |= extra
    taken = header_names(security.definitions, wanted or [])
    if parameters := _told_apart(work, parameters, taken, at / "parameters"):
        out["parameters"] = parameters
    out["responses"], produces = convert_responses(work, operation.get("responses"), at / "responses")
    if produces:
        out["produces"] = produces
    return out


def _words(work: Work, operation: Mapping[str, object], place: Place) -> Schema:
    out = {key: inert(value) for key, value in operation.items() if key.startswith("x-")}
    out |= {key: operation[key] for key in ("summary", "description") if isinstance(operation.get(key), str)}
    if isinstance(operation.get("deprecated"), bool):
        out["deprecated"] = operation["deprecated"]
    if isinstance(docs := operation.get("externalDocs"), dict) and isinstance(docs.get("url"), str):
        out["externalDocs"] = external_docs(docs)
    if (operation_id := _id_of(operation)) is not None:
        out["x-operationId"] = operation_id
    if isinstance(operation.get("tags"), list):
        out["x-tags"] = inert(operation["tags"])
    for key, why in (
        ("callbacks", "Swagger 2.0 has none; they are there to read"),
        ("servers", "Swagger 2.0 has one for all: the call goes to that one"),
    ):
        if operation.get(key):
            out[f"x-{key}"] = inert(operation[key])
            work.lose(place / key, key, why)
    return out


def _told_apart(work: Work, parameters: list[Schema], taken: frozenset[str], place: Place) -> list[Schema]:
    """Leave one parameter per Python name, since bravado knows no other way to tell them apart.

    The body can be renamed, its name is not sent. Of any others the one that a call needs most is kept.
    """
    used = {identifier(name): "the login" for name in taken}
    kept = []
    for row in sorted(parameters, key=lambda row: (not row.get("required", False), _RANK[str(row["in"])])):
        if row["in"] == "body":
            others = used.keys() | {identifier(str(other["name"])) for other in parameters if other["in"] != "body"}
            free = (name for name in ("body", "request_body", "json_body", "the_body") if name not in others)
            row["name"] = next(free, "body_of_the_request")
        name = identifier(str(row["name"]))
        if name in used:
            why = f"in Python it has the same name as {used[name]}, and only one can be given"
            work.lose(place, f"parameter {row['name']} in {row['in']}", why)
            continue
        used[name] = f"{row['name']} in {row['in']}"
        kept.append(row)
    return [row for row in parameters if any(row is other for other in kept)]
