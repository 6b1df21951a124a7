"""A search in a request's body, where the description does not name what may be searched.

Names are held against the generation's vocabulary. One with a dot that is not in it may be of somebody's own schema:
the server judges it, and says so (422); one without a dot is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.flows.values import as_wanted, values_of
from nomad_swagger.generations.generation import Generation, Quantity, place
from nomad_swagger.generations.vocabulary import Known


def body_query(generation: Generation, known: Mapping[str, Known], quantities: Mapping[str, Any]) -> dict[str, Any]:
    """Give the query of a body.

    Parameters
    ----------
    generation : Generation
    known : mapping of str to Known
        What this server can search.
    verb : str
        For messages.
    quantities : mapping
        By our words or by NOMAD's names, with or without an operator (``x:any``, ``x:gte``), and ``and``, ``or``,
        ``not`` over such mappings, which go as they are.

    Raises
    ------
    UnknownArgument, UsageError
    """
    binder = _BodyBinder(generation, known)
    for name, value in quantities.items():
        if value is not None:
            binder.add(name, value)
    return binder.query


def narrowed(generation: Generation, query: Mapping[str, Any], uploads: list[str]) -> dict[str, Any]:
    """Give the query of a body, in these uploads only."""
    word = generation.quantities["upload_id"]
    return {"and": [dict(query), {word.names[0] + word.suffix: uploads}]}


@dataclass(frozen=True)
class _BodyBinder:
    generation: Generation
    known: Mapping[str, Known]
    query: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Any) -> None:
        word = self.generation.quantities.get(name)
        target = place(word.names, self.known) if word else None
        if word is not None and target is not None:
            self._add_word(word, target, values_of(word, name, value, target))
        elif name in self.generation.connectives:
            self._set(name, value)
        else:
            bare, _, operator = name.partition(":")
            wanted = as_wanted(name, self._type(bare), value)
            alone = operator in self.generation.list_operators and not isinstance(wanted, list)
            self._set(name, [wanted] if alone else wanted)

    def _add_word(self, word: Quantity, target: str, given: list[Any]) -> None:
        values = list(dict.fromkeys(as_wanted(target, self.known[target].type, given)))
        self._set(target + word.suffix, word.join.join(sorted(values)) if word.join else values)

    def _set(self, key: str, value: Any) -> None:
        if key in self.query:
            raise UsageError(f"{key} is asked for twice, under two names")
        self.query[key] = value

    def _type(self, name: str) -> str:
        """Give the type of a quantity; none for one that only the server can know."""
        if name in self.generation.controls:
            raise UsageError(f"{name} is set by the helper itself: use limit=, owner=, include= or exclude=")
        if name in self.known:
            return self.known[name].type
        if "." in name:
            return ""
        where = "of search on this server"
        whole = next((other for other in self.known if other.endswith(f".{name}")), None)
        words = [*self.generation.quantities, *self.generation.connectives]
        if whole is not None:
            raise UnknownArgument(name, words, where=f"{where} ({whole!r} is a whole name, which fits into query=)")
        raise UnknownArgument(name, [*words, *self.known], where=where)
