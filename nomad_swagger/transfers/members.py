"""The zip that a server has stored, read where it lies: its directory, and single members, by HTTP's ranges.

The end of the zip comes in one request, and with it size, ETag and, of most zips, the whole directory. Members that lie
side by side come in one request, too, and each is unpacked while it comes and held against its checksum. Knows zip
(APPNOTE 6.3.10) and ranges; it must not know NOMAD's operations.
"""

from __future__ import annotations

import io
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property

from nomad_swagger.errors import ChecksumMismatch, IncompleteTransfer, TransferError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.checksums import crc32
from nomad_swagger.transfers.source import (
    PROOF_BYTES,
    BrokenOff,
    ByRange,
    Send,
    Source,
    Stream,
    announced,
    range_of,
    ranged,
)
from nomad_swagger.transfers.steady import steady
from nomad_swagger.transport.call import PreparedCall

_TAIL_BYTES = 64 << 10
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LARGE_BYTES = 4 << 20  # a member that is worth going on with in its middle
_RUN_BYTES, _RUN_MEMBERS = 8 << 20, 500  # what one request brings at most of small ones
_GAP_BYTES = 512  # between two members: less than a request of its own costs


@dataclass(frozen=True)
class Member:
    """A file in a zip: from ``begin`` to ``end`` with its header; ``method`` is how it is packed."""

    name: str
    size_bytes: int
    packed_bytes: int
    crc32: int
    method: int
    begin: int
    end: int

    @property
    def is_large(self) -> bool:
        """Tell whether it lies there as it is, and is worth a transfer of its own."""
        return self.method == zipfile.ZIP_STORED and self.size_bytes >= _LARGE_BYTES


@dataclass(frozen=True)
class StoredZip:
    """A zip on a server.

    Attributes
    ----------
    title, key : str
        For messages; what it is.
    call : PreparedCall
    send : callable
    etag : str
    size_bytes : int or None
        None where the server does not even say that.
    tail : bytes
        Its end; empty where the server gives no ranges.
    """

    title: str
    key: str
    call: PreparedCall
    send: Send
    etag: str
    size_bytes: int | None
    tail: bytes

    @property
    def has_ranges(self) -> bool:
        """Tell whether parts of it can be had."""
        return bool(self.tail)

    @cached_property
    def members(self) -> dict[str, Member]:
        """Give its files by name, from its directory.

        Raises
        ------
        zipfile.BadZipFile
            It is none.
        """
        with zipfile.ZipFile(_Window(self)) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
            ends = [*(info.header_offset for info in infos), archive.start_dir][1:]
        return {
            info.filename: Member(
                info.filename, info.file_size, info.compress_size, info.CRC, info.compress_type, info.header_offset, end
            )
            for info, end in zip(infos, ends, strict=True)
            if not info.is_dir()
        }

    def whole(self) -> Source:
        """Give the zip as a source."""
        return self.piece(0, self.size_bytes or 0)

    def piece(self, begin: int, end: int) -> ByRange:
        """Give what lies between two places."""
        proof = 0 if self.etag else PROOF_BYTES
        return ByRange(self.title, self.key, self.etag, end - begin, self.call, self.send, begin, proof_bytes=proof)

    def large(self, member: Member) -> ByRange:
        """Give the content of a large member as a source, which can go on in its middle."""
        with closing(self.piece(member.begin, member.begin + _LOCAL_HEADER.size).open(0).chunks()) as blocks:
            header = b"".join(blocks)
        begin = member.begin + _LOCAL_HEADER.size + _names_bytes(header, member)
        source = self.piece(begin, begin + member.size_bytes)
        return replace(source, title=member.name, key=f"{self.key}/{member.name}")


def find_zip(title: str, key: str, call: PreparedCall, send: Send) -> StoredZip:
    """Ask for the end of a stored zip.

    Raises
    ------
    ApiError, TransportError
    """
    response = send(ranged(call, f"bytes=-{_TAIL_BYTES}"))
    found, etag = range_of(response), response.headers.get("ETag", "")
    if found is None or found[2] is None:
        response.close()
        return StoredZip(title, key, call, send, etag, announced(response), b"")
    # What tells two states apart where there is no ETag is not much, but better than nothing.
    stored = StoredZip(title, key, call, send, etag or response.headers.get("Last-Modified", ""), found[2], b"")
    tail = b"".join(_until_cut(Stream(0, None, response)))
    rest = stored.piece(found[0] + len(tail), found[2])
    if rest.size_bytes:
        tail += b"".join(steady(rest, threading.Event()))
    return replace(stored, tail=tail)


def _until_cut(stream: Stream) -> Iterator[bytes]:
    with suppress(BrokenOff):
        yield from stream.chunks()


def runs(members: Iterable[Member]) -> Iterator[list[Member]]:
    """Give members in groups that one request brings each: side by side, and not too much at once.

    A large one is alone.
    """
    run: list[Member] = []
    for member in sorted(members, key=lambda member: member.begin):
        full = bool(run) and (
            member.is_large
            or run[-1].is_large
            or member.begin - run[-1].end > _GAP_BYTES
            or member.end - run[0].begin > _RUN_BYTES
            or len(run) >= _RUN_MEMBERS
        )
        if full:
            yield run
            run = []
        run.append(member)
    if run:
        yield run


def unpack(
    stored: StoredZip, run: list[Member], stop: threading.Event
) -> Iterator[tuple[Member, Callable[[Callable[[bytes], object]], None]]]:
    """Give the members of a run, each with what writes its content; to be called before the next one.

    Raises
    ------
    IncompleteTransfer, ChecksumMismatch, TransferError
    """
    reader = _Reader(steady(stored.piece(run[0].begin, run[-1].end), stop), run[0].begin)
    for member in run:
        reader.skip_to(member.begin)
        header = reader.exactly(_LOCAL_HEADER.size)
        reader.exactly(_names_bytes(header, member))

        def write(out: Callable[[bytes], object], member: Member = member) -> None:
            _unpacked(reader, member, out)

        yield member, write


def _unpacked(reader: _Reader, member: Member, out: Callable[[bytes], object]) -> None:
    if member.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise TransferError(f"{member.name} is packed in a way that cannot be read here: download the whole zip")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == zipfile.ZIP_DEFLATED else None
    crc, size = 0, 0
    try:
        for block in reader.blocks(member.packed_bytes):
            data = inflate.decompress(block) if inflate else block
            crc, size = crc32(data, crc), size + len(data)
            if size > member.size_bytes:
                break
            out(data)
    except zlib.error as error:
        raise ChecksumMismatch(f"{member.name} cannot be unpacked: {error}. Download it again.") from error
    if (crc, size) != (member.crc32, member.size_bytes):
        raise ChecksumMismatch(f"{member.name} has the wrong checksum. Nothing of it was kept; download it again.")


def _names_bytes(header: bytes, member: Member) -> int:
    """Give how long name and extras are that lie between a member's header and its content."""
    fields = _LOCAL_HEADER.unpack(header) if len(header) == _LOCAL_HEADER.size else (b"",)
    if fields[0] != b"PK\x03\x04":
        raise ChecksumMismatch(f"{member.name} does not lie where the zip's directory says; download it again")
    return int(fields[-2]) + int(fields[-1])


class _Reader:
    """A stream of blocks, read by so many bytes."""

    def __init__(self, blocks: Iterator[bytes], place: int) -> None:
        self._blocks, self._place, self._rest = blocks, place, b""

    def blocks(self, size: int) -> Iterator[bytes]:
        while size:
            block = self._rest or next(self._blocks, b"")
            if not block:
                raise IncompleteTransfer("the zip ended in the middle of a file; download it again")
            given, self._rest = block[:size], block[size:]
            size -= len(given)
            self._place += len(given)
            yield given

    def exactly(self, size: int) -> bytes:
        return b"".join(self.blocks(size))

    def skip_to(self, place: int) -> None:
        for _ in self.blocks(place - self._place):
            pass


class _Window(io.RawIOBase):
    """The end of a stored zip as a file: what lies before what is there is fetched when it is read."""

    def __init__(self, stored: StoredZip) -> None:
        self._stored = stored
        self._tail = stored.tail
        self._size = stored.size_bytes or len(stored.tail)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(offset + {0: 0, 1: self._at, 2: self._size}[whence], 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        begin = self._size - len(self._tail)
        if self._at < begin:
            self._tail = b"".join(steady(self._stored.piece(self._at, begin), threading.Event())) + self._tail
            begin = self._at
        found = self._tail[self._at - begin :]
        given = found if size is None or size < 0 else found[:size]
        self._at += len(given)
        return given
