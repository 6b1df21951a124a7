"""Files of an upload as records, and what else tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class File:
    """A file of an upload, or a folder, by its path in the upload.

    Attributes
    ----------
    size_bytes : int or None
        None where nobody says; a folder's is that of all that is below it.
    crc32 : int or None
        Of the content; known where the server has the upload's zip stored.
    readable : bool
        False where it belongs to an entry and the server keeps it from the caller (embargo, licence).
    raw : dict
        NOMAD's whole answer.
    """

    name: str
    path: str = ""
    upload_id: str = ""
    size_bytes: int | None = None
    is_folder: bool = False
    crc32: int | None = None
    readable: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class UploadState:
    """What of an upload changes when its files do; empty where the server does not tell."""

    changed: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class EntryFiles:
    """The files of one entry, as rows of NOMAD's."""

    upload_id: str = ""
    files: tuple[Mapping[str, Any], ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class FoundPath:
    """What an upload has under a path."""

    is_folder: bool = False
    size_bytes: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
