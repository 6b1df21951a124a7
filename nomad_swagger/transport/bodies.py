"""Request bodies that stream: a file, an open file, a folder packed on the fly.

Each gives its content anew for every attempt, in blocks of 1 MiB, and tells its size beforehand where it can: then the
request carries Content-Length, which some servers and proxies insist on. Knows files; it must not know the wire.
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from nomad_swagger.errors import UsageError
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.call import Body

_ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")


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
class FolderBody:
    """A folder as a zip that is written while it is sent; stored, not compressed, so its size is known beforehand.

    Paths in the zip begin with the folder's own name: NOMAD v0 can list every folder of an upload but its root. Hidden
    files go along; links are followed to files only.
    """

    folder: Path

    @property
    def size_bytes(self) -> int:
        return len(self._zip())

    def chunks(self) -> Iterator[bytes]:
        block = bytearray()
        for piece in self._zip():
            block += piece
            if len(block) >= CHUNK_BYTES:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)

    def _zip(self) -> Any:
        from zipstream import ZipStream

        stream = ZipStream(sized=True)
        name = PurePosixPath(self.folder.resolve().name)
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            stream.add_path(path, str(name / path.relative_to(self.folder).as_posix()))
        return stream


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


def body_of(source: str | Path | BinaryIO) -> tuple[Body, str]:
    """Give the body for what a caller names, and the file name it would have.

    Parameters
    ----------
    source : path or binary file object
        A folder is packed on the fly.

    Raises
    ------
    UsageError
        No such file, an empty folder, a file that may not be read or was opened as text.
    """
    if not isinstance(source, (str, Path)):
        return OpenFileBody(source), Path(str(getattr(source, "name", "upload"))).name
    path = Path(source)
    if path.is_dir():
        if not any(p.is_file() for p in path.rglob("*")):
            raise UsageError(f"folder {path} holds no file; there is nothing to upload")
        return FolderBody(path), f"{path.resolve().name}.zip"
    if not path.is_file():
        raise UsageError(f"no file or folder {path}")
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path}: you may not read it")
    return FileBody(path), path.name


def unpacked_as(source: str | Path | BinaryIO, filename: str) -> str | None:
    """Give the file name to send along, None where a server does better by looking itself.

    NOMAD v1 unpacks by the ending of a name that is given, and looks at the content where none is: a zip under a name
    of another ending, or an open file of no name of its own, would be kept packed. Source: NOMAD 1.4.3 and 2.0.0.
    """
    if filename.lower().endswith(_ARCHIVE_ENDINGS):
        return filename
    if not isinstance(source, (str, Path)) and not isinstance(getattr(source, "name", None), str):
        return None
    return None if _is_archive(source) or not Path(filename).suffix else filename


def _is_archive(source: str | Path | BinaryIO) -> bool:
    """Tell whether a file begins as a zip or tar does; of what cannot be read twice nothing is known."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))
    if not source.seekable():
        return False
    start = source.tell()
    try:
        return zipfile.is_zipfile(source) or _is_tar(source, start)
    finally:
        source.seek(start)


def _is_tar(source: BinaryIO, start: int) -> bool:
    source.seek(start)
    return tarfile.is_tarfile(source)


def _blocks(file: BinaryIO | io.FileIO) -> Iterator[bytes]:
    while block := file.read(CHUNK_BYTES):
        yield block
