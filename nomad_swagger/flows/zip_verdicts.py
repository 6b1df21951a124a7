"""What is to be thought of a zip: is it there already, is it whole, is it empty."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import ChecksumMismatch, Forbidden, IncompleteTransfer, NotFound
from nomad_swagger.flows.downloading import Wishes, already_there, told_same
from nomad_swagger.flows.listing import lists_all
from nomad_swagger.transfers.parts import Part
from nomad_swagger.transfers.zip_check import Seen, broken_member

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.zips import Bundle

MANIFEST = "manifest.json"


def is_done(client: NomadClient, bundle: Bundle, target: Path, wishes: Wishes) -> bool:
    """Tell whether there is nothing to do, since the zip is there.

    Raises
    ------
    UsageError
        Another one is there.
    """
    if not (target.exists() or target.is_symlink()):
        return False
    if wishes.on_existing == "skip":
        return True
    by = _same_by(client, bundle, target)
    if by:
        told_same(target, by)
        return True
    if wishes.on_existing == "error":
        raise already_there(target)
    return False


def _same_by(client: NomadClient, bundle: Bundle, target: Path) -> str:
    """Tell what a zip on this disk is the same by; empty where it is another."""
    if not zipfile.is_zipfile(target):
        return ""
    with zipfile.ZipFile(target) as archive:
        there = {info.filename: info for info in archive.infolist() if not info.is_dir() and info.filename != MANIFEST}
    if bundle.stored is not None and bundle.stored.has_ranges:
        here = {name: (info.CRC, info.file_size) for name, info in there.items()}
        stored = {name: (member.crc32, member.size_bytes) for name, member in bundle.stored.members.items()}
        same = here == stored and target.stat().st_size == bundle.stored.size_bytes
        return "checksums" if same else ""
    names = set(there)
    for file, size in bundle.sizes(client).items():
        name = bundle.name_in(file, names)
        if name is None or (size is not None and there[name].file_size != size):
            return ""
        names.discard(name)
    complete = lists_all(client) or bundle.target.kind in ("entry", "query")
    return "" if names and complete else "files' names and sizes (the server tells no checksum)"


def checked_names(part: Part, seen: Seen, what: str) -> set[str]:
    """Give the names in a zip that is what its checksums say."""
    part.file.flush()
    received = part.size_bytes
    try:
        broken = broken_member(part.path, seen)
        with zipfile.ZipFile(part.path) as archive:
            names = {name for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile as error:
        part.drop()
        raise IncompleteTransfer(
            f"{what}: the archive ends early, after {received:,} bytes (NOMAD does not say how many it has). "
            "Nothing was kept; download it again.",
            received=received,
        ) from error
    except (zlib.error, EOFError) as error:
        part.drop()
        raise ChecksumMismatch(
            f"{what}: it cannot be unpacked: {error}. Nothing was kept; download it again."
        ) from error
    if broken is not None:
        part.drop()
        raise ChecksumMismatch(f"{what}: {broken} in it has the wrong checksum. Nothing was kept; download it again.")
    return names - {MANIFEST}


def empty_zip(bundle: Bundle, due: set[str]) -> Forbidden | NotFound:
    if bundle.of_query and not due:
        return NotFound(
            f"{bundle.filename}: the query finds no files; `nomad-swagger search` shows what there is",
            status=200,
            operation=bundle.call.title,
            detail="empty zip",
        )
    files = f"none of its {len(due)} files is" if due else "nothing in it is"
    return Forbidden(
        f"{bundle.filename}: NOMAD sent an empty zip: {files} yours to see. "
        "Log in as somebody who may, or wait until it is published and its embargo over.",
        status=200,
        operation=bundle.call.title,
        detail="empty zip",
    )
