"""What a zip or tar file holds, and whether it is a whole one; it is read, never unpacked.

NOMAD unpacks zips and tars, these plain or compressed by gzip, bzip2 or xz. Other archives it keeps packed.
"""

from __future__ import annotations

import bz2
import calendar
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, Literal, cast

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.told_names import shown

Content = Literal["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]

ENDINGS: dict[str, Content] = {
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "tar.gz",
    ".tar.gz": "tar.gz",
    ".tbz2": "tar.bz2",
    ".tar.bz2": "tar.bz2",
    ".txz": "tar.xz",
    ".tar.xz": "tar.xz",
}
# Archives that NOMAD does not unpack.
_FOREIGN = (".7z", ".rar", ".tar.zst", ".tzst", ".tar.lz4", ".tar.lz", ".tar.lzma", ".tar.z", ".tar.br", ".cpio", ".ar")
# Files of data that happen to be zips.
_ZIPS_OF_DATA = (".npz", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".jar", ".whl", ".epub", ".keras", ".pt")
HEAD_BYTES = 1 << 20
_BLOCK = 512
_ENCRYPTED = 1
_UNZIPPED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    name: str
    size_bytes: int
    mtime_s: int


def ending_of(name: str) -> Content | None:
    """Give what a file's name says that it is; None for no archive of NOMAD's.

    Examples
    --------
    >>> ending_of("runs.TAR.gz"), ending_of("si.out")
    ('tar.gz', None)
    """
    lower = name.lower()
    return next((ENDINGS[ending] for ending in sorted(ENDINGS, key=len, reverse=True) if lower.endswith(ending)), None)


def content_of(head: bytes) -> Content | None:
    """Give what a file is by its first bytes (a MiB, for a tar by bzip2); None for no archive of NOMAD's."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if _begins_tar(head):
        return "tar"
    for magic, content, unpacked in _PACKINGS:
        if head.startswith(magic):
            try:
                return content if _begins_tar(unpacked(head)) else None
            except (OSError, zlib.error, lzma.LZMAError, EOFError):
                return None
    return None


_PACKINGS: tuple[tuple[bytes, Content, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", "tar.gz", lambda data: zlib.decompressobj(31).decompress(data, _BLOCK)),
    (b"BZh", "tar.bz2", lambda data: bz2.BZ2Decompressor().decompress(data, _BLOCK)),
    (b"\xfd7zXZ", "tar.xz", lambda data: lzma.LZMADecompressor().decompress(data, _BLOCK)),
)


def _begins_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def members_of(path: Path) -> list[Member] | None:
    """Give the files in an archive, None for a file that is none and does not say that it is one.

    Raises
    ------
    UsageError
        Its name says that it is an archive, and it is none; it is cut short; NOMAD cannot unpack it; it is empty.
    """
    with path.open("rb") as file:
        return read_members(file, path.name, shown(path))


def read_members(file: BinaryIO, name: str, what: str) -> list[Member] | None:
    """Give the files in an open archive from where it stands, and leave it there; for the rest see :func:`members_of`.

    Parameters
    ----------
    file : BinaryIO
        Can seek.
    name : str
        The file's name; empty where it has none.
    what : str
        What to call it in a message.
    """
    start = file.tell()
    try:
        content = content_of(file.read(HEAD_BYTES))
        refuse_misnamed(name, content, what)
        if content is None or (content == "zip" and name.lower().endswith(_ZIPS_OF_DATA)):
            return None
        file.seek(start)
        found = list(_in_zip(file, what) if content == "zip" else _in_tar(file, content))
    except _BROKEN as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"{what} begins as a {content} archive does, and is cut short or damaged ({error}). Nothing was sent; "
            "--as-is sends it all the same."
        ) from error
    finally:
        file.seek(start)
    if not found:
        raise UsageError(f"{what} is an archive that holds no file: there is nothing to upload. --as-is sends it.")
    return found


def refuse_misnamed(name: str, content: Content | None, what: str) -> None:
    """Refuse a file whose name says that it is an archive, and which is none that NOMAD unpacks.

    Raises
    ------
    UsageError
    """
    lower = name.lower()
    if content is None and ending_of(name):
        raise UsageError(
            f"{what} is no {ending_of(name)} archive, though its name says so: NOMAD could not unpack it. Nothing was "
            "sent; give it its right name, and it is packed. --as-is sends it all the same."
        )
    if content is None and lower.endswith(_FOREIGN):
        raise UsageError(
            f"{what}: NOMAD unpacks zip and tar files (these also by gzip, bzip2 or xz), no others. Nothing was sent; "
            "unpack it and give the folder. --as-is sends it all the same."
        )


def _in_zip(file: BinaryIO, what: str) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for one in archive.infolist():
            if one.flag_bits & _ENCRYPTED or one.compress_type not in _UNZIPPED:
                raise UsageError(
                    f"{what}: {shown(one.filename)} is encrypted, or packed in a way that NOMAD cannot unpack. Nothing "
                    "was sent; unpack it and give the folder. --as-is sends it all the same."
                )
            if one.header_offset < 0 or one.header_offset + one.compress_size > archive.start_dir:
                raise zipfile.BadZipFile(f"its directory tells of more than there is, at {shown(one.filename)}")
            if not one.is_dir():
                yield Member(one.filename, one.file_size, calendar.timegm((*one.date_time, 0, 0, 0)))


class _Watched:
    """A stream that remembers what was read of it last: whether a tar ended as tars do, nobody else tells."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.last = file, b""
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        self.last = self._file.read(size)
        return self.last


def _in_tar(file: BinaryIO, content: Content) -> Iterator[Member]:
    stream = _unpacked(file, content)
    watched = _Watched(stream)
    with tarfile.open(fileobj=watched, mode="r:") as archive:  # type: ignore[call-overload]  # reads and seeks alone
        while (one := archive.next()) is not None:
            archive.members = []  # they are of no more use, and many
            if one.isreg():
                yield Member(one.name, one.size, int(one.mtime))
    if watched.last != bytes(_BLOCK):
        raise tarfile.ReadError("the blocks at its end are missing")
    while stream.read(HEAD_BYTES):  # the rest, with the checksum of what it is compressed by
        pass


def _unpacked(file: BinaryIO, content: Content) -> IO[bytes]:
    openers: dict[Content, Callable[[], IO[bytes]]] = {
        "tar.gz": lambda: cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")),
        "tar.bz2": lambda: bz2.BZ2File(file),
        "tar.xz": lambda: lzma.LZMAFile(file),  # noqa: SIM115 - its file is somebody else's
    }
    return openers[content]() if content in openers else file
