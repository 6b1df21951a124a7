"""Files on their way into an upload that is there: cut into parts, and remembered by checksum when they arrived.

A part is a zip of some files, so that what arrived need not be sent again when the line breaks. Must not know NOMAD's
operations, nor when a part has arrived.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nomad_swagger.errors import SourceChanged
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transfers.manifest import Manifest, ManifestFile
from nomad_swagger.transfers.sent_bodies import PackedBody, steady_blocks

PART_BYTES = 64 << 20
LEAST_BYTES = 1 << 20
_KIND = "journal of files in uploads"
_OPEN = "\0open"


def bundled(files: Iterable[ManifestFile], part_bytes: int) -> Iterator[list[ManifestFile]]:
    """Give files in parts of so many bytes at most; one that is larger is a part alone.

    Examples
    --------
    >>> sizes = [ManifestFile(str(size), size, 0) for size in (3, 3, 3, 9, 1)]
    >>> [[file.size_bytes for file in part] for part in bundled(sizes, 6)]
    [[3, 3], [3], [9], [1]]
    """
    part: list[ManifestFile] = []
    size = 0
    for file in files:
        if part and size + file.size_bytes > part_bytes:
            yield part
            part, size = [], 0
        part.append(file)
        size += file.size_bytes
    if part:
        yield part


def packed(files: Sequence[ManifestFile]) -> PackedBody:
    """Give a part as a body: a zip of the files by their paths."""
    return PackedBody(Manifest(Path(files[0].source).parent, "folder", "", tuple(files)))


def crc_of(file: ManifestFile) -> int:
    """Give the checksum of a file as it was when it was looked at.

    Raises
    ------
    SourceChanged
    """
    crc = 0
    for block in steady_blocks(file):
        crc = zlib.crc32(block, crc)
    return crc


@dataclass(frozen=True)
class Arrivals:
    """What arrived in one upload of one server, by path: size and checksum.

    Attributes
    ----------
    ledger : Ledger
    place : str
        Stands for the server and the upload.
    """

    ledger: Ledger
    place: str

    @classmethod
    def of(cls, path: str | Path, server: str, upload_id: str) -> Arrivals:
        """Give the part of a journal's file that is about an upload.

        Raises
        ------
        UsageError
            The file is something else.
        """
        return cls(Ledger(Path(path), _KIND), hashlib.sha256(f"{server}\0{upload_id}".encode()).hexdigest()[:24])

    def crc(self, path: str, size_bytes: int) -> int | None:
        """Give the checksum of what arrived under a path; None where nobody knows, or it was of another size."""
        row = self.ledger.get(f"{self.place}/{path}")
        return int(row["crc"]) if row is not None and row["size"] == size_bytes else None

    def note(self, files: Iterable[tuple[str, ManifestFile]]) -> None:
        """Remember files that arrived, each by its path in the upload; one that changed meanwhile is left out."""
        rows = {}
        for path, file in files:
            try:
                rows[f"{self.place}/{path}"] = {"size": file.size_bytes, "crc": crc_of(file)}
            except SourceChanged:  # what arrived is what it was before, and nobody can tell its checksum any more
                self.ledger.drop(f"{self.place}/{path}")
        self.ledger.put_all(rows)

    @property
    def is_open(self) -> bool:
        """Tell whether files arrived that NOMAD was not yet told to process."""
        return self.ledger.get(self.place + _OPEN) is not None

    def begin(self) -> None:
        """Remember that files will be there which nobody processes by himself."""
        self.ledger.put(self.place + _OPEN, {"open": True})

    def end(self) -> None:
        """Remember that all of them are processed, or will be."""
        self.ledger.drop(self.place + _OPEN)
