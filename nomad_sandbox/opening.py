"""Open a file of a calculation as it was before somebody compressed it.

Knows gzip, bzip2 and xz by their first bytes, and the bytes of old text files. It must not know codes or the store.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_STEP_BYTES = 1 << 12  # of a damaged file, as much as this is lost before the damage
TEXT_LIMIT_BYTES = 1 << 30
_FIRST_BYTES: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_ENDINGS = ("gz", "bz2", "xz")
DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError)


class TooLong(ValueError):
    """A text that is longer, unpacked, than anybody should have to read."""


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading its bytes; what was compressed is unpacked on the way."""
    with path.open("rb") as file:
        first = file.read(6)
    for magic, opener in _FIRST_BYTES:
        if first.startswith(magic):
            opened: BinaryIO = opener(path)
            return opened
    return path.open("rb")


def plain_name(name: str) -> str:
    """Give the name that a file had before it was compressed.

    Examples
    --------
    >>> plain_name("eos.xyz.GZ"), plain_name("si.out")
    ('eos.xyz', 'si.out')
    """
    stem, dot, ending = name.rpartition(".")
    return stem if dot and ending.lower() in _ENDINGS else name


def read_head(path: Path, size_bytes: int) -> bytes:
    """Give a file's first bytes, unpacked; of a damaged compressed file what stands before the damage."""
    head = b""
    with open_plain(path) as file:
        try:
            while len(head) < size_bytes and (more := file.read(min(_STEP_BYTES, size_bytes - len(head)))):
                head += more
        except DAMAGED:
            pass  # whoever reads the whole file is told
    return head


def decoded(content: bytes) -> str:
    """Give the text of bytes, the replacement character for each that is no UTF-8.

    Examples
    --------
    >>> decoded("Ångström".encode("latin-1")).endswith("m")
    True
    """
    return content.decode("utf-8", errors="replace")


def read_text(path: Path, *, limit_bytes: int = TEXT_LIMIT_BYTES) -> str:
    """Give a file's text, unpacked.

    Raises
    ------
    TooLong
    """
    with open_plain(path) as file:
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise TooLong(f"the file holds more than {limit_bytes >> 20} MiB of text")
    return decoded(content)


def whole_lines(text: str) -> list[str]:
    r"""Give the lines of a text that were written to their end: a run that is killed may leave half a number.

    Examples
    --------
    >>> whole_lines("energy = -1.5 eV\nforce = 0.1")
    ['energy = -1.5 eV']
    """
    lines = text.splitlines()
    return lines if text.endswith(("\n", "\r")) else lines[:-1]
