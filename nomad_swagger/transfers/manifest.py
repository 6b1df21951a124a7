"""What goes up, file by file, before anything is sent; and what stays at home, and why.

These are the records; :mod:`nomad_swagger.transfers.survey` makes them. They do not know what NOMAD makes of the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from nomad_swagger.light import dataclass

Kind = Literal["folder", "file", "archive"]


@dataclass(frozen=True)
class Rules:
    """What a person says about what goes up.

    Attributes
    ----------
    include, exclude : tuple of str
        Patterns as in a gitignore. Only files of the first go up, if there are any, and none of the second.
    skip_unreadable : bool
        What cannot be read or followed is left out, and listed, instead of an error.
    follow_links : bool
        What a link that leads out of the folder leads to goes up too.
    escape_names : bool
        A name that is no UTF-8 goes up as ``caf%E9``, instead of an error.
    as_is : bool
        A file goes byte for byte, whatever it is.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    skip_unreadable: bool = False
    follow_links: bool = False
    escape_names: bool = False
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file that goes up.

    Attributes
    ----------
    path : str
        In what is sent, below ``Manifest.top``; steps are separated by ``/``.
    size_bytes, mtime_ns : int
        As it was found; the time counts from 1970.
    how : str
        How it was found: ``file``, ``hidden``, ``link to …``, ``through the link …``, ``in the archive``.
    source : str
        Where it lies on disk; empty for what is in an archive.
    remark : str
        What should be known of it: that it is licensed.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    how: str = "file"
    source: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that stays at home, and why; a folder's path ends with a slash.

    ``unread`` tells it from what nobody wanted: it could not be read, or not be followed.
    """

    path: str
    why: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that goes up otherwise than it is spelled on disk, there in bytes as Python writes them."""

    old: str
    new: str


@dataclass(frozen=True)
class Manifest:
    """What goes up of one source.

    Attributes
    ----------
    source : Path
    kind : {"folder", "file", "archive"}
        An archive goes byte for byte, and the files in it are told alone; the others are packed into a zip.
    top : str
        The folder in the zip that all paths are below; NOMAD v0 can list every folder of an upload but its root.
    files : tuple of ManifestFile
        Sorted by path.
    left_out : tuple of LeftOut
    renamed : tuple of Renamed
    archive : ManifestFile or None
        The archive itself, which goes byte for byte; None for what is packed.
    """

    source: Path
    kind: Kind
    top: str
    files: tuple[ManifestFile, ...]
    left_out: tuple[LeftOut, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    archive: ManifestFile | None = None

    @property
    def size_bytes(self) -> int:
        """Give the bytes of all files together, unpacked."""
        return sum(file.size_bytes for file in self.files)

    @property
    def digest(self) -> str:
        """Give a hash over paths, sizes and times: the same for the same files, wherever the folder lies."""
        told = hashlib.sha256(f"{self.kind}\0{self.top}".encode("utf-8", "surrogateescape"))
        for file in self.files if self.archive is None else (self.archive, *self.files):
            told.update(f"\0{file.path}\0{file.size_bytes}\0{file.mtime_ns}".encode("utf-8", "surrogateescape"))
        return told.hexdigest()

    def paths(self) -> Iterator[str]:
        """Give the paths that the files have in the upload."""
        before = f"{self.top}/" if self.top else ""
        return (before + file.path for file in self.files)

    def only(self, files: Sequence[ManifestFile]) -> Manifest:
        """Give the manifest of a part of the files."""
        return replace(self, files=tuple(files))
