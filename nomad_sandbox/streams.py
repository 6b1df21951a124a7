"""Files and zips as streams of bytes, of any size in little memory.

Knows files and zip. It must not know HTTP, users or uploads.
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from zipstream import ZipStream

CHUNK = 1 << 20
_FARTHEST = 1 << 50
_OPENERS: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open}


def _open(path: Path, *, decompress: bool) -> IO[bytes]:
    opener = _OPENERS.get(path.suffix) if decompress else None
    opened: IO[bytes] = path.open("rb") if opener is None else opener(path, "rb")
    return opened


def stream_file(path: Path, *, offset: int = 0, length: int | None = None, decompress: bool = False) -> Iterator[bytes]:
    """Give the bytes of a file.

    Parameters
    ----------
    path : Path
    offset : int
        Where to start.
    length : int, optional
        How many bytes; all without it.
    decompress : bool
        Give the content of a ``.gz`` or ``.xz`` file; both numbers count in it.
    """
    with _open(path, decompress=decompress) as file:
        if offset > _FARTHEST:  # no file is so long, and no system seeks so far
            return
        if offset:
            file.seek(offset)
        left = length
        while left is None or left > 0:
            chunk = file.read(CHUNK if left is None else min(CHUNK, left))
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            yield chunk


def stream_zip(
    files: Iterable[tuple[str, Path]], *, compress: bool = False, extra: Iterable[tuple[str, bytes]] = ()
) -> Iterator[bytes]:
    """Give a zip of files, each under a name, and of some more content at its end.

    Parameters
    ----------
    files : pairs of name and path
        Read one after the other while the zip is sent; of several with one name the first counts.
    compress : bool
        Deflate, else store.
    extra : pairs of name and content
    """
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    stream = ZipStream(compress_type=kind)
    seen: set[str] = set()
    for name, path in files:
        if name not in seen:
            seen.add(name)
            stream.add_path(path, name)
            yield from stream.all_files()
    for name, content in extra:
        stream.add(content, name)
        yield from stream.all_files()
    yield from stream.finalize()
