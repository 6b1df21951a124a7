"""Files out of a zip that the server makes while it sends, where it lists no upload as a whole (v0).

Only that zip has all of an upload's files, so it is fetched into a part that never gets a name, held against its
checksums, unpacked and removed: for a moment both are there. Knows zip; it must not know what is in it.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.flows.downloading import Wishes, named, told_same
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.own_record import Origin, OwnRecord
from nomad_swagger.flows.sameness import Wish, changed, missing_of, origin_of, source_key
from nomad_swagger.flows.single_files import laid_out
from nomad_swagger.flows.stored import StoredZips
from nomad_swagger.flows.zip_verdicts import MANIFEST
from nomad_swagger.flows.zips import Bundle, bundle_key, fetch_zip
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transfers.beside import sha256_of
from nomad_swagger.transfers.parts import ANEW, Part, claimed, forget
from nomad_swagger.transfers.space import check_space

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def unpack_bundle(client: NomadClient, bundle: Bundle, wishes: Wishes) -> Path:
    """Fetch the zip of one upload or folder, unpack it, and give the folder with the files.

    Raises
    ------
    UsageError
        A file is there with another content, or a name leads out of the folder.
    IncompleteTransfer, ChecksumMismatch
    """
    upload_id = bundle.target.upload_id
    folder = wishes.folder if wishes.flat else wishes.folder / upload_id
    if _is_there(client, bundle, folder, wishes):
        told_same(folder, "checksums")
        return folder
    zip_wishes = replace(wishes, include=(), exclude=(), extract=False, flat=False, name=f".{bundle.filename}")
    zips = StoredZips(client, {upload_id: None})  # the checksums are in the zip that comes

    def unpacked(part: Part, left_out: Sequence[str]) -> None:
        with zipfile.ZipFile(part.path) as archive:
            wanted = laid_out(_files(archive, upload_id), wishes)
            missing = missing_of(client, wanted, wishes, zips)
            check_space(wishes.folder, sum(wish.file.size_bytes or 0 for wish in missing))
            sums = {wish.path: _unpack(client, archive, wish, wishes) for wish in missing}
        part.drop()
        forget({wish.path: source_key(client, wish.file) for wish in wanted})
        if wishes.record is not None and not left_out and wishes.on_existing != "skip":
            for wish in wanted:
                sha256 = sums.get(wish.path) or sha256_of(wish.path)
                wishes.record.note(wish.path, origin_of(client, wish.file, wishes.record), sha256)
            names = [wish.path.relative_to(folder).as_posix() for wish in wanted]
            wishes.record.note_whole(folder, _origin(client, bundle, wishes.record), names)

    fetch_zip(client, bundle, zip_wishes, unpacked)
    return folder


def _is_there(client: NomadClient, bundle: Bundle, folder: Path, wishes: Wishes) -> bool:
    """Tell whether our own record knows all files of the zip as unpacked here, and each of them is what came."""
    if wishes.record is None or not folder.is_dir():
        return False
    origin = _origin(client, bundle, wishes.record)
    paths = [folder / name for name in wishes.record.whole(folder, origin)]
    return bool(paths) and all(path.is_file() and wishes.record.is_as_it_came(path) for path in paths)


def _origin(client: NomadClient, bundle: Bundle, record: OwnRecord) -> Origin:
    upload_id = bundle.target.upload_id
    return Origin(bundle_key(client, bundle), record.changed(upload_id, lambda: changed(client, upload_id)))


def _files(archive: zipfile.ZipFile, upload_id: str) -> Iterator[File]:
    for info in archive.infolist():
        if not info.is_dir() and info.filename != MANIFEST:
            name = info.filename
            yield File(
                name.rpartition("/")[2],
                path=name.removeprefix(f"{upload_id}/"),
                upload_id=upload_id,
                size_bytes=info.file_size,
                crc32=info.CRC,
                raw={"name": name},
            )


def _unpack(client: NomadClient, archive: zipfile.ZipFile, wish: Wish, wishes: Wishes) -> str:
    """Unpack a file, and give the SHA-256 that our own record wants; empty where nobody keeps one."""
    seen = hashlib.sha256() if wishes.record is not None else None
    with (
        archive.open(wish.file.raw["name"]) as member,
        claimed(wish.path, source_key(client, wish.file), ANEW, wait=wishes.wait_for_lock, look=False) as part,
    ):
        while block := member.read(CHUNK_BYTES):
            part.file.write(block)
            if seen is not None:
                seen.update(block)
        came = named(part, wishes.on_existing)
    return seen.hexdigest() if seen is not None and came else ""
