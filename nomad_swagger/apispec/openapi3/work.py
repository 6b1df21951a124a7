"""The state of one conversion: what is read, what is being written, what was lost.

Knows the names of definitions; it must not know how anything is converted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import field

from nomad_swagger.apispec.openapi3.losses import Loss, Place
from nomad_swagger.apispec.openapi3.references import Unresolved, resolve, tokens_of
from nomad_swagger.errors import SpecNotConvertible
from nomad_swagger.jsontypes import as_object
from nomad_swagger.light import dataclass

Schema = dict[str, object]

DEFINITIONS = "#/definitions/"
_SILENT_STEPS = frozenset({"components", "schemas", "$defs", "definitions", "properties"})
_LONGEST_CHAIN = 50


@dataclass
class Work:
    """One conversion on its way. Made by ``convert`` and gone when it returns."""

    document: Mapping[str, object]
    losses: list[Loss] = field(default_factory=list)
    definitions: dict[str, Schema] = field(default_factory=dict)
    waiting: deque[tuple[str, str, object]] = field(default_factory=deque)
    """Definitions that have a name and are still to be converted: name, pointer, original schema."""
    or_null: list[Schema] = field(default_factory=list)
    """References of ours whose target must accept null too; settled when all definitions are there."""
    defaults: list[tuple[Schema, Place]] = field(default_factory=list)
    """Schemas of ours with a default that is still to be checked."""
    _names: dict[str, str] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], tuple[object, str] | Unresolved] = field(default_factory=dict)
    kinds: dict[str, frozenset[str]] = field(default_factory=dict)

    def lose(self, place: Place, what: str, why: str) -> None:
        """Write down a loss."""
        self.losses.append(Loss(place.pointer or "/", place.operation, what, why))

    def resolve(self, reference: str, inside: str = "") -> tuple[object, str]:
        """Give target and pointer of a reference; each is looked up once.

        Raises
        ------
        Unresolved
        """
        key = (reference, inside if not reference.startswith("#/components/") else "")
        if key not in self._resolved:
            try:
                self._resolved[key] = resolve(self.document, reference, inside=inside)
            except Unresolved as error:
                self._resolved[key] = error
        found = self._resolved[key]
        if isinstance(found, Unresolved):
            raise found
        return found

    def follow(self, node: object, place: Place) -> Mapping[str, object] | None:
        """Give the object behind a chain of references, or None, with a loss, where it leads nowhere.

        For parameters, responses and the like, whose targets are written out where they are used.

        Raises
        ------
        SpecNotConvertible
            What is there is no object.
        """
        for _ in range(_LONGEST_CHAIN):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return mapping(node, place)
            try:
                beside = {key: value for key, value in as_object(node).items() if key != "$ref"}
                node = {**mapping(self.resolve(reference)[0], place), **beside}
            except Unresolved as error:
                self.lose(place, f"$ref {reference}", f"it {error}, so it is left out")
                return None
        self.lose(place, "$ref", "it leads back to itself, so it is left out")
        return None

    def define(self, pointer: str, schema: object) -> str:
        """Give the name of the definition for the schema at ``pointer``; a new one is queued for conversion."""
        if pointer not in self._names:
            self._names[pointer] = name = self.free_name(_name_for(pointer))
            self.definitions[name] = {}
            self.waiting.append((name, pointer, schema))
        return self._names[pointer]

    def free_name(self, wish: str) -> str:
        """Give ``wish``, or the next of its kind that no definition has."""
        name, count = wish, 2
        while name in self.definitions:
            name, count = f"{wish}-{count}", count + 1
        return name


def mapping(node: object, place: Place) -> Mapping[str, object]:
    """Give ``node`` back if it is an object.

    Raises
    ------
    SpecNotConvertible
    """
    if not isinstance(node, dict):
        raise SpecNotConvertible(
            f"{place.pointer or '/'} of the OpenAPI document should be an object, but is {type(node).__name__}; "
            "the document is damaged or no OpenAPI 3 document"
        )
    return node


def listing(node: object, place: Place) -> list[object]:
    """Give ``node`` back if it is a list; an empty one for None.

    Raises
    ------
    SpecNotConvertible
    """
    if node is None:
        return []
    if not isinstance(node, list):
        raise SpecNotConvertible(
            f"{place.pointer or '/'} of the OpenAPI document should be a list, but is {type(node).__name__}"
        )
    return node


def branches_of(schema: Schema) -> list[Schema]:
    """Give the branches of the ``allOf`` of a converted schema, themselves: what is written into them is kept."""
    branches = schema.get("allOf")
    return branches if isinstance(branches, list) else []


def _name_for(pointer: str) -> str:
    tokens = tokens_of(pointer)
    steps = [token for token in tokens if token not in _SILENT_STEPS] or tokens or ["root"]
    return re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(steps))
