"""Unpack what strangers send: zip and tar, never outside the folder, never without bounds.

Knows archive formats and their traps (absolute paths, ``..``, links, devices, bombs). It must not know uploads.
"""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

CHUNK = 1 << 20


class BadArchive(Exception):
    """No archive, or a broken one; the message is what NOMAD says."""


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold.

    Attributes
    ----------
    files : int
    floor_bytes : int
        Always allowed.
    ratio : int
        Above the floor: this many times the archive's own size.
    """

    files: int = 200_000
    floor_bytes: int = 4 << 30
    ratio: int = 100


def safe_parts(name: str) -> tuple[str, ...] | None:
    """Give the steps of a member's path, or None where it would lead outside.

    Examples
    --------
    >>> safe_parts("./a/b.txt")
    ('a', 'b.txt')
    >>> safe_parts("../etc/passwd") is None
    True
    """
    if "\0" in name or name.startswith("/"):
        return None
    parts = tuple(part for part in PurePosixPath(name).parts if part != ".")
    return None if not parts or ".." in parts else parts


def _zip_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bool, IO[bytes] | None]]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        mode = info.external_attr >> 16
        regular = stat.S_IFMT(mode) in (0, stat.S_IFREG)
        if regular:
            with archive.open(info) as member:
                yield info.filename, True, member
        else:
            yield info.filename, False, None


def _tar_members(archive: tarfile.TarFile) -> Iterator[tuple[str, bool, IO[bytes] | None]]:
    for info in archive:
        if info.isdir():
            continue
        if info.isreg():
            with archive.extractfile(info) or _never() as member:
                yield info.name, True, member
        else:
            yield info.name, False, None


def _never() -> IO[bytes]:
    raise tarfile.TarError("a regular member without content")


def _write(
    members: Iterator[tuple[str, bool, IO[bytes] | None]], folder: Path, *, files: int, size_bytes: int
) -> list[str]:
    skipped: list[str] = []
    for name, regular, member in members:
        parts = safe_parts(name)
        if parts is None or not regular or member is None:
            skipped.append(name)
            continue
        files -= 1
        if files < 0:
            raise BadArchive("the archive holds too many files")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            while chunk := member.read(CHUNK):
                size_bytes -= len(chunk)
                if size_bytes < 0:
                    raise BadArchive("the archive holds too many bytes")
                file.write(chunk)
    return skipped


def extract(archive: Path, folder: Path, *, bounds: Bounds | None = None) -> list[str]:
    """Unpack a zip or a (compressed) tar.

    Returns
    -------
    list of str
        Names of members that were left out: links, devices, paths that lead outside.

    Raises
    ------
    BadArchive
    """
    bounds = bounds or Bounds()
    allowed = max(bounds.floor_bytes, bounds.ratio * archive.stat().st_size)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                return _write(_zip_members(opened), folder, files=bounds.files, size_bytes=allowed)
        with tarfile.open(archive, "r:*") as tar:
            return _write(_tar_members(tar), folder, files=bounds.files, size_bytes=allowed)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        RuntimeError,  # zipfile's word for an encrypted member
        ValueError,
    ) as error:
        raise BadArchive("bad .zip/.tar file") from error
