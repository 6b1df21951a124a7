"""The records of a zip whose size is known before any of it is made: stored, one file after the other.

Our own, since packing 10 000 small files by a library takes five times as long as sending them. Knows the format alone
(APPNOTE 6.3.10), reads no file. What is of 4 GiB or more, or lies behind that, has the fields of zip64.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_DESCRIPTOR = struct.Struct("<4s3L")
_DESCRIPTOR_64 = struct.Struct("<4sL2Q")
_SIZES_64 = struct.Struct("<2H2Q")

_FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
_OLD, _WITH_64 = 20, 45
_UTF_8, _CRC_FOLLOWS = 1 << 11, 1 << 3
_MADE_ON_UNIX = 3 << 8
_A_FILE = 0o100644 << 16
_FIRST_YEAR, _LAST_YEAR = 1980, 2107


class Record(NamedTuple):
    """A file in the zip.

    Attributes
    ----------
    name : bytes
        In UTF-8.
    size_bytes : int or None
        None where it is not known beforehand.
    modified : int
        As DOS writes a time, see :func:`dos_time`.
    crc_first : bool
        The checksum is known when the file's header is written.
    """

    name: bytes
    size_bytes: int | None
    modified: int
    crc_first: bool = False


def _is_big(record: Record) -> bool:
    """Tell whether its size needs zip64."""
    return record.size_bytes is None or record.size_bytes >= FULL_32


def _flags(record: Record) -> int:
    """Give the bits that tell how to read it."""
    return (0 if record.name.isascii() else _UTF_8) | (0 if record.crc_first else _CRC_FOLLOWS)


@lru_cache(maxsize=256)
def dos_time(mtime_s: int) -> int:
    """Give a time as zips have it, in local time, by two seconds; what they cannot tell is the nearest they can.

    Examples
    --------
    >>> dos_time(-1) == dos_time(0)
    True
    """
    year, month, day, hour, minute, second = time.localtime(max(mtime_s, 0))[:6]
    if year < _FIRST_YEAR:
        year, month, day, hour, minute, second = _FIRST_YEAR, 1, 1, 0, 0, 0
    date = (min(year, _LAST_YEAR) - _FIRST_YEAR) << 9 | month << 5 | day
    return date << 16 | hour << 11 | minute << 5 | min(second, 59) // 2


def local_header(record: Record, crc: int = 0) -> bytes:
    """Give what stands before a file's content."""
    name, size, modified, _ = record
    big = _is_big(record)
    extra = _SIZES_64.pack(1, 16, size or 0, size or 0) if big else b""
    told, version = (FULL_32, _WITH_64) if big else (size, _OLD)
    at, day = modified & _FULL_16, modified >> 16
    head = _LOCAL.pack(b"PK\3\4", version, _flags(record), 0, at, day, crc, told, told, len(name), len(extra))
    return head + name + extra


def descriptor(record: Record, crc: int, size_bytes: int) -> bytes:
    """Give what stands behind a file's content, where the checksum was not known before."""
    if record.crc_first:
        return b""
    kind = _DESCRIPTOR_64 if _is_big(record) else _DESCRIPTOR
    return kind.pack(b"PK\7\10", crc, size_bytes, size_bytes)


def central_header(record: Record, crc: int, size_bytes: int, offset: int) -> bytes:
    """Give a file's line in the directory at the end."""
    name, _, modified, _ = record
    big, far = _is_big(record), offset >= FULL_32
    extra, told, version = b"", size_bytes, _OLD
    if big or far:
        fields = ([size_bytes, size_bytes] if big else []) + ([offset] if far else [])
        extra = struct.pack(f"<2H{len(fields)}Q", 1, 8 * len(fields), *fields)
        told, offset, version = (FULL_32 if big else size_bytes), (FULL_32 if far else offset), _WITH_64
    at, day = modified & _FULL_16, modified >> 16
    lengths = (len(name), len(extra), 0, 0, 0)
    made = _MADE_ON_UNIX | version
    head = _CENTRAL.pack(
        b"PK\1\2", made, version, _flags(record), 0, at, day, crc, told, told, *lengths, _A_FILE, offset
    )
    return head + name + extra


def end_of_zip(count: int, directory_bytes: int, directory_at: int) -> bytes:
    """Give what stands at the end of all."""
    far = b""
    if count >= _FULL_16 or directory_at >= FULL_32 or directory_bytes >= FULL_32:
        told = (count, count, directory_bytes, directory_at)
        far = _END_64.pack(b"PK\6\6", _END_64.size - 12, _MADE_ON_UNIX | _WITH_64, _WITH_64, 0, 0, *told)
        far += _LOCATOR.pack(b"PK\6\7", 0, directory_at + directory_bytes, 1)
    files = min(count, _FULL_16)
    directory = (min(directory_bytes, FULL_32), min(directory_at, FULL_32))
    return far + _END.pack(b"PK\5\6", 0, 0, files, files, *directory, 0)


def size_of_zip(files: Iterable[tuple[int, int]], crc_first_below: int) -> int:
    """Give how many bytes a zip has.

    Parameters
    ----------
    files : pairs of int
        The bytes of each name and of each content.
    crc_first_below : int
        Up to which size the checksum is known before.
    """
    at = directory = count = 0
    for name, content in files:
        big = content >= FULL_32
        fields = 16 * big + 8 * (at >= FULL_32)
        directory += _CENTRAL.size + name + (fields and 4 + fields)
        behind = 0 if content <= crc_first_below else (_DESCRIPTOR_64.size if big else _DESCRIPTOR.size)
        at += _LOCAL.size + name + (_SIZES_64.size if big else 0) + content + behind
        count += 1
    return at + directory + len(end_of_zip(count, directory, at))
