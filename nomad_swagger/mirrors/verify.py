"""Hold a mirror against its ledger: is everything there, is every byte what came, and what is not ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path

from nomad_swagger.errors import TransferError
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.layout import Layout, alone
from nomad_swagger.mirrors.ledger import CHANGED, MISSING, OK, Book, Kept
from nomad_swagger.mirrors.listing import NOTE
from nomad_swagger.mirrors.totals import Totals, totals_of
from nomad_swagger.mirrors.work import sum_of
from nomad_swagger.transfers.many import in_threads

_AT_ONCE = 500


@dataclass(frozen=True)
class Verdict:
    """What a mirror is found to be.

    Attributes
    ----------
    totals : Totals
    checked, checked_bytes : int
        Files that were read.
    spoilt : mapping of str to str
        Path → ``changed`` or ``missing``.
    foreign : tuple of str
        Files that are not the mirror's.
    noted : bool
        The ledger knows what is spoilt, so that the next run mends it.
    """

    totals: Totals
    checked: int = 0
    checked_bytes: int = 0
    spoilt: dict[str, str] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    noted: bool = True

    @property
    def good(self) -> bool:
        """Tell whether all is there and right."""
        return not self.spoilt and self.totals.complete


def verify(
    layout: Layout, *, jobs: int = 4, progress: Callable[[int, int], None] | None = None, quick: bool = False
) -> Verdict:
    """Read every file of a mirror and compare size and sha256 with the ledger; what is spoilt is noted there.

    Parameters
    ----------
    layout : Layout
    jobs : int
        Files read at once.
    progress : callable, optional
        Told files and bytes so far.
    quick : bool
        Compare sizes only.
    """
    book = Book(layout.ledger)
    spoilt: dict[str, str] = {}
    count = size = 0

    def look(file: Kept) -> tuple[Kept, str]:
        return file, _state(layout.folder / file.path, file, quick)

    for file, state in in_threads(look, book.files(), jobs):
        count, size = count + 1, size + file.bytes
        if state != OK:
            spoilt[file.path] = state
        if progress is not None:
            progress(count, size)
    noted = _noted(layout, book, spoilt)
    foreign = tuple(_foreign(layout, book))
    return Verdict(totals_of(layout.folder, book), count, size, dict(sorted(spoilt.items())), foreign, noted)


def _state(path: Path, file: Kept, quick: bool) -> str:
    try:
        if path.is_symlink() or path.stat().st_size != file.bytes:
            return CHANGED
        if quick:
            return OK
        with path.open("rb") as opened:
            return OK if sum_of(opened) == file.sha256 else CHANGED
    except (FileNotFoundError, NotADirectoryError):
        return MISSING


def _noted(layout: Layout, book: Book, spoilt: dict[str, str]) -> bool:
    if not spoilt:
        return True
    try:
        with alone(layout.folder):
            book.spoil(spoilt)
    except TransferError:
        return False
    return True


def _foreign(layout: Layout, book: Book) -> Iterator[str]:
    """Give the files below the folder that are not the mirror's; parts of transfers are."""
    batch: list[str] = []
    for path in _all_files(layout):
        batch.append(path)
        if len(batch) == _AT_ONCE:
            yield from sorted(set(batch) - book.knows(batch))
            batch = []
    if batch:
        yield from sorted(set(batch) - book.knows(batch))


def _all_files(layout: Layout) -> Iterator[str]:
    for folder, names, files in os.walk(layout.folder):
        names.sort()
        at_top = Path(folder) == layout.folder
        if at_top and ".tries" in names:
            names.remove(".tries")
        for name in sorted(files):
            if not (at_top and layout.is_ours(name)) and not name.endswith(".part"):
                yield (Path(folder) / name).relative_to(layout.folder).as_posix()


def named_absent(layout: Layout, most: int) -> list[tuple[str, str]]:
    """Give the first entries that have no archive to give, with the reasons."""
    return entries.absent(Book(layout.ledger), limit=most)


def named_gone(layout: Layout, most: int) -> list[str]:
    """Give the first entries that are gone upstream."""
    book = Book(layout.ledger)
    note = book.note(NOTE)
    return entries.gone(book, int(note["number"]), limit=most) if note.get("complete") else []
