"""Request bodies that stream: a file, an open file. What is packed is made in the room of transfers.

Each gives its content anew for every attempt, in blocks of 1 MiB, and tells its size beforehand where it can: then the
request carries Content-Length, which some servers and proxies insist on. Knows files; it must not know the wire.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.call import Body


class Progress(Protocol):
    """What is told how far a transfer is: bytes done, and bytes in all where that is known."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


@dataclass(frozen=True)
class FileBody:
    """The content of a file on disk."""

    path: Path

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    def chunks(self) -> Iterator[bytes]:
        with self.path.open("rb", buffering=0) as file:
            yield from _blocks(file)


class OpenFileBody:
    """The rest of a file object that somebody else opened, from where it stands.

    Can be sent once only unless the object can seek.

    Raises
    ------
    UsageError
        The object was opened as text.
    """

    def __init__(self, file: BinaryIO) -> None:
        if not isinstance(file.read(0), bytes):
            raise UsageError("the file object is open as text; open it with mode 'rb'")
        self._file = file
        self._start = file.tell() if file.seekable() else None
        self._used = False

    @property
    def size_bytes(self) -> int | None:
        if self._start is None:
            return None
        here = self._file.tell()
        size = self._file.seek(0, io.SEEK_END) - self._start
        self._file.seek(here)
        return size

    def chunks(self) -> Iterator[bytes]:
        if self._start is not None:
            self._file.seek(self._start)
        elif self._used:
            raise UsageError("this stream was read already and cannot be sent again: give a file, or open it anew")
        self._used = True
        yield from _blocks(self._file)


@dataclass(frozen=True)
class Counted:
    """A body that tells a callback how far it got."""

    body: Body
    progress: Progress

    @property
    def size_bytes(self) -> int | None:
        return self.body.size_bytes

    def chunks(self) -> Iterator[bytes]:
        total, done = self.size_bytes, 0
        self.progress(0, total)
        for chunk in self.body.chunks():
            yield chunk
            done += len(chunk)
            self.progress(done, total)


def _blocks(file: BinaryIO | io.FileIO) -> Iterator[bytes]:
    while block := file.read(CHUNK_BYTES):
        yield block
