"""The ledger of a mirror: what is to come and what has come, item by item and file by file.

One process writes it (:func:`nomad_swagger.mirrors.layout.alone`); anybody may read meanwhile. An item is what one
worker does at a time: the files of an upload, a shard of archives, a shard of metadata. Knows SQL; it must not know how
anything comes. The entries are in :mod:`nomad_swagger.mirrors.entries`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from nomad_swagger.light import dataclass
from nomad_swagger.transfers.ledger import Ledger

OPEN, RUNNING, DONE, FAILED = "open", "running", "done", "failed"
FILES = "files"
OK, CHANGED, MISSING = "ok", "changed", "missing"
_PAGE = 1000

TABLES = (
    "CREATE TABLE items (key TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL,"
    " count INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, sha256 TEXT NOT NULL DEFAULT '',"
    " attempts INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', again INTEGER NOT NULL DEFAULT 0,"
    " changed REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX items_to_do ON items (key) WHERE state <> 'done'",
    "CREATE TABLE files (path TEXT PRIMARY KEY, item TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,"
    " state TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX files_of_item ON files (item)",
    "CREATE INDEX files_to_mend ON files (item) WHERE state <> 'ok'",
    "CREATE TABLE entries (entry_id TEXT PRIMARY KEY, upload_id TEXT NOT NULL, mainfile TEXT NOT NULL,"
    " license TEXT NOT NULL, doi TEXT NOT NULL, mark BLOB NOT NULL, metadata INTEGER NOT NULL,"
    " archive INTEGER NOT NULL, seen INTEGER NOT NULL, absent TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX entries_of_upload ON entries (upload_id)",
    "CREATE INDEX entries_of_archive ON entries (archive)",
    "CREATE INDEX entries_of_metadata ON entries (metadata)",
    "CREATE INDEX entries_absent ON entries (entry_id) WHERE absent <> ''",
)


@dataclass(frozen=True)
class Item:
    """What one worker does at a time.

    Attributes
    ----------
    key : str
        ``files/UPLOAD``, ``archives/NUMBER`` or ``metadata/NUMBER``.
    kind : {"files", "archives", "metadata"}
    state : {"open", "running", "done", "failed"}
    count, bytes : int
        Files, archives or rows that came.
    sha256 : str
        Of the file; of several, of the list of them.
    attempts : int
    error : str
        The last one; of a finished item, what the server kept back.
    again : int
        It came before, and may have changed since: what is there of it may be replaced.
    changed : float
        Seconds since 1970.
    """

    key: str
    kind: str
    state: str = OPEN
    count: int = 0
    bytes: int = 0
    sha256: str = ""
    attempts: int = 0
    error: str = ""
    again: int = 0
    changed: float = 0.0

    @property
    def what(self) -> str:
        """Give the upload, or the number of the shard."""
        return self.key.partition("/")[2]


@dataclass(frozen=True)
class Kept:
    """A file of the mirror, by its path below the folder."""

    path: str
    bytes: int
    sha256: str
    item: str = ""
    state: str = OK


@dataclass(frozen=True)
class Sum:
    """Items of one kind and state, in numbers."""

    items: int = 0
    count: int = 0
    bytes: int = 0


_ITEM = ", ".join(known.name for known in fields(Item))
_FILE = ", ".join(known.name for known in fields(Kept))


class Book:
    """The ledger of one mirror.

    Parameters
    ----------
    path : Path
    clock : callable
        For tests.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.room = Ledger(path, "ledger of a mirror", tables=TABLES, clock=clock)
        self._clock = clock

    def note(self, key: str) -> dict[str, Any]:
        """Give a note about the whole; empty where there is none."""
        return self.room.get(key) or {}

    def begin(self, keys: Sequence[str]) -> None:
        """Note that workers have items now."""
        rows = [(self._clock(), key) for key in keys]
        sql = f"UPDATE items SET state = '{RUNNING}', attempts = attempts + 1, changed = ? WHERE key = ?"  # noqa: S608
        with self.room.changing() as base:
            base.executemany(sql, rows)

    def take_back(self) -> None:
        """Open again what a run that ended had given away, and what failed in it."""
        with self.room.changing() as base:
            base.execute(f"UPDATE items SET state = '{OPEN}' WHERE state IN ('{RUNNING}', '{FAILED}')")  # noqa: S608

    def open_again(self, kind: str) -> None:
        """Open all items of a kind."""
        with self.room.changing() as base:
            base.execute("UPDATE items SET state = ? WHERE kind = ?", (OPEN, kind))

    def drop_gone(self, number: int) -> None:
        """Drop what has not come of uploads that a listing with this number did not have any more."""
        with self.room.changing() as base:
            base.execute(
                "DELETE FROM items WHERE kind = 'files' AND state <> 'done' AND bytes = 0 AND NOT EXISTS"
                " (SELECT 1 FROM entries WHERE upload_id = substr(items.key, 7) AND seen >= ?)",
                (number,),
            )

    def failed(self, key: str, error: str, *, tries: int = 1, final: bool = False) -> None:
        """Note that an item did not come, and whether it is tried again in this run."""
        with self.room.changing() as base:
            base.execute(
                "UPDATE items SET state = ?, error = ?, attempts = attempts + ?, changed = ? WHERE key = ?",
                (FAILED if final else OPEN, error[:2000], tries - 1, self._clock(), key),
            )

    def finish(
        self, item: Item, files: Iterable[Kept], *, tries: int = 1, absent: Mapping[str, str] | None = None
    ) -> None:
        """Note that an item came, with its files; ``absent`` are its entries that have no archive to give."""
        with self.room.changing() as base:
            base.execute(
                "UPDATE items SET state = ?, count = ?, bytes = ?, sha256 = ?, error = ?, attempts = attempts + ?,"
                " again = 0, changed = ? WHERE key = ?",
                (DONE, item.count, item.bytes, item.sha256, item.error[:2000], tries - 1, self._clock(), item.key),
            )
            _write_files(base, item.key, files)
            if item.kind == FILES:
                _sum_up(base, item.key)
            if item.kind == "archives":
                base.execute("UPDATE entries SET absent = '' WHERE archive = ? AND absent <> ''", (int(item.what),))
            base.executemany(
                "UPDATE entries SET absent = ? WHERE entry_id = ?",
                [(reason[:500], entry_id) for entry_id, reason in (absent or {}).items()],
            )

    def to_do(self) -> Iterator[Item]:
        """Give the items that are open, in pages; those that are opened behind the last one come, too."""
        last = ""
        while True:
            with self.room.reading() as base:
                sql = f"SELECT {_ITEM} FROM items WHERE state <> 'done' AND state = '{OPEN}' AND key > ? ORDER BY key"  # noqa: S608
                rows = base.execute(f"{sql} LIMIT {_PAGE}", (last,)).fetchall()
            if not rows:
                return
            for row in rows:
                yield Item(*row)
            last = rows[-1][0]

    def items(self, state: str) -> list[Item]:
        """Give the items of a state."""
        with self.room.reading() as base:
            sql = f"SELECT {_ITEM} FROM items WHERE state = ? ORDER BY key"  # noqa: S608
            return [Item(*row) for row in base.execute(sql, (state,))]

    def troubled(self, most: int) -> list[Item]:
        """Give the first items that something is to be said of."""
        with self.room.reading() as base:
            sql = f"SELECT {_ITEM} FROM items WHERE error <> '' ORDER BY state = 'done', key LIMIT ?"  # noqa: S608
            return [Item(*row) for row in base.execute(sql, (most,))]

    def item(self, key: str) -> Item | None:
        """Give one item."""
        with self.room.reading() as base:
            row = base.execute(f"SELECT {_ITEM} FROM items WHERE key = ?", (key,)).fetchone()  # noqa: S608
        return Item(*row) if row else None

    def sums(self) -> dict[tuple[str, str], Sum]:
        """Give the numbers by kind and state."""
        with self.room.reading() as base:
            sql = "SELECT kind, state, count(*), sum(count), sum(bytes) FROM items GROUP BY kind, state"
            return {(kind, state): Sum(*numbers) for kind, state, *numbers in base.execute(sql)}

    def files(self, *, item: str = "", changed: bool = False) -> Iterator[Kept]:
        """Give the files, by path; those of an item, or those that are to be mended."""
        last = ""
        bad = " AND state <> 'ok'" if changed else ""
        while True:
            with self.room.reading() as base:
                if item:
                    sql = f"SELECT {_FILE} FROM files WHERE item = ? AND path > ?{bad} ORDER BY path"  # noqa: S608
                    rows = base.execute(f"{sql} LIMIT {_PAGE}", (item, last)).fetchall()
                else:
                    sql = f"SELECT {_FILE} FROM files WHERE path > ?{bad} ORDER BY path"  # noqa: S608
                    rows = base.execute(f"{sql} LIMIT {_PAGE}", (last,)).fetchall()
            if not rows:
                return
            yield from (Kept(*row) for row in rows)
            last = rows[-1][0]

    def knows(self, paths: Sequence[str]) -> set[str]:
        """Give which of some paths are files of the mirror."""
        with self.room.reading() as base:
            marks = ", ".join("?" * len(paths))
            return {path for (path,) in base.execute(f"SELECT path FROM files WHERE path IN ({marks})", list(paths))}  # noqa: S608

    def spoil(self, found: Mapping[str, str]) -> None:
        """Note files that are not what came (path → ``changed`` or ``missing``); their items are open again."""
        with self.room.changing() as base:
            base.executemany(
                "UPDATE files SET state = ? WHERE path = ?", [(state, path) for path, state in found.items()]
            )
            base.execute(
                f"UPDATE items SET state = '{OPEN}' WHERE state = 'done' AND key IN"  # noqa: S608
                " (SELECT item FROM files WHERE state <> 'ok')"
            )


def _write_files(base: Any, item: str, files: Iterable[Kept]) -> None:
    base.executemany(
        "INSERT OR REPLACE INTO files (path, item, bytes, sha256, state) VALUES (?, ?, ?, ?, 'ok')",
        ((file.path, item, file.bytes, file.sha256) for file in files),
    )


def _sum_up(base: Any, key: str) -> None:
    """Let the numbers of an item be those of all its files: a run may have brought only some of them anew."""
    rows = base.execute("SELECT path, bytes, sha256 FROM files WHERE item = ?", (key,)).fetchall()
    files = [Kept(*row) for row in rows]
    told = (len(files), sum(file.bytes for file in files), sum_of_list(files), key)
    base.execute("UPDATE items SET count = ?, bytes = ?, sha256 = ? WHERE key = ?", told)


def sum_of_list(files: Iterable[Kept]) -> str:
    """Give the sha256 of the list of some files, as ``sha256sum`` would print it."""
    lines = sorted(f"{file.sha256}  {file.path}\n" for file in files)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def add_shard(base: Any, kind: str, number: int, file: Kept | None, count: int, now: float) -> None:
    """Add a shard within a change: one that is there already, or one that is to come."""
    key = f"{kind}/{number:05d}"
    size, sha256 = (file.bytes, file.sha256) if file else (0, "")
    base.execute(
        "INSERT OR REPLACE INTO items (key, kind, state, count, bytes, sha256, attempts, changed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (key, kind, DONE if file else OPEN, count, size, sha256, int(file is not None), now),
    )
    if file is not None:
        _write_files(base, key, [file])
