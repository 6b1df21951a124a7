"""Bodies made of a manifest: exactly the files that it tells, as they were when it was made, or an error that names it.

A file that grew, shrank, was written to, vanished or cannot be read any more ends the sending: half of a body is no
upload, and a file that is not the one that was looked at must not become part of one. Must not know the wire.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transfers.manifest import Manifest, ManifestFile
from nomad_swagger.transfers.told_names import shown
from nomad_swagger.transfers.zip_writer import (
    Record,
    central_header,
    descriptor,
    dos_time,
    end_of_zip,
    local_header,
    size_of_zip,
)

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class PackedBody:
    """The files of a manifest as a zip that is written while it is sent; stored, so its size is known beforehand."""

    manifest: Manifest

    @cached_property
    def size_bytes(self) -> int:
        """Give how long the zip is."""
        top = len(self._top)
        files = self.manifest.files
        return size_of_zip(((top + len(file.path.encode()), file.size_bytes) for file in files), CHUNK_BYTES)

    @property
    def _top(self) -> bytes:
        return f"{self.manifest.top}/".encode() if self.manifest.top else b""

    def chunks(self) -> Iterator[bytes]:
        """Give the zip.

        Raises
        ------
        SourceChanged
        """
        block, directory, top = bytearray(), bytearray(), self._top
        at = count = 0  # where the next file begins, and how many there were
        for file in self.manifest.files:
            size = file.size_bytes
            record = Record(top + file.path.encode(), size, dos_time(file.mtime_ns // 10**9), size <= CHUNK_BYTES)
            if record.crc_first:
                content = steady_content(file)
                crc, length = zlib.crc32(content), len(block)
                block += local_header(record, crc)
                block += content
                length = len(block) - length
            else:
                block += local_header(record)
                yield bytes(block)
                length, crc = len(local_header(record)) + size, 0
                block.clear()
                for content in steady_blocks(file):
                    crc = zlib.crc32(content, crc)
                    yield content
                block += descriptor(record, crc, size)
                length += len(block)
            directory += central_header(record, crc, size, at)
            at, count = at + length, count + 1
            if len(block) >= CHUNK_BYTES:
                yield bytes(block)
                block.clear()
        block += directory + end_of_zip(count, len(directory), at)
        for begin in range(0, len(block), CHUNK_BYTES):
            yield bytes(block[begin : begin + CHUNK_BYTES])


@dataclass(frozen=True)
class SteadyBody:
    """One file byte for byte, an archive say, as it was when it was looked at."""

    file: ManifestFile

    @property
    def size_bytes(self) -> int:
        """Give how long it is."""
        return self.file.size_bytes

    def chunks(self) -> Iterator[bytes]:
        """Give its content.

        Raises
        ------
        SourceChanged
        """
        return steady_blocks(self.file)


class _Once:
    """What is read from a stream can be sent once, unless the stream can go back to where it stood."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = head, file
        self._start = file.tell() if file.seekable() else None
        self._used = False

    def _content(self) -> Iterator[bytes]:
        if self._start is not None:
            self._file.seek(self._start)
        elif self._used:
            raise UsageError("this stream was read already and cannot be sent again: give a file, or open it anew")
        self._used = True
        return rest_of(self._head, self._file)


class PackedStream(_Once):
    """One stream as the only file of a zip.

    Parameters
    ----------
    head : bytes
        What was read of it already.
    file : BinaryIO
        The rest.
    name : str
        Its path in the zip.
    mtime_s : float
    size_bytes : int, optional
        How long it is, where that is known.
    """

    def __init__(self, head: bytes, file: BinaryIO, name: str, mtime_s: int, *, size_bytes: int | None = None) -> None:
        super().__init__(head, file)
        self._record = Record(name.encode(), size_bytes, dos_time(mtime_s))

    @property
    def size_bytes(self) -> int | None:
        """Give how long the zip is, where that is known before."""
        content = self._record.size_bytes
        return None if content is None else size_of_zip([(len(self._record.name), content)], -1)

    def chunks(self) -> Iterator[bytes]:
        """Give the zip.

        Raises
        ------
        SourceChanged
            It is not as long as it was.
        """
        header, crc, size = local_header(self._record), 0, 0
        yield header
        for content in self._content():
            crc, size = zlib.crc32(content, crc), size + len(content)
            yield content
        if self._record.size_bytes not in (None, size):
            name = shown(str(getattr(self._file, "name", "the stream")))
            raise SourceChanged(f"{name} is no longer of {self._record.size_bytes:,} bytes.", path=name)
        behind = descriptor(self._record, crc, size)
        directory = central_header(self._record, crc, size, 0)
        yield behind + directory + end_of_zip(1, len(directory), len(header) + size + len(behind))


class StartedStream(_Once):
    """A stream as it is, of which the head was read already."""

    size_bytes = None

    def chunks(self) -> Iterator[bytes]:
        """Give it from its beginning."""
        return self._content()


def rest_of(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    """Give a stream of which the head was read already.

    Raises
    ------
    SourceChanged
        It cannot be read.
    """
    if head:
        yield head
    name = shown(str(getattr(file, "name", "the stream")))
    while True:
        try:
            content = file.read(CHUNK_BYTES)
        except OSError as error:
            raise SourceChanged(f"{name} cannot be read any more: {error.strerror}", path=name) from error
        if not content:
            return
        yield content


def steady_content(file: ManifestFile) -> bytes:
    """Give the content of a small file, if it is the one that was looked at.

    Raises
    ------
    SourceChanged
        It is not; the message names it.
    """
    handle = _open(file)
    try:
        content = _read(handle, file, file.size_bytes) if file.size_bytes else b""
        while len(content) < file.size_bytes and (more := _read(handle, file, file.size_bytes - len(content))):
            content += more
        _compare(file, os.fstat(handle), missing=file.size_bytes - len(content))
        return content
    finally:
        os.close(handle)


def steady_blocks(file: ManifestFile) -> Iterator[bytes]:
    """Give the content of a file in blocks, if it is and stays the one that was looked at.

    Raises
    ------
    SourceChanged
        It is not; the message names it.
    """
    handle = _open(file)
    try:
        _compare(file, os.fstat(handle))
        left = file.size_bytes
        while left and (content := _read(handle, file, min(left, CHUNK_BYTES))):
            left -= len(content)
            yield content
        _compare(file, os.fstat(handle), missing=left)
    finally:
        os.close(handle)


def _open(file: ManifestFile) -> int:
    try:
        return os.open(file.source, _READ)
    except OSError as error:
        raise _changed(file, f"cannot be read any more ({error.strerror})") from error


def _read(handle: int, file: ManifestFile, size_bytes: int) -> bytes:
    try:
        return os.read(handle, size_bytes)
    except OSError as error:
        raise _changed(file, f"cannot be read to its end ({error.strerror})") from error


def _compare(file: ManifestFile, seen: os.stat_result, missing: int = 0) -> None:
    if seen.st_size == file.size_bytes and seen.st_mtime_ns == file.mtime_ns and not missing:
        return
    if not stat.S_ISREG(seen.st_mode):
        raise _changed(file, "is no file any more")
    if seen.st_size != file.size_bytes:
        grew = "grew" if seen.st_size > file.size_bytes else "shrank"
        raise _changed(file, f"{grew} from {file.size_bytes:,} to {seen.st_size:,} bytes")
    raise _changed(file, "ends early" if missing else "was written to")


def _changed(file: ManifestFile, what: str) -> SourceChanged:
    return SourceChanged(f"{shown(file.source)} {what} since it was looked at.", path=file.source)
