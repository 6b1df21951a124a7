"""A list of files that is fetched while one goes through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from nomad_swagger import display
from nomad_swagger.flows.file_records import File

_SHOWN = 20  # in a notebook


class Files(Sequence[File]):
    """Files, fetched while one goes through them; what was fetched is kept."""

    def __init__(self, found: Iterable[File]) -> None:
        self._rest = iter(found)
        self._known: list[File] = []

    def __iter__(self) -> Iterator[File]:
        at = 0
        while at < len(self._known) or self._fetch():
            yield self._known[at]
            at += 1

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        if isinstance(index, int) and index >= 0:
            while len(self._known) <= index and self._fetch():
                pass
        else:
            self._all()
        return self._known[index]

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"<Files: {len(self._known)} known so far>"

    def _repr_html_(self) -> str:
        rows = [[file.path, file.size_bytes] for file in self._all()[:_SHOWN]]
        return display.grid(f"{len(rows)} of {len(self)} files", ("path", "size_bytes"), rows)

    def _all(self) -> list[File]:
        while self._fetch():
            pass
        return self._known

    def _fetch(self) -> bool:
        found = next(self._rest, None)
        if found is not None:
            self._known.append(found)
        return found is not None
