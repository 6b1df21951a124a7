"""A search in a request's body, where the description does not name what may be searched.

Names are held against the generation's vocabulary. One with a dot that is not in it may be of somebody's own schema:
the server judges it, and says so (422); one without a dot is nobody's.

A quantity that stands beside ``and``, ``or`` or ``not`` in one object is dropped by NOMAD without a word, and the
search is wider than what was asked (seen on 1.4.3 and 2.0.0). So these never share an object: conditions are a list
under ``and``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.flows.values import as_wanted, native, values_of
from nomad_swagger.generations.generation import Generation, Quantity, place, word_of
from nomad_swagger.generations.vocabulary import Known
from nomad_swagger.light import dataclass

_AND, _OR, _NOT = "and", "or", "not"


def body_query(
    generation: Generation, known: Mapping[str, Known], quantities: Mapping[str, Any], *, typed: bool = True
) -> dict[str, Any]:
    """Give the query of a body.

    Parameters
    ----------
    generation : Generation
    known : mapping of str to Known
        What this server can search.
    quantities : mapping
        By our words or by NOMAD's names, with or without an operator (``x:any``, ``x:gte``), and ``and``, ``or``,
        ``not`` over such mappings, at any depth.
    typed : bool
        Read values as people type them.

    Returns
    -------
    dict
        All conditions, in one object where they are quantities only.

    Raises
    ------
    UnknownArgument, UsageError

    Examples
    --------
    >>> from nomad_swagger.generations.generation import load_generation
    >>> body_query(load_generation("v1"), {}, {"a.b": 1, "or": [{"c.d": 2}, {"e.f": 3}]})
    {'and': [{'a.b': 1}, {'or': [{'c.d': 2}, {'e.f': 3}]}]}
    """
    binder = _BodyBinder(generation, known, typed)
    for name, value in quantities.items():
        if value is not None:
            binder.add(name, value)
    return joined([binder.query, *binder.combined])


def joined(conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the query that all of these conditions hold for, none of which stands beside another's connective."""
    real = [dict(condition) for condition in conditions if condition]
    return real[0] if len(real) == 1 else {_AND: real} if real else {}


def narrowed(generation: Generation, query: Mapping[str, Any], uploads: list[str]) -> dict[str, Any]:
    """Give the query of a body, in these uploads only."""
    word = generation.quantities["upload_id"]
    return joined([query, {word.names[0] + word.suffix: uploads}])


@dataclass(frozen=True)
class _BodyBinder:
    generation: Generation
    known: Mapping[str, Known]
    typed: bool = True
    query: dict[str, Any] = field(default_factory=dict)
    combined: list[dict[str, Any]] = field(default_factory=list)
    """Conditions with a connective, each of which wants an object of its own."""

    def add(self, name: str, value: Any) -> None:
        word = self.generation.quantities.get(name)
        target = place(word.names, [*self.known, *self.generation.connectives]) if word else None
        if target in self.generation.connectives:
            self._combine(str(target), value)
        elif word is not None and target is not None:
            self._add_word(word, target, values_of(word, name, value, target, typed=self.typed))
        elif name in self.generation.connectives:
            self._combine(name, value)
        else:
            bare, _, operator = name.partition(":")
            wanted = as_wanted(name, self._type(bare), native(word_of(self.generation, bare), value))
            alone = operator in self.generation.list_operators and not isinstance(wanted, list)
            self._set(name, [wanted] if alone else wanted)

    def _add_word(self, word: Quantity, target: str, given: list[Any]) -> None:
        values = list(dict.fromkeys(as_wanted(target, self.known[target].type, given)))
        self._set(target + word.suffix, word.join.join(sorted(values)) if word.join else values)

    def _combine(self, name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            self.combined.append({name: self._inner(value)})
        elif isinstance(value, (list, tuple)) and all(isinstance(one, Mapping) for one in value):
            self.combined.append({name: [self._inner(one) for one in value]})
        elif isinstance(value, str) and name not in (_AND, _OR, _NOT):
            self._set(name, value)  # a query in another language, as a text
        else:
            raise UsageError(f"{name} takes a query, or a list of them, not {value!r}")

    def _inner(self, quantities: Mapping[str, Any]) -> dict[str, Any]:
        return body_query(self.generation, self.known, quantities, typed=self.typed)

    def _set(self, key: str, value: Any) -> None:
        if key in self.query:
            raise UsageError(f"{key} is asked for twice, under two names")
        self.query[key] = value

    def _type(self, name: str) -> str:
        """Give the type of a quantity; none for one that only the server can know."""
        if name in self.generation.controls:
            raise UsageError(f"{name} is set by the helper itself, by limit, owner, include and exclude")
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
