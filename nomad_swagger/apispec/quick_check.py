"""Whether a document certainly has the form of Swagger 2.0: a quick yes, or no word about it.

swagger-spec-validator holds a document against Swagger's own JSON schema, following the document's references, with
good words for what is wrong, and takes a second or two for NOMAD's. Most documents are right. This looks at the same
schema and says yes only where that validator would; where it does not, the validator is asked, and decides. Knows
JSON schema as far as the schema of Swagger 2.0 uses it: a keyword beyond that is no yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import unquote

Schema: TypeAlias = "Mapping[str, object]"
Test: TypeAlias = "Callable[[_Look, object, object, Schema], bool]"

# What says nothing about a value to who checks no formats.
_SILENT = {"description", "title", "default", "format", "$schema", "id", "definitions", "additionalItems"}
TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def certainly_fits(document: Mapping[str, object], schema: Schema, others: Mapping[str, Schema]) -> bool:
    """Tell whether a document certainly fits a schema; False says nothing.

    Parameters
    ----------
    document : mapping
        Its own references, which are all of the form ``#/…``, count as what they lead to.
    schema : mapping
    others : mapping of str to mapping
        The schemas that the schema refers to, by what stands before the ``#``.
    """
    look = _Look(document, {"": schema, **{where: _absolute(other, where) for where, other in others.items()}})
    try:
        return look.fits(document, schema) and look.all_leads_fit()
    except (RecursionError, LookupError, TypeError, ValueError, AttributeError, re.error):
        return False


class _Look:
    """One look at a document.

    What a reference leads to is put off and counts as fitting meanwhile; the answer is yes only if all of it fits. So
    nothing is looked at twice by the same schema, and a ring ends.
    """

    def __init__(self, document: object, schemas: Mapping[str, Schema]) -> None:
        self._document = document
        self._schemas = schemas
        self._known: dict[str, Schema] = {}
        self._leads: list[tuple[object, Schema]] = []
        self._seen: set[tuple[int, int]] = set()

    def fits(self, node: object, schema: Schema) -> bool:
        while "$ref" in schema:  # its siblings say nothing
            schema = self._schema_of(str(schema["$ref"]))
        if not schema:
            return True
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            return self._put_off(node["$ref"], schema)
        for keyword, wanted in schema.items():
            if keyword not in _SILENT and not _TESTS[keyword](self, wanted, node, schema):
                return False
        return True

    def all_leads_fit(self) -> bool:
        while self._leads:
            node, schema = self._leads.pop()
            if not self.fits(node, schema):
                return False
        return True

    def _put_off(self, reference: str, schema: Schema) -> bool:
        if "enum" in schema or not reference.startswith("#/"):
            return False
        target = at(self._document, reference)
        if isinstance(target, dict) and "$ref" in target:
            return False  # a reference to a reference
        if (id(target), id(schema)) not in self._seen:
            self._seen.add((id(target), id(schema)))
            self._leads.append((target, schema))
        return True

    def _schema_of(self, reference: str) -> Schema:
        if reference not in self._known:
            where, _, pointer = reference.partition("#")
            found = at(self._schemas[where], pointer)
            if not isinstance(found, Mapping):
                raise TypeError(reference)
            self._known[reference] = found
        return self._known[reference]


def at(root: object, pointer: str) -> object:
    """Give what a JSON pointer leads to, with or without its ``#``.

    Raises
    ------
    LookupError, TypeError, ValueError
        It leads nowhere.
    """
    for step in pointer.lstrip("#").split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        root = root[int(name)] if isinstance(root, list) else root[name]  # type: ignore[index]  # or it is an error
    return root


def _absolute(schema: object, where: str) -> Any:
    """Give a schema whose references say which schema they start in."""
    if isinstance(schema, Mapping):
        return {
            key: f"{where}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value, where)
            for key, value in schema.items()
        }
    return [_absolute(one, where) for one in schema] if isinstance(schema, list) else schema


def _properties(look: _Look, wanted: object, node: object, _: Schema) -> bool:
    assert isinstance(wanted, Mapping)
    return not isinstance(node, dict) or all(
        look.fits(node[name], inner) for name, inner in wanted.items() if name in node
    )


def _pattern_properties(look: _Look, wanted: object, node: object, _: Schema) -> bool:
    assert isinstance(wanted, Mapping)
    return not isinstance(node, dict) or all(
        look.fits(value, inner)
        for pattern, inner in wanted.items()
        for name, value in node.items()
        if _matcher(pattern)(name)
    )


def _additional_properties(look: _Look, wanted: object, node: object, schema: Schema) -> bool:
    if not isinstance(node, dict) or wanted is True:
        return True
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    assert isinstance(named, Mapping)
    assert isinstance(patterns, Mapping)
    matchers = list(map(_matcher, patterns))
    extra = [name for name in node if name not in named and not any(match(name) for match in matchers)]
    if wanted is False:
        return not extra
    assert isinstance(wanted, Mapping)
    return all(look.fits(node[name], wanted) for name in extra)


def _items(look: _Look, wanted: object, node: object, _: Schema) -> bool:
    return not isinstance(node, list) or (isinstance(wanted, Mapping) and all(look.fits(item, wanted) for item in node))


def _unique(_: _Look, wanted: object, node: object, __: Schema) -> bool:
    if not wanted or not isinstance(node, list):
        return True
    # Python's equality counts more as equal than JSON schema's: 1 and true
    alike: dict[object, list[object]] = {}
    for item in node:
        name = item.get("name") if isinstance(item, dict) else item
        alike.setdefault(name if isinstance(name, str) else None, []).append(item)
    return not any(one in group[:place] for group in alike.values() for place, one in enumerate(group))


def _type(_: _Look, wanted: object, node: object, __: Schema) -> bool:
    names = wanted if isinstance(wanted, list) else [wanted]
    return any(TYPES[str(name)](node) for name in names)


def _some(look: _Look, wanted: object, node: object) -> int:
    assert isinstance(wanted, list)
    return sum(look.fits(node, one) for one in wanted)


def _minimum(_: _Look, wanted: object, node: object, schema: Schema) -> bool:
    assert isinstance(wanted, (int, float))
    return not TYPES["number"](node) or (node >= wanted and not schema.get("exclusiveMinimum"))  # type: ignore[operator]


def _exclusive(_: _Look, wanted: object, __: object, schema: Schema) -> bool:
    return "minimum" in schema  # which looks at it


def _least(kind: type[Sized]) -> Test:
    return lambda _, wanted, node, __: not isinstance(node, kind) or len(node) >= int(str(wanted))


@cache
def _matcher(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


_TESTS: Mapping[str, Test] = {
    "type": _type,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "items": _items,
    "uniqueItems": _unique,
    "minItems": _least(list),
    "minProperties": _least(dict),
    "minLength": _least(str),
    "minimum": _minimum,
    "exclusiveMinimum": _exclusive,
    "required": lambda _, wanted, node, __: not isinstance(node, dict) or all(name in node for name in wanted),  # type: ignore[attr-defined]
    "enum": lambda _, wanted, node, __: any(type(one) is type(node) and one == node for one in wanted),  # type: ignore[attr-defined]
    "pattern": lambda _, wanted, node, __: not isinstance(node, str) or bool(_matcher(str(wanted))(node)),
    "allOf": lambda look, wanted, node, _: _some(look, wanted, node) == len(wanted),  # type: ignore[arg-type]
    "anyOf": lambda look, wanted, node, _: _some(look, wanted, node) > 0,
    "oneOf": lambda look, wanted, node, _: _some(look, wanted, node) == 1,
    "not": lambda look, wanted, node, _: not look.fits(node, wanted),  # type: ignore[arg-type]
}
