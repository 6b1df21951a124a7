"""Walking through the models of a schema without following rings for ever.

Knows where schemas stand within schemas. It must not know what is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.outline import resolve

_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not")


def models_within(document: Mapping[str, object], schema: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Give every named model that a schema uses, itself included, each once.

    Examples
    --------
    >>> document = {"definitions": {"A": {"type": "array", "items": {"$ref": "#/definitions/A"}}}}
    >>> [name for name, model in models_within(document, {"$ref": "#/definitions/A"})]
    ['A']
    """
    todo, seen = [schema], set()
    while todo:
        node = todo.pop()
        if not isinstance(node, Mapping):
            continue
        if isinstance(node.get("$ref"), str):
            target = node["$ref"]
            if target in seen:
                continue
            seen.add(target)
            node = resolve(document, node)
            if not isinstance(node, Mapping):
                continue
            yield target.rsplit("/", 1)[-1], node
        todo.extend(reversed(list(_inner(node))))


def plain_types(document: Mapping[str, object], schema: object) -> tuple[set[str], bool]:
    """Give the types that a schema allows (none: anything), and whether it names the values.

    Examples
    --------
    >>> plain_types({}, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]})
    ({'string'}, True)
    """
    types: set[str] = set()
    limited = False
    todo, seen = [schema], set()
    while todo:
        node = resolve(document, todo.pop())
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        given = node.get("type")
        types |= (
            {str(one) for one in given} if isinstance(given, list) else {given} if isinstance(given, str) else set()
        )
        limited |= "enum" in node or "const" in node or "pattern" in node
        for key in ("anyOf", "oneOf", "allOf"):
            inner = node.get(key)
            todo.extend(inner if isinstance(inner, list) else ())
    return types - {"null"}, limited


def _inner(node: Mapping[str, object]) -> Iterator[object]:
    properties = node.get("properties")
    if isinstance(properties, Mapping):
        yield from properties.values()
    for key in _SINGLE:
        yield node.get(key)
    for key in _LISTS:
        branches = node.get(key)
        yield from branches if isinstance(branches, list) else ()
