"""Search: entries, lazily, over all pages.

Knows what a search is to a scientist; how a server pages and names things is in its generation.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nomad_swagger import display
from nomad_swagger.errors import NomadError, NomadWarning, UsageError
from nomad_swagger.flows.asked import as_found
from nomad_swagger.flows.fields import excluded_there, filtered, included_there
from nomad_swagger.flows.ordering import Order, Ordering, read_ordering, up_to
from nomad_swagger.flows.paging import Paged, pages_of
from nomad_swagger.flows.quantities import Query, bind
from nomad_swagger.flows.records import Entry, read_record
from nomad_swagger.flows.values import whole_number
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.words import Owner, check_owner

if TYPE_CHECKING:
    import pandas

    from nomad_swagger.client.client import NomadClient

_DEFAULT_OWNER: Owner = "public"
_PLAIN, _SORTED = "search", "search_sorted"
# What a notebook and a prompt show of results.
_SHOWN, _COLUMNS = 10, ("entry_id", "formula", "code", "mainfile", "owner", "published")


def search(
    client: NomadClient,
    *,
    owner: Owner = _DEFAULT_OWNER,
    limit: int | None = None,
    include: Sequence[str] | str | None = None,
    exclude: Sequence[str] | str | None = None,
    order_by: str | None = None,
    order: Order = "asc",
    newest: int | None = None,
    query: Mapping[str, Any] | None = None,
    **quantities: Any,
) -> Results:
    """Find entries.

    Parameters
    ----------
    client : NomadClient
    owner : {"public", "visible", "user", "shared", "staging", "all", "admin"}
        Whose: what everybody sees; that and your own; yours; yours and what is shared with you; your unpublished ones.
    limit : int, optional
        How many at most; by default all.
    include, exclude : sequence of str, optional
        Fields of NOMAD's answer (``.raw``) to keep or to leave out, with all that is below them; ``dft.*`` is fine.
    order_by : {"upload_time", "entry_id", "formula", "code", "mainfile", "comment"}, optional
        The order of the hits; those that are equal in it follow by their ids, and those that lack it come last. Every
        order but ``upload_time`` fetches all hits before the first one is given.
    order : {"asc", "desc"}
    newest : int, optional
        The so many that were uploaded last: ``order_by="upload_time"``, ``order="desc"`` and a limit in one.
    query : mapping, optional
        More quantities, by names that are no Python identifiers (``{"dft.code_name": "VASP"}``). Where the server has
        operators, with them (``{"results.material.n_elements:gte": 2}``), and under ``and``, ``or`` and ``not``.
    **quantities
        What to search for. Our words, the same on every NOMAD: ``elements`` (contains all of them),
        ``only_elements`` (exactly these), ``formula``, ``code``, ``upload_id``, ``entry_id``, ``dataset``, ``doi`` (any
        of the values given), ``path`` (a folder or file name on the way to any file), ``optimade`` (a filter in
        OPTIMADE's language, where the server takes one). Besides, every quantity that the server's own description
        names.

    Returns
    -------
    Results
        An iterable of :class:`Entry`; ``.total`` is the number of hits.

    Raises
    ------
    UnknownArgument
        No such quantity: NOMAD would ignore it and match everything.

    Examples
    --------
    >>> for entry in search(client, elements=["Si", "O"], limit=3):         # doctest: +SKIP
    ...     print(entry.formula, entry.code)
    """
    wanted = {**(query or {}), **quantities}
    limit = whole_number("limit", limit, least=0) if limit is not None else None
    if newest is not None:
        newest = whole_number("newest", newest, least=1)
        limit = newest if limit is None else min(limit, newest)
    return Results(
        client,
        bind(client.nomad, "search", as_found(client, wanted)),
        owner=owner,
        limit=limit,
        include=_names(include),
        exclude=_names(exclude),
        ordering=read_ordering(client.nomad.generation, order_by, order, newest),
        wanted=wanted,
    )


class Results:
    """The hits of a search, fetched page by page while one iterates."""

    def __init__(
        self,
        client: NomadClient,
        query: Query,
        *,
        owner: Owner,
        limit: int | None = None,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        after: str = "",
        trim: bool = True,
        ordering: Ordering | None = None,
        wanted: Mapping[str, Any] | None = None,
    ) -> None:
        check_owner(owner)
        self._client, self._query, self._owner, self.limit, self._after = client, query, owner, limit, after
        self._include, self._exclude, self._trim = include, exclude, trim
        self._ordering, self._wanted, self._explained = ordering, wanted or {}, False
        self._parts = [self._paged(variant) for variant in query.variants]

    @property
    def query(self) -> Query:
        """Give what is asked, in the server's names."""
        return self._query

    @property
    def owner(self) -> Owner:
        """Give whose entries are searched."""
        return self._owner

    @cached_property
    def total(self) -> int:
        """Give the number of hits on the server, whatever ``limit`` says; asked once.

        Where an entry can be found by several values of one quantity, all pages are fetched to count it once.
        """
        total = sum(1 for _ in self._distinct()) if self._query.overlapping else sum(part.total for part in self._parts)
        if total == 0:
            self._explain()
        return total

    @property
    def by_id(self) -> bool:
        """Tell whether the server gives the hits in the order of their ids."""
        pages = self._client.nomad.verb("search").pages
        return pages is not None and pages.walk is not None and pages.walk.by_id and len(self._query.variants) == 1

    def unfiltered(self) -> Results:
        """Give the same hits, all of them, with NOMAD's whole answers."""
        return Results(self._client, self._query, owner=self._owner)

    def to_pandas(self) -> pandas.DataFrame:
        """Give one row for each entry, with the fields of :class:`Entry` but ``raw`` as columns.

        Names and types of the columns are the same whatever is found: texts are strings, ``published`` and
        ``with_embargo`` booleans, ``elements``, ``references`` and ``datasets`` lists. Needs the extra ``[pandas]``.
        """
        from nomad_swagger.science.frames import columns_of, frame

        return frame(self, columns_of(Entry))

    def __iter__(self) -> Iterator[Entry]:
        rules, filters, found = self._client.nomad.generation.records, self._filters, False
        for item in itertools.islice(self._in_order(), self.limit):
            found = True
            entry: Entry = read_record(rules, "entry", item)
            yield replace(entry, raw=filtered(item, self._include, self._exclude)) if filters else entry
        if not found and self.limit != 0:
            self._explain()

    def __len__(self) -> int:
        return self.total if self.limit is None else min(self.total, self.limit)

    @property
    def asked(self) -> str:
        """What is searched, in words; nothing is sent for it."""
        return f"{' or '.join(str(variant or 'all') for variant in self._query.variants)} for owner {self._owner}"

    def __repr__(self) -> str:
        from nomad_swagger.screen.prompt import as_rows

        try:
            first = list(itertools.islice(self, _SHOWN))
            below = f"{len(first)} of {self.total} entries: {self.asked}"
            return as_rows(first, _COLUMNS, key="entry_id", below=below)
        except NomadError as error:  # who prints a value shall not meet an exception for it
            return f"<Results of {self.asked}: {error}>"

    def _repr_html_(self) -> str:
        first = list(itertools.islice(self, _SHOWN))
        rows = [[getattr(entry, column) for column in _COLUMNS] for entry in first]
        return display.grid(f"{len(first)} of {self.total} entries", _COLUMNS, rows)

    def _explain(self) -> None:
        """Say, once, what could be wrong with a search that found nothing."""
        if not self._explained and self._wanted:
            from nomad_swagger.flows.nothing_found import why_nothing  # late: mostly something is found

            self._explained = True
            for words in why_nothing(self._client, self._wanted, self._owner):
                warnings.warn(f"nothing found: {words}", NomadWarning, stacklevel=4)

    def _in_order(self) -> Iterator[Mapping[str, Any]]:
        """Give the hits in the order that is asked for.

        Raises
        ------
        UsageError
            There are more than this server sorts.
        """
        if self._ordering is None:
            return self._distinct()
        if self._sorted_there:
            most = self._client.nomad.verb(_SORTED).most_entries
            return self._ordering.sorted(up_to(most, itertools.chain.from_iterable(self._parts)))
        return self._ordering.sorted(self._distinct())

    @property
    def _sorted_there(self) -> bool:
        return self._ordering is not None and self._ordering.by_server and len(self._query.variants) == 1

    @property
    def _filters(self) -> bool:
        return self._trim and bool(self._include or self._exclude)

    def _distinct(self) -> Iterator[Mapping[str, Any]]:
        items = itertools.chain.from_iterable(self._parts)
        if not self._query.overlapping:
            yield from items
            return
        rules, seen = self._client.nomad.generation.records, set()
        for item in items:
            entry_id = read_record(rules, "entry", item).entry_id
            if entry_id not in seen:
                seen.add(entry_id)
                yield item

    @property
    def first_call(self) -> PreparedCall:
        """Give the first request of the search.

        Raises
        ------
        UsageError
            There is not one first request: this server takes several searches for it.
        """
        if len(self._parts) > 1:
            raise UsageError("this server needs several requests for that: ask for one value at a time")
        return self._call(self._query.variants[0], self._parts[0].first_step)

    @property
    def _verb(self) -> str:
        return _SORTED if self._sorted_there else _PLAIN

    def _call(self, variant: Mapping[str, Any], step: Mapping[str, Any]) -> PreparedCall:
        return self._client.nomad.prepare_verb(self._verb, self._on_server, native={**variant, **step})

    @cached_property
    def _on_server(self) -> Mapping[str, Any]:
        """Give what is said beside the query: whose entries, which of their fields, in which order."""
        nomad, verb, ordering = self._client.nomad, self._verb, self._ordering
        said: dict[str, Any] = {"owner": self._owner}
        if nomad.takes(verb, "exclude"):
            said["exclude"] = excluded_there(nomad, self._exclude) or None
        if nomad.takes(verb, "include"):
            said["include"] = included_there(nomad, self._include) or None
        if ordering is not None and verb == _SORTED:
            said["order_by"] = nomad.generation.sorted_there[ordering.name]
            said["order"] = "desc" if ordering.descending else "asc"
        return said

    def _paged(self, variant: Mapping[str, Any]) -> Paged:
        nomad, verb, said = self._client.nomad, self._verb, self._on_server

        def ask(step: Mapping[str, Any]) -> Any:  # holds no Results: in a ring, pages would wait for the collector
            return nomad.json(nomad.prepare_verb(verb, said, native={**variant, **step}))

        after = self._after or None if self.by_id else None  # no other order has a place behind an id
        limit = self.limit if self._ordering is None else None  # which of several equal ones go first is seen here
        return Paged(ask, pages_of(nomad, verb), limit, what="the search", after=after)


def _names(names: Sequence[str] | str | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())
