"""Hold a zip against its checksums while it comes, so that it need not be read again.

Checksums of what passed are noted by where each member began. In the end the zip's own directory is held against them;
a member that could not be followed (packed in a rare way, or a transfer that went on in its middle) is read from the
disk. Knows zip (APPNOTE 6.3.10); it must not know where the bytes come from.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from nomad_swagger.transfers.beside import Beside
from nomad_swagger.transfers.checksums import crc32

_HEADER = struct.Struct("<4s5H3I2H")
_MEMBER, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_AFTER_A_MEMBER = (_MEMBER, b"PK\x01\x02", b"PK\x06\x06", b"PK\x05\x06")
_LATER, _ENCRYPTED = 0x08, 0x01
_UNKNOWN = 0xFFFFFFFF
_READ_BYTES = 2 << 20
_WINDOW_BYTES = 1 << 16

Seen = dict[int, tuple[int, int]]
"""Where a member's header begins → checksum and size of its content."""


class _NoMore(Exception):
    """The stream cannot be followed any further."""


class ZipWatch:
    """Follows a zip that comes from its beginning; the bytes go in, checksums by place come out."""

    def __init__(self) -> None:
        self._beside = Beside(self._follow)
        self._seen: Seen = {}

    def feed(self, block: bytes | None) -> None:
        """Take the next block; None: it begins anew."""
        self._beside.feed(block)

    def seen(self) -> Seen:
        """Give what was seen, after all that was fed has been looked at."""
        self._beside.end()
        return self._seen

    def _follow(self, blocks: Iterator[bytes]) -> None:
        self._seen = {}
        stream = _Stream(blocks)
        try:
            while (place := stream.place) is not None and stream.peek(4) == _MEMBER:
                self._seen[place] = _follow_member(stream)
        except (_NoMore, zlib.error):
            pass


class _Stream:
    """Bytes that are looked at and taken."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks, self.place, self._rest = blocks, 0, b""

    def peek(self, size: int) -> bytes:
        while len(self._rest) < size and (block := next(self.blocks, b"")):
            self._rest += block
        return self._rest[:size]

    def window(self) -> bytes:
        """Give a good piece of what comes next, without taking it."""
        self.peek(_WINDOW_BYTES)
        return self._rest

    def take(self, size: int) -> bytes:
        given = self.peek(size)
        if len(given) < size:
            raise _NoMore
        self.skip(size)
        return given

    def skip(self, size: int) -> None:
        self._rest = self._rest[size:]
        self.place += size

    def up_to(self, size: int | None) -> Iterator[bytes]:
        """Give blocks, so many bytes in all, or as long as somebody asks."""
        while size is None or size > 0:
            block = self._rest or next(self.blocks, b"")
            if not block:
                raise _NoMore
            given, self._rest = (block, b"") if size is None or len(block) <= size else (block[:size], block[size:])
            self.place += len(given)
            size = None if size is None else size - len(given)
            yield given

    def back(self, rest: bytes) -> None:
        self._rest = rest + self._rest
        self.place -= len(rest)


def _follow_member(stream: _Stream) -> tuple[int, int]:
    _, _, flags, method, _, _, _, packed, size, names, extras = _HEADER.unpack(stream.take(_HEADER.size))
    stream.take(names)
    extra = stream.take(extras)
    if flags & _ENCRYPTED:
        raise _NoMore
    if packed == _UNKNOWN and size == _UNKNOWN and not flags & _LATER:
        packed = _long_size(extra)
    later = bool(flags & _LATER)
    if method == zipfile.ZIP_STORED and not later:
        return _summed(stream.up_to(packed))
    if method == zipfile.ZIP_STORED:
        return _until_described(stream)
    if method != zipfile.ZIP_DEFLATED:
        raise _NoMore
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    found = _summed(_inflated(stream, inflate))
    if later:
        _skip_descriptor(stream)
    return found


def _summed(blocks: Iterator[bytes]) -> tuple[int, int]:
    crc, size = 0, 0
    for block in blocks:
        crc, size = crc32(block, crc), size + len(block)
    return crc, size


def _inflated(stream: _Stream, inflate: zlib._Decompress) -> Iterator[bytes]:
    for block in stream.up_to(None):
        left = block
        while left and not inflate.eof:
            yield inflate.decompress(left, _READ_BYTES)
            left = inflate.unconsumed_tail
        if inflate.eof:
            stream.back(inflate.unused_data)
            return


def _long_size(extra: bytes) -> int:
    """Give the packed size that a header's extra field has where 32 bits are too few."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<2H", extra[:4])
        if kind == 1 and size >= 16:
            return int(struct.unpack("<2Q", extra[4:20])[1])
        extra = extra[4 + size :]
    raise _NoMore


def _until_described(stream: _Stream) -> tuple[int, int]:
    """Follow a content of unknown length to the descriptor behind it, which has its checksum and size."""
    crc, size = 0, 0
    while True:
        block = stream.window()
        at = block.find(_DESCRIPTOR)
        sure = at if at >= 0 else max(len(block) - 3, 0)
        crc, size = crc32(block[:sure], crc), size + sure
        stream.skip(sure)
        if at >= 0:
            if _is_descriptor(stream.peek(28), crc, size):
                _skip_descriptor(stream)
                return crc, size
            crc, size = crc32(stream.take(4), crc), size + 4
        elif not sure:
            raise _NoMore


def _is_descriptor(found: bytes, crc: int, size: int) -> bool:
    short, long = struct.pack("<3I", crc, size & _UNKNOWN, size & _UNKNOWN), struct.pack("<I2Q", crc, size, size)
    return found[4:16] == short or found[4:24] == long


def _skip_descriptor(stream: _Stream) -> None:
    found = stream.peek(28)
    for size in (16, 24, 12, 20):
        if found[size : size + 4] in _AFTER_A_MEMBER:
            stream.skip(size)
            return
    raise _NoMore


def broken_member(path: Path, seen: Seen) -> str | None:
    """Give the name of the first member of a zip whose content is not what its directory says; None where all are.

    Raises
    ------
    zipfile.BadZipFile, zlib.error, EOFError
        It is no whole zip.
    """
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            known = seen.get(info.header_offset)
            if known is not None:
                if known != (info.CRC, info.file_size):
                    return info.filename
            elif not _reads(archive, info):
                return info.filename
    return None


def _reads(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(info) as member:
            while member.read(_READ_BYTES):
                pass
    except zipfile.BadZipFile as error:
        if "CRC" in str(error):
            return False
        raise
    return True
