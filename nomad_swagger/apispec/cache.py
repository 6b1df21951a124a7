"""Fetched API descriptions on disk: one file per URL, with what is needed to ask "has it changed?".

A file has a line about the document, its checksum among it, and then the document: whoever needs only what is kept for
its hash does not parse it. Also remembers, by hash, which contents were found valid, since validation costs half a
second. Knows files; it must not know the network. A damaged file counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterator
from dataclasses import field, replace
from datetime import datetime, timezone
from pathlib import Path

from nomad_swagger import compiled
from nomad_swagger.disk import make_private, write_atomically
from nomad_swagger.light import dataclass
from nomad_swagger.transport.origin import shown

log = logging.getLogger(__name__)

KEPT_DOCUMENTS = 32  # short-lived servers on free ports would fill it otherwise


@dataclass(frozen=True)
class CachedDocument:
    """A document as it was last fetched.

    Attributes
    ----------
    url : str
    sha256 : str
        Of the canonical form.
    fetched_at : str
        When the server last sent or confirmed it, ISO 8601 in UTC; the file's own time.
    etag, last_modified : str
        The validators for the next fetch; empty where the server sends none.
    text : bytes
        The document's JSON.
    """

    url: str
    sha256: str
    fetched_at: str
    etag: str = ""
    last_modified: str = ""
    text: bytes = field(default=b"{}", repr=False)

    @property
    def document(self) -> dict[str, object]:
        """Give the document, parsed anew."""
        document: dict[str, object] = json.loads(self.text)
        return document


@dataclass(frozen=True)
class SpecCache:
    """The folder of fetched documents."""

    folder: Path

    def get(self, url: str) -> CachedDocument | None:
        """Give what was last fetched from ``url``, or None."""
        found = _read(self._path(url))
        return None if found is None else replace(found, url=url)

    def put(self, entry: CachedDocument) -> None:
        """Keep a document; a reader sees the old file or the new one, never half of one."""
        make_private(self.folder)
        row = {**vars(entry), "url": shown(entry.url), "crc32": zlib.crc32(entry.text)}  # a query may hold a token
        del row["text"]
        write_atomically(self._path(entry.url), json.dumps(row).encode() + b"\n" + entry.text)
        for path in self._by_age()[KEPT_DOCUMENTS:]:
            path.unlink(missing_ok=True)

    def confirm(self, entry: CachedDocument) -> CachedDocument:
        """Note that the server says now that the document is still the same."""
        with contextlib.suppress(OSError):  # a read-only cache makes it look older than it is, no more
            os.utime(self._path(entry.url))
        return replace(entry, fetched_at=utc_now())

    def entries(self) -> Iterator[CachedDocument]:
        """Give everything that is cached, by URL."""
        found = (_read(path) for path in self.folder.glob("spec-*.json"))
        yield from sorted((entry for entry in found if entry), key=lambda entry: entry.url)

    def clear(self) -> int:
        """Remove everything that is cached and give the number of documents removed."""
        documents = list(self.folder.glob("spec-*.json"))
        compiled.clear(self.folder)
        for path in (*documents, *self.folder.glob("valid-*")):
            path.unlink(missing_ok=True)
        return len(documents)

    def is_valid(self, sha256: str) -> bool:
        """Tell whether a document of this hash was found valid before."""
        return (self.folder / f"valid-{sha256}").exists()

    def mark_valid(self, sha256: str) -> None:
        """Remember that a document of this hash is valid."""
        with contextlib.suppress(OSError):  # a read-only cache costs time, not correctness
            make_private(self.folder)
            write_atomically(self.folder / f"valid-{sha256}", b"")

    def _by_age(self) -> list[Path]:
        """Give the files, the youngest first; one that another process has just removed counts as oldest."""
        ages = {path: path.stat().st_mtime if path.exists() else 0.0 for path in self.folder.glob("spec-*.json")}
        return sorted(ages, key=lambda path: -ages[path])

    def _path(self, url: str) -> Path:
        return self.folder / f"spec-{hashlib.sha256(url.encode()).hexdigest()[:20]}.json"


def utc_now() -> str:
    """Give the time, ISO 8601 in UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _read(path: Path) -> CachedDocument | None:
    """Give what a file holds: a line about the document, and the document, which is not parsed."""
    try:
        head, _, text = path.read_bytes().partition(b"\n")
        row = json.loads(head)
        if row.pop("crc32", None) != zlib.crc32(text):
            raise ValueError("its checksum differs")
        confirmed_at = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).isoformat(timespec="seconds")
        return CachedDocument(**{**row, "fetched_at": confirmed_at, "text": text})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        log.warning("cached description %s is damaged and is fetched anew: %s", path, error)
        return None
