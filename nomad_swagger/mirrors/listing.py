"""The listing of a mirror: all hits of its query into the ledger, their metadata into shards, and what is to come.

It goes on where it broke off, where the server pages in the order of ids. A later listing finds what is new, what
changed, and what is gone; what has not changed costs its place on a page, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.search import Results
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.entries import Row
from nomad_swagger.mirrors.layout import ARCHIVES, METADATA, Layout, shard_path
from nomad_swagger.mirrors.ledger import Book, add_shard
from nomad_swagger.mirrors.metadata import hits, mark_of, row, write_shard

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHARD, _ARCHIVES = 2000, 1000
_AT_ONCE = 500  # ids in one question to the ledger
_LAG_S = 3600.0  # how far the server's clock and index may be behind ours

Seen = Callable[[int, int], None]
"""Told how many hits are listed, and of how many."""
NOTE = "listing"


@dataclass
class Listing:
    """One listing of a mirror.

    Parameters
    ----------
    client : NomadClient
    layout : Layout
    book : Book
    seen : callable
    clock : callable
        Seconds since 1970.
    shard : int
        Entries that are written at once, and are one file of metadata where all of them are new.
    """

    client: NomadClient
    layout: Layout
    book: Book
    seen: Seen = field(default=lambda done, total: None)
    clock: Callable[[], float] = time.time
    shard: int = _SHARD

    def everything(self) -> None:
        """List all hits; one that broke off goes on."""
        note = self.book.note(NOTE)
        if note.get("complete", True):
            anew = {"number": note.get("number", 0) + 1, "began": self.clock(), "cursor": "", "listed": 0}
            note = {**note, **anew}
        note["complete"] = False
        if note.get("of", self._of)[1:] != self._of[1:]:
            self.book.open_again("files")  # others are wanted by now
            note["of"] = self._of
        found = hits(self.client, self.layout.wanted.query, self.layout.wanted.owner, after=note["cursor"])
        if not found.by_id:
            note |= {"cursor": "", "listed": 0}
        self._note(note)
        self._take(found, note, walks=found.by_id)
        self.book.drop_gone(int(note["number"]))
        done = {"complete": True, "total": found.total, "cursor": "", "since": note["began"], "of": self._of}
        self._note({**note, **done})

    @property
    def due(self) -> bool:
        """Tell whether not everything is listed yet, or more is wanted of it by now."""
        note = self.book.note(NOTE)
        return not note.get("complete") or note["of"] != self._of

    @property
    def _of(self) -> list[object]:
        wanted = self.layout.wanted
        return [wanted.archives, wanted.files, list(wanted.include), list(wanted.exclude)]

    def update(self) -> None:
        """List what was processed since the last listing; all where the server cannot tell, or something is gone."""
        note, word = self.book.note(NOTE), self.client.nomad.generation.processed_since
        if not word or self.due or word in self.layout.wanted.query:
            self.everything()
            return
        began, wanted = self.clock(), self.layout.wanted
        since = datetime.fromtimestamp(note["since"] - _LAG_S, timezone.utc).isoformat(timespec="seconds")
        query = {**wanted.query, word: since.replace("+00:00", "Z")}
        self._take(hits(self.client, query, wanted.owner), {**note, "listed": 0}, walks=False)
        total = hits(self.client, wanted.query, wanted.owner).total
        number = int(note["number"])
        if total == entries.count(self.book) - entries.count(self.book, gone_before=number):
            self._note({**note, "total": total, "since": began})
        else:
            self.everything()

    def _note(self, note: Mapping[str, Any]) -> None:
        self.book.room.put(NOTE, note)

    def _take(self, found: Results, note: dict[str, Any], *, walks: bool) -> None:
        total = found.total
        listed = iter(found)
        while batch := list(islice(listed, self.shard)):
            note["listed"] = note.get("listed", 0) + len(batch)
            if walks:
                note["cursor"] = batch[-1].entry_id
            self._keep(batch, note)
            self.seen(note["listed"], total)

    def _keep(self, batch: list[Entry], note: Mapping[str, Any]) -> None:
        """Write the metadata of what is new, and all else of a batch, in one change."""
        told = {entry.entry_id: row(self.client, entry) for entry in batch}
        before: dict[str, Row] = {}
        for ids in _pieces(told, _AT_ONCE):
            before |= entries.known(self.book, ids)
        marks = {entry_id: mark_of(one) for entry_id, one in told.items()}
        fresh = {entry_id for entry_id in told if entry_id not in before or before[entry_id].mark != marks[entry_id]}
        number = self._next(METADATA)
        file, count = None, 0
        if fresh:
            name = shard_path(METADATA, number)
            rows = (told[entry_id] for entry_id in told if entry_id in fresh)
            file, count = write_shard(self.layout.folder / name, name, rows)
        rows_now = [
            self._row(told[entry_id], marks[entry_id], before.get(entry_id), number if entry_id in fresh else 0, note)
            for entry_id in told
        ]
        rows_now, shards = self._with_archives(rows_now)
        left = {(METADATA, before[one].metadata) for one in fresh if one in before}
        left |= {(ARCHIVES, before[one].archive) for one in fresh if one in before and before[one].archive}
        now = self.clock()
        with self.book.room.changing() as base:
            if file is not None:
                add_shard(base, METADATA, number, file, count, now)
            for shard, size in shards.items():
                add_shard(base, ARCHIVES, shard, None, size, now)
            entries.write(base, rows_now)
            self._open_files(base, rows_now, fresh, now)
        self._note(note)
        if left:
            old = self.book.note("superseded").get("shards", [])
            self.book.room.put("superseded", {"shards": sorted({tuple(one) for one in old} | left)})

    def _row(
        self, told: Mapping[str, Any], mark: bytes, before: Row | None, shard: int, note: Mapping[str, Any]
    ) -> Row:
        number = int(note["number"])
        if before is not None and not shard:
            return replace(before, seen=number)
        return Row(
            told["entry_id"],
            told["upload_id"] or "",
            told["mainfile"] or "",
            told["license"] or "",
            told["doi"] or "",
            mark,
            shard,
            0,
            number,
        )

    def _with_archives(self, rows: list[Row]) -> tuple[list[Row], dict[int, int]]:
        """Give the entries with the shards that their archives will be in, and these shards with their sizes."""
        if not self.layout.wanted.archives:
            return rows, {}
        lacking = [one for one in rows if not one.archive]
        number = self._next(ARCHIVES)
        place = {one.entry_id: number + index // _ARCHIVES for index, one in enumerate(lacking)}
        sizes: dict[int, int] = {}
        for shard in place.values():
            sizes[shard] = sizes.get(shard, 0) + 1
        return [replace(one, archive=place.get(one.entry_id, one.archive)) for one in rows], sizes

    def _open_files(self, base: Any, rows: Iterable[Row], fresh: set[str], now: float) -> None:
        if self.layout.wanted.files == "none":
            return
        uploads = {one.upload_id: one.entry_id in fresh for one in rows if one.entry_id not in fresh}
        uploads |= {one.upload_id: True for one in rows if one.entry_id in fresh}
        for upload_id, changed in uploads.items():
            key = f"files/{upload_id}"
            base.execute(
                "INSERT OR IGNORE INTO items (key, kind, state, changed) VALUES (?, 'files', 'open', ?)", (key, now)
            )
            if changed:
                base.execute(
                    "UPDATE items SET state = 'open', again = 1, changed = ? WHERE key = ? AND state = 'done'",
                    (now, key),
                )

    def _next(self, kind: str) -> int:
        """Give the number of the next shard."""
        with self.book.room.reading() as base:
            between = (f"{kind}/", f"{kind}0")  # "0" comes right behind "/"
            (last,) = base.execute("SELECT max(key) FROM items WHERE key > ? AND key < ?", between).fetchone()
        return int(last.partition("/")[2]) + 1 if last else 1


def _pieces(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(ids)
    while piece := list(islice(rest, size)):
        yield piece
