"""From our words for what is searched to the server's parameters.

Three kinds of names are taken: our shared words (``elements``, ``code`` …), with one meaning on every generation; the
document's own; and names that another version of the same generation used, which are translated with a note. Anything
else is refused here, since NOMAD ignores what it does not know and would then match everything.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nomad_swagger.apispec.operations import Parameter
from nomad_swagger.errors import NomadWarning, UnknownArgument, UsageError
from nomad_swagger.flows.body_query import body_query
from nomad_swagger.flows.values import as_wanted, native, values_of
from nomad_swagger.generations.generation import Generation, Quantity, place, word_of
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


@dataclass(frozen=True)
class Query:
    """A search in the server's names.

    Attributes
    ----------
    variants : tuple of dict
        What to ask for, as parameters of the search's operation; several where the server cannot say "one of these
        values" in one request.
    overlapping : bool
        An entry can be found by more than one variant.
    """

    variants: tuple[dict[str, Any], ...]
    overlapping: bool = False


@dataclass(frozen=True)
class _Binder:
    generation: Generation
    parameters: Mapping[str, Parameter]
    """The search operation's, by name."""
    noting: bool
    typed: bool = True
    fixed: dict[str, Any] = field(default_factory=dict)
    spread: dict[str, list[Any]] = field(default_factory=dict)
    overlapping: list[str] = field(default_factory=list)

    def add(self, name: str, value: Any) -> None:
        word = self.generation.quantities.get(name)
        target = place(word.names, self.parameters) if word else None
        if word is None or target is None:
            target = self._native(name, ours=word is not None)
            self._set(target, native(word_of(self.generation, target), value))
            return
        values = values_of(word, name, value, target, typed=self.typed)
        if word.several == "all":
            self._set(target, values if self._takes_several(target) else values[0], values)
        elif not self._fits_in_one(word, target, values):
            self._spread(target, values)
            if word.server == "all":
                self.overlapping.append(target)
        elif len(parts := self._parts(target, values)) > 1:
            self._spread(target, parts)
        else:
            self._set(target, values if self._takes_several(target) else values[0], values)

    def _spread(self, target: str, values: list[Any]) -> None:
        self._claim(target)
        self.spread[target] = [_as_document_wants(self.parameters[target], one) for one in values]

    def _fits_in_one(self, word: Quantity, target: str, values: list[Any]) -> bool:
        return len(values) == 1 or (self._takes_several(target) and word.server == "any")

    def _parts(self, target: str, values: list[Any]) -> list[list[Any]]:
        """Give values in as many parts as it takes for each to fit in a request's line."""
        most = self.generation.line_bytes or math.inf
        parts: list[list[Any]] = [[]]
        filled = 0
        for value in values:
            size = len(quote(f"&{target}={value}"))
            if filled + size > most and parts[-1]:
                parts.append([])
                filled = 0
            parts[-1].append(value)
            filled += size
        return parts

    def _takes_several(self, target: str) -> bool:
        return self.parameters[target].type == "array"

    def _set(self, target: str, value: Any, values: list[Any] | None = None) -> None:
        if values is not None and len(values) > 1 and not self._takes_several(target):
            raise UsageError(
                f"{target} takes one value on this server, not {len(values)}: {', '.join(map(str, values))}"
            )
        self._claim(target)
        self.fixed[target] = _as_document_wants(self.parameters[target], value)

    def _claim(self, target: str) -> None:
        if target in self.fixed or target in self.spread:
            raise UsageError(f"{target} is asked for twice, under two names")

    def _native(self, name: str, *, ours: bool) -> str:
        """Give the document's name for what a caller wrote, or refuse it."""
        if name in self.generation.controls:
            raise UsageError(f"{name} is set by the helper itself, by limit, owner, include and exclude")
        if name in self.parameters:
            return name
        for other in _other_names(self.generation, name, self.parameters):
            if self.noting:
                warnings.warn(
                    f"{name!r} is called {other!r} on this server; asking for that", NomadWarning, stacklevel=6
                )
            return other
        if ours:
            raise UnknownArgument(name, where="of search: this server's description has nothing to search by it")
        known = [*self.generation.quantities, *(p for p in self.parameters if p not in self.generation.controls)]
        raise UnknownArgument(name, known, where="of search on this server")


def bind(nomad: Nomad, verb: str, quantities: Mapping[str, Any], *, noting: bool = True, typed: bool = True) -> Query:
    """Give a search in the server's names.

    Parameters
    ----------
    nomad : Nomad
    verb : str
        The operation that takes the quantities.
    quantities : mapping
    noting : bool
        Warn of names that were translated; not, where that was said already.
    typed : bool
        Read values as people type them; not, where they are no real ones.

    Raises
    ------
    UnknownArgument
        No such quantity; the message offers the nearest.
    UsageError
        A value of another type, an empty list, several values where one is allowed, or one thing asked for twice.
    """
    way = nomad.verb(verb)
    if way.quantities:
        return Query(({way.quantities: body_query(nomad.generation, nomad.vocabulary, quantities, typed=typed)},))
    operation = nomad.spec.operation(way.operation)
    binder = _Binder(nomad.generation, {p.name: p for p in operation.parameters}, noting, typed)
    for name, value in quantities.items():
        if value is not None:
            binder.add(name, value)
    names = list(binder.spread)
    variants = tuple(
        {**binder.fixed, **dict(zip(names, values, strict=True))} for values in product(*binder.spread.values())
    )
    return Query(variants, bool(binder.overlapping))


def _as_document_wants(parameter: Parameter, value: Any) -> Any:
    return as_wanted(parameter.name, parameter.item_type if parameter.type == "array" else parameter.type, value)


def _other_names(generation: Generation, name: str, parameters: Collection[str]) -> Iterator[str]:
    """Give the names of this document for a name that another version of the generation uses."""
    candidates = [*generation.renamed.get(name, ())]
    candidates += [old for old, new in generation.renamed.items() if name in new]
    candidates += [prefix + name for prefix in generation.prefixes]
    candidates += [name.removeprefix(prefix) for prefix in generation.prefixes if name.startswith(prefix)]
    return (candidate for candidate in candidates if candidate in parameters)
