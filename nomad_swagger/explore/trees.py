"""A schema as a readable tree: names, types and meanings, through references, to a bounded depth.

Knows JSON schema as Swagger 2.0 has it. A reference that leads back to one of its own parents ends there with a word,
and so does what lies too deep, so a tree is finite whatever the document says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nomad_swagger.apispec.operations import deref
from nomad_swagger.jsontypes import as_items, as_object
from nomad_swagger.light import dataclass

Schema = Mapping[str, object]
_EMPTY: Schema = {}


@dataclass(frozen=True)
class Branch:
    """One place in a body or an answer.

    Attributes
    ----------
    name : str
        The field; empty for the whole, ``<name>`` where any name will do.
    type : str
        ``string``, ``list of object``, … ; ``any`` where the document does not tell.
    required : bool
    meaning : str
    allowed : tuple
        The values that are allowed; empty for any.
    default : object
        None for none.
    branches : tuple of Branch
    rest : str
        Why there are no branches: ``more below`` (too deep) or ``as above`` (a cycle); empty otherwise.
    """

    name: str
    type: str
    required: bool = False
    meaning: str = ""
    allowed: tuple[object, ...] = ()
    default: object = None
    branches: tuple[Branch, ...] = ()
    rest: str = ""

    def walk(self, level: int = 0) -> Iterator[tuple[int, Branch]]:
        """Give the branch and all below it, each with its level."""
        yield level, self
        for branch in self.branches:
            yield from branch.walk(level + 1)


def grow(document: Schema, schema: Schema, *, name: str = "", depth: int = 4) -> Branch:
    """Give the tree of a schema.

    Parameters
    ----------
    document : mapping
        Where references lead to.
    schema : mapping
    name : str
        Of the whole.
    depth : int
        Levels below the whole.

    Examples
    --------
    >>> tree = grow({}, {"properties": {"comment": {"type": "string"}}})
    >>> [branch.name for branch in tree.branches]
    ['comment']
    """
    return _grow(document, schema, name, depth, frozenset())


def _grow(document: Schema, schema: Schema, name: str, depth: int, parents: frozenset[str]) -> Branch:
    through = _references(schema)
    flat, seen = _flat(document, schema, parents), parents | through
    kind = _kind(flat)
    branch = Branch(
        name=name,
        type=kind,
        meaning=str(schema.get("description") or flat.get("description", "")),
        allowed=tuple(as_items(flat.get("enum"))),
        default=flat.get("default", flat.get("x-default")),
    )
    if through & parents:
        return replace(branch, rest="as above")
    if kind == "array":
        item = _grow(document, as_object(flat.get("items")), name, depth, seen)
        return replace(
            item, type=f"list of {item.type}", meaning=branch.meaning or item.meaning, default=branch.default
        )
    inner = _inner(flat)
    if inner and depth <= 0:
        return replace(branch, rest="more below")
    needed = as_items(flat.get("required"))
    return replace(
        branch,
        branches=tuple(
            replace(_grow(document, below, key, depth - 1, seen), required=key in needed)
            for key, below in inner.items()
        ),
    )


def _references(schema: Schema) -> frozenset[str]:
    """Give the references that a schema is made of, itself and the parts that are laid over each other."""
    reference = schema.get("$ref")
    own = {reference} if isinstance(reference, str) else set()
    parts = (part for part in as_items(schema.get("allOf")) if isinstance(part, Mapping))
    return frozenset(own.union(*(_references(part) for part in parts)))


def _flat(document: Schema, schema: Schema, parents: frozenset[str]) -> Schema:
    """Give a schema without ``$ref`` and ``allOf``."""
    found = deref(document, schema)
    parts = found.get("allOf") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return _EMPTY
    if not parts:
        return found
    merged: dict[str, object] = {key: value for key, value in found.items() if key != "allOf"}
    for part in parts:
        if _references(part) & parents:
            continue
        flat = _flat(document, part, parents | _references(part))
        merged["properties"] = {**as_object(flat.get("properties")), **as_object(merged.get("properties"))}
        merged["required"] = [*as_items(merged.get("required")), *as_items(flat.get("required"))]
        merged = {**flat, **merged}
    return merged


def _kind(schema: Schema) -> str:
    if "type" in schema:
        return str(schema["type"])
    return "object" if schema.get("properties") or schema.get("additionalProperties") else "any"


def _inner(schema: Schema) -> dict[str, Schema]:
    inner = {name: as_object(below) for name, below in as_object(schema.get("properties")).items()}
    if others := as_object(schema.get("additionalProperties")):
        inner["<name>"] = others
    return inner


def flattened(document: Schema, schema: Schema) -> Schema:
    """Give a schema without ``$ref`` and ``allOf`` on top; what is below stays as it is.

    Examples
    --------
    >>> flattened({"definitions": {"A": {"type": "string"}}}, {"$ref": "#/definitions/A"})
    {'type': 'string'}
    """
    return _flat(document, schema, frozenset())
