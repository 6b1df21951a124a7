"""Ask a server how many entries have which value: the requests behind :mod:`nomad_swagger.flows.statistics`.

Knows how lists of values are paged, cut and put together; operations and the places in answers are the generation's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.errors import InvalidRequest, NomadWarning, UsageError
from nomad_swagger.flows.paging import whole_answers
from nomad_swagger.flows.quantities import Query, bind
from nomad_swagger.flows.record_rules import as_utc
from nomad_swagger.flows.search import Results
from nomad_swagger.light import dataclass
from nomad_swagger.words import Owner, check_owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.nomad import Nomad
    from nomad_swagger.generations.verbs import Verb

_MONTH = "1M"
_NUMBER_BUCKETS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Passes as a value of any type, so that the search's own binding gives a quantity's name.
_ANY_VALUE = "1"
_NUMBERS = ("integer", "number")


@dataclass
class Tally:
    """What was counted.

    Attributes
    ----------
    entries, metrics : dict
        Value → number of entries, and value → metric.
    total : int
        Entries that match.
    complete : bool
        The server gave all values.
    interval : str or float or None
        Of times and numbers, where it is known.
    answers : list
        NOMAD's.
    """

    entries: dict[Any, int] = field(default_factory=dict)
    metrics: dict[Any, float] = field(default_factory=dict)
    total: int | None = None
    complete: bool = True
    interval: str | float | None = None
    answers: list[Any] = field(default_factory=list)

    def add(self, value: Any, entries: int, metric: float | None) -> None:
        """Count entries of a value; one that was there already has more."""
        self.entries[value] = self.entries.get(value, 0) + entries
        if metric is not None:
            self.metrics[value] = int(metric) if float(metric).is_integer() else metric  # sums come as 33.0

    def keep(self, values: list[Any]) -> None:
        """Keep these values only, in this order."""
        self.entries = {value: self.entries[value] for value in values}
        self.metrics = {value: self.metrics[value] for value in values if value in self.metrics}


@dataclass(frozen=True)
class Question:
    """Which entries, and what besides their number."""

    client: NomadClient
    wanted: Mapping[str, Any]
    owner: Owner = "public"
    metric: str | None = None

    def __post_init__(self) -> None:
        check_owner(self.owner)

    @property
    def nomad(self) -> Nomad:
        """Give the server."""
        return self.client.nomad

    def values(self, name: str, limit: int | None) -> Tally:
        """Count by value; the most frequent first, and among equals by name."""
        limited = limit is not None and self.nomad.takes("count_values", "most")
        direct = self.nomad.takes("count_values", "metric")
        tally = self._ask("count_values", name, with_metric=direct, most=limit if limited else None)
        counted = [value for value, entries in tally.entries.items() if entries]
        tally.keep(sorted(counted, key=lambda value: (-tally.entries[value], str(value)))[:limit])
        if not tally.complete:
            warnings.warn(
                f"the server ended the list of {name} after {len(counted)} values; there are more",
                NomadWarning,
                stacklevel=3,
            )
        if self.metric and not direct:
            measured = self._ask("measure_values", name)
            tally.answers += measured.answers
            tally.metrics = {value: measured.metrics[value] for value in tally.entries if value in measured.metrics}
        return self._checked(tally, name)

    def times(self, name: str, interval: str | float | None) -> Tally:
        """Count by interval of time; in order."""
        taken = self.nomad.takes("count_times", "interval")
        if not taken and interval not in (None, _MONTH):
            raise UsageError(f"this server counts {name} by month: interval={_MONTH!r} or none, not {interval!r}")
        if self.metric and not self.nomad.takes("count_times", "metric"):
            raise UsageError(f"this server gives no metric by {name}, only the number of entries")
        tally = self._ask("count_times", name, interval=(interval or _MONTH) if taken else None)
        tally.entries = {_moment(value): entries for value, entries in tally.entries.items()}
        tally.metrics = {_moment(value): metric for value, metric in tally.metrics.items()}
        tally.interval = interval or _MONTH
        tally.keep(sorted(tally.entries))
        return self._checked(tally, name)

    def numbers(self, name: str, interval: str | float | None) -> Tally:
        """Count by interval of a number; in order."""
        width = _width(name, interval)
        buckets = None if width else _NUMBER_BUCKETS
        tally = self._ask("count_numbers", name, interval=width, buckets=buckets)
        tally.interval = width
        tally.keep(sorted(tally.entries))
        return self._checked(tally, name)

    def _ask(self, verb: str, name: str, *, with_metric: bool = True, **more: Any) -> Tally:
        """Count by one verb.

        Raises
        ------
        InvalidRequest
            The answer has nothing about the quantity.
        """
        way, tally = self.nomad.verb(verb), Tally()
        metric = self.metric if with_metric else None
        given = {"owner": self.owner, "metric": metric and [metric], **more}
        if self.nomad.takes(verb, "quantity"):
            given["quantity"] = name
        for variant in self._query(verb).variants:
            for number, (answer, cut) in enumerate(_pages(self.nomad, verb, {**variant}, given)):
                tally.answers.append(answer)
                tally.complete &= not cut
                self._add_total(tally, answer, first=number == 0)
                for bucket in _buckets(way, answer, name, metric):
                    tally.add(*bucket)
        return tally

    def _add_total(self, tally: Tally, answer: Any, *, first: bool) -> None:
        pages = self.nomad.verb("search").pages
        assert pages is not None
        total = dotted.get(answer, pages.total)
        if first and total is not None:
            tally.total = (tally.total or 0) + int(total)

    def total(self, tally: Tally) -> int:
        """Give the number of entries that match; asked for where the counts came without."""
        if tally.total is not None:
            return tally.total
        query = bind(self.nomad, "search", self.wanted, noting=False)
        return Results(self.client, query, owner=self.owner, limit=1).total

    def _checked(self, tally: Tally, name: str) -> Tally:
        """Give the tally, marked incomplete where the server has the metric for some values only.

        Raises
        ------
        InvalidRequest
            It has it for none.
        """
        lacking = len(tally.entries) - len(tally.metrics) if self.metric else 0
        if lacking and not tally.metrics:
            raise InvalidRequest(
                f"this server gives no {self.metric} by {name}; ask without metric, or for another one"
            )
        if lacking:
            tally.complete = False
            warnings.warn(
                f"the server gives {self.metric} for {len(tally.metrics)} of {len(tally.entries)} values of {name}",
                NomadWarning,
                stacklevel=4,
            )
        return tally

    def _query(self, verb: str) -> Query:
        """Give the entries asked for, once each.

        Raises
        ------
        UsageError
            The server cannot be asked in one go, and adding up several answers would count some entries twice.
        """
        query = bind(self.nomad, verb, self.wanted, noting=verb != "measure_values")
        if len(query.variants) > 1 and (query.overlapping or self.metric):
            raise UsageError(
                "this server takes one value only of what was given several of, and what it gives for each cannot be "
                "added up here: ask for each value on its own"
            )
        return query


def name_and_kind(nomad: Nomad, quantity: str) -> tuple[str, str]:
    """Give the server's name for a quantity, and what is counted: values, times or numbers.

    Raises
    ------
    UnknownArgument
        No such quantity.
    UsageError
        It cannot be counted.
    """
    generation = nomad.generation
    if quantity in generation.times:
        return generation.times[quantity], "times"
    if quantity in (*generation.uncounted, *generation.connectives) or ":" in quantity:
        raise UsageError(f"{quantity} cannot be counted: it is no quantity that an entry has whole values of")
    field = nomad.verb("count_values").quantities
    (bound,) = bind(nomad, "count_values", {quantity: _ANY_VALUE}, typed=False).variants
    name = next(iter(bound[field] if field else bound)).partition(":")[0]
    known = nomad.vocabulary.get(name)
    return name, "numbers" if known and known.type in _NUMBERS else "values"


def _pages(nomad: Nomad, verb: str, variant: dict[str, Any], given: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Give answer after answer, each with whether the server ended the list there though there is more."""
    pages = nomad.verb(verb).pages
    assert pages is not None
    if given.get("most") is not None:
        pages = replace(pages, walk=None)  # the most frequent ones come on one page

    def ask(step: Mapping[str, Any]) -> Any:
        return nomad.json(nomad.prepare_verb(verb, given, native={**variant, **step}))

    return whole_answers(ask, pages, what=verb)


def _buckets(way: Verb, answer: Any, name: str, metric: str | None) -> Iterator[tuple[Any, int, float | None]]:
    """Give value, entries and metric of each bucket in an answer.

    Raises
    ------
    InvalidRequest
    """
    assert way.pages is not None
    found = dotted.get(answer, way.pages.items.format(quantity=name))
    if found is None:
        raise InvalidRequest(
            f"{way.operation}: the answer has nothing about {name}{f' with the metric {metric}' if metric else ''}; "
            "this server gives it for other quantities",
            operation=way.operation,
        )
    items = found.items() if isinstance(found, Mapping) else ((dotted.get(i, way.bucket["value"]), i) for i in found)
    place = way.bucket.get("metric", "").format(metric=metric) if metric else ""
    for value, item in items:
        yield value, int(dotted.get(item, way.bucket["entries"], 0)), dotted.get(item, place) if place else None


def _width(name: str, interval: str | float | None) -> float | None:
    if interval is None:
        return None
    try:
        width = float(interval)
    except ValueError:
        width = 0.0
    if not 0 < width < math.inf:
        raise UsageError(f"{name} is a number: its interval is a number above 0, not {interval!r}")
    return width


def _moment(value: Any) -> datetime:
    """Give a bucket's beginning: v0 has it in milliseconds, v1 as a date."""
    text = str(value)
    if text.lstrip("-").isdigit():
        return _EPOCH + timedelta(milliseconds=int(text))
    moment = as_utc(text)
    assert moment is not None
    return moment
