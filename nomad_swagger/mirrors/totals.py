"""How far a mirror is, in numbers and in one line of words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path

from nomad_swagger.light import dataclass
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.ledger import DONE, FAILED, Book, Sum
from nomad_swagger.mirrors.listing import NOTE

_WINDOW_S = 300.0  # a rate is that of the last minutes


@dataclass(frozen=True)
class Totals:
    """A mirror in numbers.

    Attributes
    ----------
    folder : Path
    listed, entries : int
        Entries that are in the ledger, and that the server counted when they were listed.
    items, items_done, items_failed : int
    files, archives, size_bytes : int
        What has come.
    absent : int
        Entries that have no archive to give.
    gone : int
        Entries that the server does not have any more; nothing of them is deleted here.
    """

    folder: Path
    listed: int = 0
    entries: int = 0
    items: int = 0
    items_done: int = 0
    items_failed: int = 0
    files: int = 0
    archives: int = 0
    size_bytes: int = 0
    absent: int = 0
    gone: int = 0

    @property
    def complete(self) -> bool:
        """Tell whether all has come."""
        return self.items_done == self.items and self.listed - self.gone >= self.entries


Progress = Callable[[Totals], None]


def totals_of(folder: Path, book: Book) -> Totals:
    """Read the numbers from a ledger."""
    note = book.note(NOTE)
    number = int(note.get("number", 0)) if note.get("complete") else 0
    gone = entries.count(book, gone_before=number) if number else 0
    told = Totals(folder, listed=entries.count(book), entries=int(note.get("total", 0)), gone=gone)
    return with_items(told, book)


def with_items(told: Totals, book: Book) -> Totals:
    """Give the numbers with those of the items as they are now, which costs little."""
    sums = book.sums()
    done = {kind: found for (kind, state), found in sums.items() if state == DONE}
    return replace(
        told,
        items=sum(found.items for found in sums.values()),
        items_done=sum(found.items for found in done.values()),
        items_failed=_items(sums, FAILED),
        files=done.get("files", Sum()).count,
        archives=done.get("archives", Sum()).count,
        size_bytes=sum(found.bytes for found in done.values()),
        absent=entries.count(book, absent=True),
    )


def _items(sums: Mapping[tuple[str, str], Sum], wanted: str) -> int:
    return sum(found.items for (_, state), found in sums.items() if state == wanted)


@dataclass
class Pulse:
    """Makes one line of how a run gets on: totals, rate, and when it will be over.

    Parameters
    ----------
    clock : callable
        Seconds that only grow.
    """

    clock: Callable[[], float]
    _seen: deque[tuple[float, int, int]] = field(default_factory=deque)

    def words(self, now: Totals) -> str:
        """Give the line."""
        moment = self.clock()
        self._seen.append((moment, now.items_done, now.size_bytes))
        while len(self._seen) > 2 and moment - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        if not now.items_done and not now.items:
            return f"{now.listed:,} of {now.entries:,} entries listed"
        began, items, size = self._seen[0]
        passed_s = moment - began
        line = f"{now.items_done:,} of {now.items:,} items, {now.files:,} files, {size_words(now.size_bytes)}"
        if passed_s <= 0 or now.items_done == items:
            return line
        line += f", {size_words((now.size_bytes - size) / passed_s)}/s"
        left_s = (now.items - now.items_done) * passed_s / (now.items_done - items)
        return f"{line}, {time_words(left_s)} left" if left_s else line


def size_words(size_bytes: float) -> str:
    """Give a size as people read it.

    Examples
    --------
    >>> size_words(999), size_words(15_300_000)
    ('999 B', '15.3 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:,.1f} TB"


def time_words(seconds: float) -> str:
    """Give a time as people read it.

    Examples
    --------
    >>> time_words(40), time_words(4000), time_words(400_000)
    ('40 s', '67 min', '4.6 days')
    """
    for unit, length_s, most in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < most * length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds / 86400:,.1f} days"
