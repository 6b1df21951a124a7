"""The SQLite room: one small table of rows by key, in a file that says its version, for journals and ledgers.

Written by any number of processes; each change is whole or not there. A file of another kind, or of a newer version, is
refused and left as it is. Who has more than rows by key brings tables of his own. Must not know what the rows mean.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nomad_swagger.errors import UsageError

VERSION = 1
_KIND = 0x6E6F6D64  # "nomd": SQLite's own place for whose file it is
_PATIENCE_S = 30.0
_TABLE = "CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, changed REAL NOT NULL, told TEXT NOT NULL) STRICT"
_OLD_TABLE = _TABLE.removesuffix(" STRICT")


class Ledger:
    """Rows by key, each a mapping that JSON can hold.

    Parameters
    ----------
    path : Path
        Made if it is not there, readable for its owner alone.
    what : str
        The kind of ledger ("journal of uploads"); another kind's file is refused.
    tables : sequence of str
        Statements that make more tables, in a file that is new.
    clock : callable
        For tests.

    Raises
    ------
    UsageError
        The file is something else, or of a newer version.

    Examples
    --------
    >>> import tempfile
    >>> ledger = Ledger(Path(tempfile.mkdtemp()) / "x.sqlite", "example")
    >>> ledger.put("a", {"state": "sent"}); ledger.get("a")
    {'state': 'sent'}
    """

    def __init__(
        self, path: Path, what: str, *, tables: Sequence[str] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self.path, self.what, self._tables, self._clock = path, what, tables, clock
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            raise UsageError(f"{path} cannot be used as {what}: {error}. Move it away, or name another.") from error

    def _open(self) -> None:
        with closing(self._connect()) as base, base:
            base.execute("BEGIN IMMEDIATE")
            (kind,), (version,) = (
                base.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
            )
            if not kind and not version and not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                base.execute(_TABLE if sqlite3.sqlite_version_info >= (3, 37) else _OLD_TABLE)
                base.execute("INSERT INTO rows VALUES ('', ?, ?)", (self._clock(), json.dumps({"what": self.what})))
                for statement in self._tables:
                    base.execute(statement)
                base.execute(f"PRAGMA application_id = {_KIND}")
                base.execute(f"PRAGMA user_version = {VERSION}")
                return
            self._refuse_others(base, kind, version)

    def _refuse_others(self, base: sqlite3.Connection, kind: int, version: int) -> None:
        if kind != _KIND:
            raise UsageError(f"{self.path} is a database of something else: name another file")
        if version > VERSION:
            raise UsageError(f"{self.path} is of version {version}, and this program knows {VERSION}: update it")
        (told,) = base.execute("SELECT told FROM rows WHERE key = ''").fetchone()
        if (what := json.loads(told)["what"]) != self.what:
            raise UsageError(f"{self.path} is a {what}, not a {self.what}: name another file")

    def get(self, key: str) -> dict[str, Any] | None:
        """Give a row, or None."""
        with self._lock, closing(self._connect()) as base:
            found = base.execute("SELECT told FROM rows WHERE key = ?", (key,)).fetchone()
        return json.loads(found[0]) if found else None

    def put(self, key: str, row: Mapping[str, Any]) -> None:
        """Write a row whole, over what was there."""
        self.put_all({key: row})

    def put_all(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Write rows, all of them or none."""
        told = [(key, self._clock(), json.dumps(row)) for key, row in rows.items()]
        with self._lock, closing(self._connect()) as base, base:
            base.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", told)

    def drop(self, key: str) -> None:
        """Remove a row."""
        with self._lock, closing(self._connect()) as base, base:
            base.execute("DELETE FROM rows WHERE key = ?", (key,))

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give all rows, the oldest change first, without holding them all."""
        with closing(self._connect()) as base:
            for key, told in base.execute("SELECT key, told FROM rows WHERE key <> '' ORDER BY changed, key"):
                yield key, json.loads(told)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Give the file for one change: all that is done in the context, or nothing of it."""
        with self._lock, closing(self._connect()) as base, base:
            yield base

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the file to read from, also while somebody writes."""
        with closing(self._connect()) as base:
            yield base

    def _connect(self) -> sqlite3.Connection:
        # One connection for each act: none is carried across a fork or into another thread.
        return sqlite3.connect(self.path, timeout=_PATIENCE_S)
