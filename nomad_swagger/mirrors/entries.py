"""The entries in the ledger of a mirror: which shard has each of them, and when it was last seen on the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.ledger import Book

_PAGE = 1000


@dataclass(frozen=True)
class Row:
    """An entry as the ledger has it.

    Attributes
    ----------
    entry_id, upload_id, mainfile, license, doi : str
    mark : bytes
        Of its metadata; another one when they change.
    metadata, archive : int
        The shards that have it; 0 for no archive.
    seen : int
        The number of the last listing of everything that it was in.
    absent : str
        Why there is no archive; empty where there is one, or none yet.
    """

    entry_id: str
    upload_id: str
    mainfile: str = ""
    license: str = ""
    doi: str = ""
    mark: bytes = b""
    metadata: int = 0
    archive: int = 0
    seen: int = 0
    absent: str = ""


_ROW = ", ".join(known.name for known in fields(Row))
_PLACES = ", ".join("?" for _ in fields(Row))


def known(book: Book, entry_ids: Sequence[str]) -> dict[str, Row]:
    """Give what the ledger has of some entries."""
    with book.room.reading() as base:
        marks = ", ".join("?" * len(entry_ids))
        sql = f"SELECT {_ROW} FROM entries WHERE entry_id IN ({marks})"  # noqa: S608
        return {row[0]: Row(*row) for row in base.execute(sql, list(entry_ids))}


def write(base: Any, rows: Iterable[Row]) -> None:
    """Write entries within a change, over what was there."""
    values = (tuple(getattr(row, known.name) for known in fields(Row)) for row in rows)
    base.executemany(f"INSERT OR REPLACE INTO entries ({_ROW}) VALUES ({_PLACES})", values)  # noqa: S608


def of(book: Book, column: str, value: int | str) -> list[Row]:
    """Give the entries of an upload or a shard: ``of(book, "archive", 3)``, by their ids."""
    assert column in ("upload_id", "archive", "metadata")
    with book.room.reading() as base:
        sql = f"SELECT {_ROW} FROM entries WHERE {column} = ? ORDER BY entry_id"  # noqa: S608
        return [Row(*row) for row in base.execute(sql, (value,))]


def count(book: Book, *, gone_before: int = 0, absent: bool = False, archives: bool = False) -> int:
    """Count entries: all of them, those that a later listing did not have, those with or without an archive."""
    where = "1"
    if gone_before:
        where = f"seen < {int(gone_before)}"
    elif absent:
        where = "absent <> ''"
    elif archives:
        where = "archive > 0"
    with book.room.reading() as base:
        return int(base.execute(f"SELECT count(*) FROM entries WHERE {where}").fetchone()[0])  # noqa: S608


def gone(book: Book, before: int, *, limit: int = -1) -> list[str]:
    """Give entries that are gone upstream: the listing with that number did not have them."""
    with book.room.reading() as base:
        sql = "SELECT entry_id FROM entries WHERE seen < ? ORDER BY entry_id LIMIT ?"
        return [entry_id for (entry_id,) in base.execute(sql, (before, limit))]


def absent(book: Book, *, limit: int = -1) -> list[tuple[str, str]]:
    """Give the entries that have no archive to give, each with the reason."""
    with book.room.reading() as base:
        sql = "SELECT entry_id, absent FROM entries WHERE absent <> '' ORDER BY entry_id LIMIT ?"
        return base.execute(sql, (limit,)).fetchall()


def everything(book: Book) -> Iterator[Row]:
    """Give all entries by their ids, without holding them all."""
    last = ""
    while True:
        with book.room.reading() as base:
            sql = f"SELECT {_ROW} FROM entries WHERE entry_id > ? ORDER BY entry_id LIMIT {_PAGE}"  # noqa: S608
            rows = base.execute(sql, (last,)).fetchall()
        if not rows:
            return
        yield from (Row(*row) for row in rows)
        last = rows[-1][0]


def uploads(book: Book) -> int:
    """Count the uploads that have entries."""
    with book.room.reading() as base:
        return int(base.execute("SELECT count(*) FROM (SELECT DISTINCT upload_id FROM entries)").fetchone()[0])
