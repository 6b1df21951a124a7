"""Records of a list, fetched while one goes through them, and shown as rows where somebody looks at them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from nomad_swagger import display
from nomad_swagger.errors import NomadError

T = TypeVar("T")
_SHOWN = 20


class Listed(Iterable[T], Generic[T]):
    """Records, fetched while one goes through them; what was fetched is kept, so one may do so again.

    Parameters
    ----------
    records : iterable
    what : str
        In the plural: "uploads".
    columns : sequence of str
        What is shown of a record.
    key : str
        The column of its id.
    """

    def __init__(self, records: Iterable[T], what: str, columns: Sequence[str], *, key: str) -> None:
        self._rest, self._known, self._at = iter(records), list[T](), 0
        self._what, self._columns, self._key = what, columns, key

    def __iter__(self) -> Iterator[T]:
        for at in itertools.count():
            if not self._has(at):
                return
            yield self._known[at]

    def __next__(self) -> T:
        if not self._has(self._at):
            raise StopIteration
        self._at += 1
        return self._known[self._at - 1]

    def __repr__(self) -> str:
        from nomad_swagger.screen.prompt import as_rows

        try:
            return as_rows(self._first(), self._columns, key=self._key, below=self._title())
        except NomadError as error:  # who prints a value shall not meet an exception for it
            return f"<{self._what}: {error}>"

    def _repr_html_(self) -> str:
        rows = [[getattr(record, column) for column in self._columns] for record in self._first()]
        return display.grid(self._title(), self._columns, rows)

    def _has(self, at: int) -> bool:
        self._known += itertools.islice(self._rest, max(at + 1 - len(self._known), 0))
        return at < len(self._known)

    def _first(self) -> list[T]:
        self._has(_SHOWN)
        return self._known[:_SHOWN]

    def _title(self) -> str:
        shown = len(self._first())
        what = self._what.removesuffix("s") if shown == 1 else self._what
        return f"the first {shown} {what}" if self._has(shown) else f"{shown} {what}"
