"""Walk through an answer that comes in pages; every page loop of the project is here.

Everything that differs between NOMAD versions comes in as data. Must not know uploads or entries.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.errors import NomadWarning, ServerError
from nomad_swagger.flows.records import read_record
from nomad_swagger.generations.verbs import Pages
from nomad_swagger.light import dataclass
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad

Ask = Callable[[Mapping[str, Any]], Any]
"""Sends one request with these native parameters added and gives its JSON."""


@dataclass
class Paged:
    """The items of a paged answer, fetched when asked for.

    Parameters
    ----------
    ask : callable
    pages : Pages
        How this answer is paged.
    limit : int or None
        Items wanted at most.
    what : str
        For messages.
    after : str or None
        The token to begin behind, where the pages can be walked so.
    """

    ask: Ask
    pages: Pages
    limit: int | None = None
    what: str = "the answer"
    after: str | None = None

    def __post_init__(self) -> None:
        self._first: Any = None

    @property
    def first_step(self) -> dict[str, Any]:
        """Give the native parameters that ask for the first page."""
        begin = {self.pages.walk.send: self.after} if self.after and self.pages.walk else {}
        return {**self._page(1, self._wanted(self.pages.page_items)), **begin}

    @property
    def first_answer(self) -> Any:
        """Give the first page's whole answer; asked once."""
        if self._first is None:
            self._first = self.ask(self.first_step)
        return self._first

    @property
    def total(self) -> int:
        """Give the number of items in all pages."""
        found = dotted.get(self.first_answer, self.pages.total) if self.pages.total else None
        return int(found) if found is not None else len(self._items(self.first_answer))

    def __iter__(self) -> Iterator[Any]:
        for count, item in enumerate(self._all(), 1):
            yield item
            if count == self.limit:
                return

    def _all(self) -> Iterator[Any]:
        first = self._items(self.first_answer)
        wanted = self.total if self.limit is None else min(self.total, self.limit)
        if len(first) >= wanted:
            yield from first
        elif self.pages.walk is not None:
            yield from self._walked()
        else:
            yield from self._numbered(first)

    def _numbered(self, first: list[Any]) -> Iterator[Any]:
        """Give page after page by number; without numbers there is one page."""
        number, items, given = 1, first, 0
        seen: set[int] = set()
        while items:
            self._check_new(items, seen, given)
            yield from items
            given += len(items)
            if not self.pages.number or given >= self.total:
                return
            number += 1
            items = self._items(self.ask(self._page(number, self.pages.page_items)))

    def _walked(self) -> Iterator[Any]:
        """Give page after page by the token that each one carries.

        Where tokens come with a walk only, the first page is asked again as its first step.
        """
        walk = self.pages.walk
        assert walk is not None
        given = 0
        seen: set[int] = set()  # of whole pages: v0 gives the same token each time, and that is no loop
        step = {**walk.constants, self.pages.size: self._wanted(walk.page_items)}
        answer = self.ask(step) if walk.restart else self.first_answer
        while True:
            items, token = self._items(answer), dotted.get(answer, walk.cursor)
            self._check_new(items, seen, given)
            yield from items
            given += len(items)
            if not items or not token:
                self._warn_if_short(given, dotted.first(answer, [walk.total, self.pages.total]))
                return
            answer = self.ask({**step, walk.send: token})

    def _check_new(self, items: list[Any], seen: set[int], given: int) -> None:
        """Refuse a page that came before.

        Raises
        ------
        ServerError
        """
        page = hash(repr((len(items), items[:1], items[-1:])))  # the whole of a big page takes as long as its JSON
        if items and page in seen:
            raise ServerError(
                f"{self.what}: the server gave the same page twice (after {given} of {self.total} items); "
                "it would go on like that for ever. Ask again, or with another order."
            )
        seen.add(page)

    def _warn_if_short(self, given: int, total: Any) -> None:
        if total is not None and given < int(total) and not self.after:
            warnings.warn(
                f"{self.what}: the server ended it after {given} of {total} items; ask again",
                NomadWarning,
                stacklevel=2,
            )

    def _page(self, number: int, size: int) -> dict[str, Any]:
        named = {self.pages.size: size, self.pages.number: number if number > 1 else None}
        return {name: value for name, value in named.items() if name and value is not None}

    def _wanted(self, most: int) -> int:
        return most if self.limit is None else max(min(most, self.limit), 1)

    def _items(self, answer: Any) -> list[Any]:
        found = dotted.get(answer, self.pages.items)
        if isinstance(found, Mapping):
            return list(found.values())
        return list(found or [])


def first_page(nomad: Nomad, verb: str, arguments: Mapping[str, Any]) -> PreparedCall:
    """Give the request for the first page of a list, as :func:`records_of` sends it."""
    step = Paged(lambda _: None, pages_of(nomad, verb)).first_step
    return nomad.prepare_verb(verb, arguments, native=step)


def pages_of(nomad: Nomad, verb: str) -> Pages:
    """Give how a verb's answer is paged."""
    pages = nomad.verb(verb).pages
    assert pages is not None
    return pages


def whole_answers(ask: Ask, pages: Pages, *, what: str) -> Iterator[tuple[Any, bool]]:
    """Give answer after answer of a list whose length nobody tells, as counts are.

    A page that is not full is the last one.

    Returns
    -------
    iterator of (answer, bool)
        The second tells that the server ended the list there though the page is full, so there may be more.

    Raises
    ------
    ServerError
        It would go on for ever.
    """
    walk = pages.walk
    step: dict[str, Any] = {pages.size: pages.page_items} if walk else {}
    seen = set()
    while True:
        answer = ask(step)
        full = walk is not None and len(dotted.get(answer, pages.items) or ()) >= pages.page_items
        token = dotted.get(answer, walk.cursor) if walk and full else None
        yield answer, full and token is None
        if walk is None or token is None:
            return
        if token in seen:
            raise ServerError(f"{what}: the server gives the values after {token!r} again and again; ask again later")
        seen.add(token)
        step = {**step, walk.send: str(token)}


def records_of(
    nomad: Nomad,
    verb: str,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    what: str,
    native: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """Give the items of a list as records, page by page.

    Parameters
    ----------
    nomad : Nomad
    verb : str
    kind : str
        Of the records, as the generation's ``records`` table has it.
    arguments : mapping
        By our names.
    what : str
        For messages.
    native : mapping, optional
        By the document's names.
    """
    pages = pages_of(nomad, verb)

    def ask(step: Mapping[str, Any]) -> Any:
        return nomad.json(nomad.prepare_verb(verb, arguments, native={**(native or {}), **step}))

    for item in Paged(ask, pages, what=what):
        yield read_record(nomad.generation.records, kind, item)
