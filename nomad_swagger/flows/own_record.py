"""Our own record of finished downloads: what came from where, so that the next run knows it without fetching it.

NOMAD's listings have no time and no checksum. So of a file that came on its own, whose checksum no server tells, this
machine keeps size, time and SHA-256, with what it is of: server, upload, path, and when the upload was last changed
where the server says so. It is a convenience: where it cannot be read or written, a file is compared by its size. Must
not know how files come.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import state_folder
from nomad_swagger.transfers.beside import sha256_of
from nomad_swagger.transfers.ledger import Ledger

log = logging.getLogger(__name__)

_FILE, _KIND = "downloads.sqlite", "record of downloads"
_MOST_ROWS = 100_000  # about 40 MB; the oldest go
_FAILURES = (OSError, sqlite3.Error, UsageError)
_OLDEST = "DELETE FROM rows WHERE key IN (SELECT key FROM rows WHERE key <> '' ORDER BY changed LIMIT ?)"


@dataclass(frozen=True)
class Origin:
    """What a file is of, and the state in which that was.

    Attributes
    ----------
    source : str
    changed : str
        When the upload was last changed; empty where the server does not tell.
    size_bytes : int or None
    """

    source: str
    changed: str = ""
    size_bytes: int | None = None

    @property
    def row(self) -> dict[str, Any]:
        """Give it as the record has it."""
        return {"source": self.source, "changed": self.changed, "due": self.size_bytes}


class OwnRecord:
    """The record of one machine and user; ``path`` is its file, ``most_rows`` its bound."""

    def __init__(self, path: Path | None = None, *, most_rows: int = _MOST_ROWS) -> None:
        self._path, self._most_rows = path or state_folder() / _FILE, most_rows
        self._new: dict[str, Mapping[str, Any]] = {}
        self._changed: dict[str, str] = {}
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()

    def changed(self, upload_id: str, ask: Callable[[], str]) -> str:
        """Give when an upload was last changed, asked once."""
        with self._lock:
            if upload_id not in self._changed:
                self._changed[upload_id] = ask()
            return self._changed[upload_id]

    def knows(self, path: Path) -> bool:
        """Tell whether there is anything about a file."""
        return self._row(_key(path)) is not None

    def note(self, path: Path, origin: Origin, sha256: str) -> None:
        """Note a finished file; :meth:`keep` writes it."""
        try:
            seen = path.stat()
        except OSError:  # somebody took it away already
            return
        row = {**origin.row, "size": seen.st_size, "mtime": seen.st_mtime_ns, "sha256": sha256}
        with self._lock:
            self._new[_key(path)] = row

    def is_intact(self, path: Path, origin: Origin) -> bool | None:
        """Tell whether a file is what came from there; None where nothing is known of it."""
        row = self._row(_key(path))
        if row is None or any(row[name] != value for name, value in origin.row.items()):
            return None
        return self.is_as_it_came(path)

    def is_as_it_came(self, path: Path) -> bool | None:
        """Tell whether a file is as it was when it came; None where nobody knows.

        It is read only where its time is another.
        """
        row = self._row(_key(path))
        seen = path.stat()
        if row is None or seen.st_size != row["size"]:
            return False
        if seen.st_mtime_ns == row["mtime"]:
            return True
        if not row["sha256"]:
            return None
        if sha256_of(path) != row["sha256"]:
            return False
        self.note(path, Origin(row["source"], row["changed"], row["due"]), row["sha256"])
        return True

    def note_whole(self, folder: Path, origin: Origin, names: Sequence[str]) -> None:
        """Note that all of an upload or folder lies in a folder here, as these files."""
        with self._lock:
            self._new[f"{_key(folder)} {origin.source}"] = {**origin.row, "names": list(names)}

    def whole(self, folder: Path, origin: Origin) -> list[str]:
        """Give the names of the files that are all of an upload or folder; none where nothing is known."""
        row = self._row(f"{_key(folder)} {origin.source}")
        return list(row["names"]) if row is not None and row["changed"] == origin.changed else []

    def keep(self) -> None:
        """Write what was noted."""
        with self._lock:
            new, self._new = self._new, {}
        if not new:
            return
        try:
            ledger = Ledger(self._path, _KIND)
            ledger.put_all(new)
            with ledger.changing() as base:
                (rows,) = base.execute("SELECT count(*) FROM rows WHERE key <> ''").fetchone()
                if rows > self._most_rows:
                    base.execute(_OLDEST, (rows - self._most_rows,))
        except _FAILURES as error:
            log.info("what came is not noted in %s: %s", self._path, error)

    def _row(self, key: str) -> Mapping[str, Any] | None:
        with self._lock:
            if key in self._new:
                return self._new[key]
        try:
            if self._ledger is None and self._path.exists():
                self._ledger = Ledger(self._path, _KIND)
            return None if self._ledger is None else self._ledger.get(key)
        except _FAILURES as error:
            log.info("what came before is not known from %s: %s", self._path, error)
            return None


def _key(path: Path) -> str:
    return str(path.absolute()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
