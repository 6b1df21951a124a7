"""Which kinds of JSON value a schema of the original may accept.

An upper bound: a kind that is missing is certainly refused, one that is there may still be. Knows JSON Schema's types
and how they combine; it must not know Swagger 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping

from nomad_swagger.apispec.openapi3.references import Unresolved
from nomad_swagger.apispec.openapi3.work import Work

EVERY = frozenset({"null", "boolean", "object", "array", "string", "integer", "number"})
"""``number`` stands for fractions here, so a number schema accepts two kinds."""

SCALARS = frozenset({"boolean", "string", "integer", "number"})
_TYPES = {kind: frozenset({kind}) for kind in EVERY} | {"number": frozenset({"integer", "number"})}
_VALUES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def kinds(work: Work, schema: object, *, inside: str = "", seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Give the kinds that ``schema`` may accept; ``null`` wherever the author says ``nullable``."""
    if not isinstance(schema, dict):
        return frozenset() if schema is False else EVERY
    found = _own(schema)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found &= _behind(work, reference, inside, seen)
    for key in ("anyOf", "oneOf"):
        if isinstance(branches := schema.get(key), list) and branches:
            found &= frozenset().union(*(kinds(work, branch, inside=inside, seen=seen) for branch in branches))
    for branch in schema.get("allOf") or ():
        found &= kinds(work, branch, inside=inside, seen=seen)
    # Strict 3.0.3 readers let null through only where every branch does; those who write it mean: or null.
    return found | {"null"} if says_nullable(schema) else found


def only_type(found: frozenset[str]) -> str | None:
    """Give the one Swagger 2.0 type that covers all kinds but null, if there is one.

    Examples
    --------
    >>> only_type(frozenset({"integer", "number", "null"}))
    'number'
    """
    rest = found - {"null"}
    if rest == {"integer", "number"}:
        return "number"
    return next(iter(rest)) if len(rest) == 1 else None


def kind_of(value: object) -> str:
    """Name the kind of a JSON value."""
    return "null" if value is None else _VALUES.get(type(value), "object")


def says_nullable(schema: Mapping[str, object]) -> bool:
    """Tell whether a schema has OpenAPI 3.0's ``nullable`` or the ``x-nullable`` of Swagger 2.0 authors."""
    return schema.get("nullable") is True or schema.get("x-nullable") is True


def is_null_alone(schema: object) -> bool:
    """Tell whether a branch of a union says nothing but null."""
    if not isinstance(schema, dict):
        return False
    return schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None] or schema.get("const", 0) is None


def _own(schema: Mapping[str, object]) -> frozenset[str]:
    found = EVERY
    declared = schema.get("type")
    if isinstance(declared, str):
        found = _TYPES.get(declared, EVERY)
    elif isinstance(declared, list) and declared:
        found = frozenset().union(*(_TYPES.get(str(name), EVERY) for name in declared))
    if isinstance(values := schema.get("enum"), list) and values:
        found &= frozenset(map(kind_of, values))
    if "const" in schema:
        found &= {kind_of(schema["const"])}
    return found


def _behind(work: Work, reference: str, inside: str, seen: frozenset[str]) -> frozenset[str]:
    try:
        target, pointer = work.resolve(reference, inside)
    except Unresolved:
        return EVERY
    if pointer in seen:
        return EVERY
    if pointer not in work.kinds:
        found = kinds(work, target, inside=pointer, seen=seen | {pointer})
        if seen:  # seen from inside a cycle the answer may be wider than it is from outside
            return found
        work.kinds[pointer] = found
    return work.kinds[pointer]
