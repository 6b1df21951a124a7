"""Put a zip together from its files, where the server's own, made while it is sent, does not come through.

Each file goes on where it breaks off. Knows zip; which files belong in it is the caller's to say.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nomad_swagger.errors import Forbidden, NotFound, Unauthorized
from nomad_swagger.flows.downloading import Wishes
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.single_files import file_source
from nomad_swagger.transfers.parts import ANEW, Part, claimed
from nomad_swagger.transfers.steady import steady

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def pack(
    client: NomadClient,
    found: Iterable[File],
    target: Path,
    source: str,
    wishes: Wishes,
    below_uploads: bool,
    finish: Callable[[Part], None],
) -> None:
    """Write the zip of files into a part, and hand that on.

    Parameters
    ----------
    client : NomadClient
    found : iterable of File
    target : Path
        The final name.
    source : str
        What it is the zip of.
    wishes : Wishes
    below_uploads : bool
        Each file goes below its upload's id.
    finish : callable
        Checks the part and gives it its name.

    Raises
    ------
    NotFound
        There are none.
    IncompleteTransfer
    """
    files = [file for file in found if file.readable]
    if not files:
        raise NotFound(f"{target.name}: there are no files for it")
    total = sum(file.size_bytes or 0 for file in files)
    with claimed(target, source, ANEW, wait=wishes.wait_for_lock) as part:
        with zipfile.ZipFile(part.file, "w") as archive:
            done = 0
            for file in files:
                name = f"{file.upload_id}/{file.path}" if below_uploads else file.path
                done = _add(client, file, archive, name, wishes, done, total)
        finish(part)


def _add(
    client: NomadClient, file: File, archive: zipfile.ZipFile, name: str, wishes: Wishes, done: int, total: int
) -> int:
    blocks = steady(file_source(client, file, ""), wishes.stop)
    try:
        first = next(blocks, b"")
    except (Unauthorized, Forbidden, NotFound):  # it is missing then, and named
        return done
    with closing(blocks), archive.open(name, "w", force_zip64=True) as member:
        done = _write(member, first, wishes, done, total)
        for block in blocks:
            done = _write(member, block, wishes, done, total)
    return done


def _write(member: IO[bytes], block: bytes, wishes: Wishes, done: int, total: int) -> int:
    member.write(block)
    if wishes.progress is not None:
        wishes.progress(done + len(block), total)
    return done + len(block)
