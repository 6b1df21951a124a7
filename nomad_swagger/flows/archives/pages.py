"""The archives of some entries in one request; where a server fails at it, in as many as it takes to find the culprit.

A page may fail as a whole for one entry in it: NOMAD 0.7 refuses it with 401 or 404, 0.8 answers an empty list where an
upload's files are gone, and any version may break at an archive that is too much for it (500, or silence until the
time-out). Knows the query for archives; it must not know which entries are wanted, or what is done with them.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field
from typing import TYPE_CHECKING, Any

from nomad_swagger import dotted
from nomad_swagger.errors import (
    ApiError,
    Forbidden,
    IncompleteTransfer,
    NotFound,
    RequestTimeout,
    ServerError,
    Unauthorized,
)
from nomad_swagger.flows.records import Entry, FoundArchive, read_record
from nomad_swagger.light import dataclass
from nomad_swagger.science.required import project
from nomad_swagger.science.values import Archive
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

# One entry may be behind each of these; anything else would hit every entry alike.
_PASSING = (ServerError, RequestTimeout, IncompleteTransfer)
_OF_ONE_ENTRY = (*_PASSING, NotFound, Unauthorized, Forbidden)
_NO_ARCHIVE = "the server has no archive of it, or none for you"
# So many entries that fail one after the other, without one that does not, are no matter of single entries.
_MOST_FAILURES = 3
_MOST_AHEAD = 8


@dataclass
class Page:
    """What came for some entries.

    Attributes
    ----------
    archives : list of Archive
        In the order of the entries.
    missing : dict of str to str
        The ids of the others, each with the reason.
    doubtful : set of str
        Those of them that the server failed at, and may give another time.
    """

    archives: list[Archive] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ArchivePages:
    """Gets the archives of entries.

    Parameters
    ----------
    client : NomadClient
    owner : str
        As for :func:`search`.
    required : object
        Which parts, in NOMAD's words; None for all. Cut on our side where the server cannot.
    """

    client: NomadClient
    owner: Owner
    required: Any = None

    def get(self, entries: Sequence[Entry]) -> Page:
        """Give the archives of some entries.

        Raises
        ------
        InvalidRequest
            The server does not understand ``required``.
        ServerError, RequestTimeout, Unauthorized …
            It fails at whatever it is asked for.
        """
        page = Page()
        self._fill(page, entries)
        return page

    def _fill(self, page: Page, entries: Sequence[Entry]) -> None:
        try:
            found = self._ask(entries)
        except _OF_ONE_ENTRY as error:
            if len(entries) == 1:
                page.missing[entries[0].entry_id] = str(error)
                if isinstance(error, _PASSING):
                    page.doubtful.add(entries[0].entry_id)
                if not page.archives and len(page.missing) >= _MOST_FAILURES:
                    raise
                return
            found = None
        if found is None:
            half = len(entries) // 2
            self._fill(page, entries[:half])
            self._fill(page, entries[half:])
            return
        for entry in entries:
            if entry.entry_id in found:
                page.archives.append(self._archive(entry, found[entry.entry_id]))
            else:
                page.missing[entry.entry_id] = _NO_ARCHIVE

    def _ask(self, entries: Sequence[Entry]) -> Mapping[str, Mapping[str, Any]] | None:
        """Give contents by entry id; None where the answer does not tell, and fewer at once may."""
        nomad = self.client.nomad
        verb = nomad.verb("archives")
        assert verb.pages is not None
        asked = {
            "entry_ids": [entry.entry_id for entry in entries],
            "owner": self.owner,
            "size": len(entries),
            # all is what a server gives unless told, and not every description has a word for it
            "required": self.required if self._cut_there and self.required != "*" else None,
        }
        answer = nomad.json(nomad.prepare_verb("archives", asked))
        items = dotted.get(answer, verb.pages.items)
        if items is None and isinstance(answer, Mapping):
            raise ApiError(f"{verb.operation}: the answer has no archives in it", operation=verb.operation)
        if items is None:
            return {} if len(entries) == 1 else None
        found: list[FoundArchive] = [read_record(nomad.generation.records, "archive", item) for item in items]
        if len(entries) == 1 and found:
            return {entries[0].entry_id: found[0].content}
        if not all(item.entry_id for item in found):
            return None  # archives that do not say whose they are: one by one
        return {item.entry_id: item.content for item in found}

    def _archive(self, entry: Entry, content: Mapping[str, Any]) -> Archive:
        cut = content if self._cut_there or self.required is None else project(content, self.required)
        return Archive(cut, entry_id=entry.entry_id, upload_id=entry.upload_id, required=self.required, about=entry.raw)

    @property
    def _cut_there(self) -> bool:
        return self.client.nomad.takes("archives", "required")


def pages_ahead(source: ArchivePages, entries: Iterator[Entry], size: int) -> Iterator[Page]:
    """Give page after page in order; while one is worked on, others are under way in threads.

    As many as the line asks for: whenever a page had to be waited for, twice as many, up to eight. Each is a request
    like any other: the polite rate, retries and pauses are the transport's.

    Parameters
    ----------
    source : ArchivePages
    entries : iterator of Entry
        Read in a thread of its own: listing them may ask the server.
    size : int
        Entries on a page.
    """
    lister, workers = ThreadPoolExecutor(1, "entries"), ThreadPoolExecutor(_MOST_AHEAD, "archives")
    ahead: deque[Future[Page | None]] = deque()
    width = 1

    def fetch(chunk: Future[list[Entry]]) -> Page | None:
        listed = chunk.result()
        return source.get(listed) if listed else None

    def fill() -> None:
        while len(ahead) < width:
            chunk = lister.submit(lambda: list(itertools.islice(entries, size)))
            ahead.append(workers.submit(fetch, chunk))

    try:
        fill()
        while True:
            coming = ahead.popleft()
            if not coming.done():
                width = min(2 * width, _MOST_AHEAD)
            fill()
            page = coming.result()
            if page is None:
                return
            yield page
    finally:
        for pool in (lister, workers):
            pool.shutdown(wait=False, cancel_futures=True)
