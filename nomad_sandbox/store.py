"""The sandbox's memory: one folder with files, and SQLite beside it.

Knows where things lie and how to change them safely from several threads. It must not know HTTP, users' rights or
what the rows mean.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")
Parameters = Sequence[Any] | Mapping[str, Any]


def utc_now() -> str:
    """Give the time as NOMAD writes it: ISO 8601 with microseconds and zone."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


class Store:
    """A folder that holds everything; opening an old one finds all that was there.

    Each thread has its own connection; writers wait for each other.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        for part in ("incoming", "uploads"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._connection().executescript(SCHEMA.read_text("utf-8"))

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self.folder / "sandbox.sqlite", timeout=30, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
            )
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Give all rows of a query."""
        return self._connection().execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Give the first row of a query, or None."""
        row: sqlite3.Row | None = self._connection().execute(sql, parameters).fetchone()
        return row

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Give the first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction: all of it or, after an exception, nothing. A change inside a change joins it."""
        connection = self._connection()
        with self._lock:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads; nobody may use the store any more."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def incoming(self, name: str) -> Path:
        """Give the place where the bytes of a running upload are written."""
        return self.folder / "incoming" / name

    def clean_incoming(self, *, known: Callable[[str], bool]) -> None:
        """Remove what came of uploads that broke off before their end."""
        for path in (self.folder / "incoming").iterdir():
            if not known(path.name):
                path.unlink()

    def upload_folder(self, upload_id: str) -> Path:
        """Give the folder of everything that lies in files for one upload."""
        return self.folder / "uploads" / upload_id

    def raw_folder(self, upload_id: str) -> Path:
        """Give the folder of an upload's own files."""
        return self.upload_folder(upload_id) / "raw"

    def archive_path(self, upload_id: str, calc_id: str) -> Path:
        """Give the place of one entry's archive."""
        return self.upload_folder(upload_id) / "archive" / f"{calc_id}.json"

    def log_path(self, upload_id: str, calc_id: str) -> Path:
        """Give the place of one entry's processing log."""
        return self.upload_folder(upload_id) / "archive" / f"{calc_id}.log.json"

    def remove_files(self, upload_id: str) -> None:
        """Remove everything that lies in files for one upload."""
        folder = self.upload_folder(upload_id)
        if folder.exists():
            shutil.rmtree(folder)
        self.incoming(upload_id).unlink(missing_ok=True)
