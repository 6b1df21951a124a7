"""Is a file on this disk what a download would bring: by its size, and by a checksum where there is one.

The checksum is the server's (CRC-32, in the directory of a stored zip) or our own record's; without one it is the size
alone, and that is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import ApiError
from nomad_swagger.flows.downloading import Wishes, already_there, told_same
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.own_record import Origin, OwnRecord
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.stored import StoredZips, member_at
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.checksums import crc_of
from nomad_swagger.transfers.members import StoredZip

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

WORTH_A_DIRECTORY = 4  # files of one upload: for fewer the stored zip's directory is not asked for


@dataclass(frozen=True)
class Wish:
    """A file and where it goes."""

    file: File
    path: Path

    @property
    def name(self) -> str:
        """Give what to call it in a message."""
        return f"{self.file.upload_id}/{self.file.path}"


def source_key(client: NomadClient, file: File) -> str:
    """Give what a file on this disk is of, by whichever way it comes."""
    return f"{client.nomad.api_url} {file.upload_id}/{file.path}"


def changed(client: NomadClient, upload_id: str) -> str:
    """Give when an upload was last changed; empty where the server does not tell."""
    nomad = client.nomad
    if not nomad.can("get_upload"):
        return ""
    try:
        told = nomad.ask("get_upload", {"upload_id": upload_id})
    except ApiError:  # it is not the caller's, and does not change any more
        return ""
    return str(read_record(nomad.generation.records, "upload_state", told).changed)


def origin_of(client: NomadClient, file: File, record: OwnRecord) -> Origin:
    """Give what our own record is to know a file by."""
    told = record.changed(file.upload_id, lambda: changed(client, file.upload_id))
    return Origin(source_key(client, file), told, file.size_bytes)


def is_same(client: NomadClient, path: Path, file: File, wishes: Wishes) -> str:
    """Tell what a file on this disk is the same by: its ``checksums`` or its ``size``; empty where it is another."""
    if path.stat().st_size != file.size_bytes:
        return ""
    if file.crc32 is not None:
        return "checksums" if crc_of(path) == file.crc32 else ""
    record = wishes.record
    known = (
        record.is_intact(path, origin_of(client, file, record)) if record is not None and record.knows(path) else None
    )
    return {True: "checksums", False: "", None: "size"}[known]


def missing_of(client: NomadClient, wanted: Sequence[Wish], wishes: Wishes, zips: StoredZips) -> list[Wish]:
    """Give what is not there yet, by what the caller wants of files that are.

    Raises
    ------
    UsageError
        One is there with another content.
    """
    missing, by = [], Counter[str]()
    there = {wish.path for wish in wanted if wish.path.exists() or wish.path.is_symlink()}
    summed = _summed(there, wanted, zips)
    for wish in wanted:
        if wish.path not in there or wish.file.size_bytes is None:
            missing.append(wish)
        elif wishes.on_existing != "skip":
            same = is_same(client, wish.path, summed(wish.file), wishes)
            by[same] += bool(same)
            if not same and wishes.on_existing == "error":
                raise already_there(wish.path)
            if not same:
                missing.append(wish)
    if by["size"]:
        told_same(wishes.folder, f"size ({by['size']} of {len(wanted)} files; the server tells no checksum)")
    return missing


def _summed(there: set[Path], wanted: Sequence[Wish], zips: StoredZips) -> Callable[[File], File]:
    """Give what adds the checksum to a file that lacks it, where its upload's stored zip is worth a look."""
    lacking = Counter(wish.file.upload_id for wish in wanted if wish.path in there and wish.file.crc32 is None)

    def add(file: File) -> File:
        upload_id = file.upload_id
        if file.crc32 is not None or not (zips.knows(upload_id) or lacking[upload_id] >= WORTH_A_DIRECTORY):
            return file
        return summed_in(zips.get(upload_id), file)

    return add


def summed_in(stored: StoredZip | None, file: File) -> File:
    """Give a file with the checksum that its upload's stored zip tells, where there is one."""
    member = member_at(stored, file.path)
    return file if member is None else replace(file, crc32=member.crc32)
