"""A document's operations in its own terms, the same walk for Swagger 2.0 and OpenAPI 3.

Where ``operations`` tells a caller what to type, this gives ``diff`` and ``doctor`` the raw objects. Knows paths,
methods, operation ids, tags, and parameters on paths and behind local references, and bears documents that are not
valid. It must not know what NOMAD's operations mean, nor change the document. An operation goes by the name it is
called with, ``tag.operation``, which for OpenAPI 3 are the names that the conversion gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nomad_swagger.apispec.openapi3.names import name_operations
from nomad_swagger.apispec.operations import python_name
from nomad_swagger.light import dataclass

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Endpoint:
    """One operation as the document has it.

    Attributes
    ----------
    name : str
        ``repo.search``: what a caller writes after ``client.``.
    operation_id : str
        As in the document; empty where it has none.
    method : str
        In lower case.
    path : str
    parameters : tuple of mappings
        Those of the path and of the operation, references resolved; the operation's own win.
    body : mapping
        The operation object.
    """

    name: str
    operation_id: str
    method: str
    path: str
    parameters: tuple[Mapping[str, object], ...]
    body: Mapping[str, object]

    @property
    def route(self) -> str:
        """Give ``GET /repo/``."""
        return f"{self.method.upper()} {self.path}"


def endpoints_of(document: Mapping[str, object]) -> list[Endpoint]:
    """Give every operation, in the order of sorted paths,

    Examples
    --------
    >>> document = {"swagger": "2.0", "paths": {"/repo/": {"get": {"operationId": "search", "tags": ["repo"]}}}}
    >>> [endpoint.name for endpoint in endpoints_of(document)]
    ['repo.search']
    """
    found = list(_endpoints(document))
    if "openapi" not in document:
        return found
    names = name_operations((one.method, one.path, one.operation_id or None) for one in found)
    named = {key: f"{row.resource}.{row.name}" for key, row in names.items()}
    return [replace(one, name=named[one.method, one.path]) for one in found]


def resolve(document: Mapping[str, object], node: object) -> object:
    """Follow local ``$ref``s until something else stands there; an empty dict where they lead nowhere or in a ring.

    Examples
    --------
    >>> resolve({"definitions": {"A": {"type": "string"}}}, {"$ref": "#/definitions/A"})
    {'type': 'string'}
    """
    seen: set[str] = set()
    while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
        target = node["$ref"]
        if target in seen or not target.startswith("#"):
            return {}
        seen.add(target)
        node = _at(document, target)
    return node


def _endpoints(document: Mapping[str, object]) -> Iterator[Endpoint]:
    paths = document.get("paths")
    for path, item in sorted(paths.items()) if isinstance(paths, Mapping) else ():
        whole = resolve(document, item)
        if not isinstance(whole, Mapping):
            continue
        for method in METHODS:
            body = whole.get(method)
            if isinstance(body, Mapping):
                operation_id = str(body.get("operationId") or "")
                yield Endpoint(
                    name=_name(body, operation_id, method, path),
                    operation_id=operation_id,
                    method=method,
                    path=path,
                    parameters=_parameters(document, whole.get("parameters"), body.get("parameters")),
                    body=body,
                )


def _name(body: Mapping[str, object], operation_id: str, method: str, path: str) -> str:
    tags = body.get("tags")
    tag = str(tags[0]) if isinstance(tags, Sequence) and tags else path.lstrip("/").split("/")[0]
    return f"{python_name(tag)}.{python_name(operation_id) or python_name(f'{method}_{path}')}"


def _parameters(document: Mapping[str, object], *lists: object) -> tuple[Mapping[str, object], ...]:
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    for entries in lists:
        for entry in entries if isinstance(entries, list) else ():
            parameter = resolve(document, entry)
            if isinstance(parameter, Mapping) and "name" in parameter:
                found[str(parameter.get("in", "")), str(parameter["name"])] = parameter
    return tuple(found.values())


def _at(document: Mapping[str, object], pointer: str) -> object:
    node: object = document
    for step in pointer.lstrip("#").lstrip("/").split("/") if pointer.strip("#/") else ():
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return {}
    return node
