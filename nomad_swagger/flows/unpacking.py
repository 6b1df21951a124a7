"""Files out of a zip that the server makes while it sends, where it lists no upload as a whole (v0).

Only that zip has all of an upload's files, so it is fetched into a part that never gets a name, held against its
checksums, unpacked and removed: for a moment both are there. Knows zip; it must not know what is in it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.flows.downloading import Wishes, named
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.single_files import Wish, laid_out, missing_of, source_key
from nomad_swagger.flows.zip_verdicts import MANIFEST
from nomad_swagger.flows.zips import Bundle, fetch_zip
from nomad_swagger.settings import CHUNK_BYTES
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
    zip_wishes = replace(wishes, include=(), exclude=(), extract=False, flat=False, name=f".{bundle.filename}")

    def unpacked(part: Part) -> None:
        with zipfile.ZipFile(part.path) as archive:
            wanted = laid_out(_files(archive, upload_id), wishes)
            missing = missing_of(wanted, wishes)
            check_space(wishes.folder, sum(wish.file.size_bytes or 0 for wish in missing))
            for wish in missing:
                _unpack(client, archive, wish, wishes)
        part.drop()
        forget({wish.path: source_key(client, wish.file) for wish in wanted})

    fetch_zip(client, bundle, zip_wishes, unpacked)
    return wishes.folder if wishes.flat else wishes.folder / upload_id


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


def _unpack(client: NomadClient, archive: zipfile.ZipFile, wish: Wish, wishes: Wishes) -> None:
    with (
        archive.open(wish.file.raw["name"]) as member,
        claimed(wish.path, source_key(client, wish.file), ANEW, wait=wishes.wait_for_lock, look=False) as part,
    ):
        while block := member.read(CHUNK_BYTES):
            part.file.write(block)
        named(part, wishes.on_existing)
