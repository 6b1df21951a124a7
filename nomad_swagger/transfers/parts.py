"""A part: what has come of a file so far, under a name that says what it is a part of.

``si.out.1f0c83d2-9a41b6e7.part`` is a part of ``si.out``; the first number stands for where it comes from (server,
upload, path), the second for the state that the source was in (length, ETag, time). So two sources never share a part,
a changed source never gets the rest of another, and a part needs no record beside it. Must not know the network.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nomad_swagger import disk
from nomad_swagger.errors import TransferError

_NAME = re.compile(r"\.[0-9a-f]{8}-[0-9a-f]{8}\.part")
_LONGEST_NAME = 200  # bytes of the final name that a part's name keeps; file systems take 255 in all


@dataclass
class Part:
    """A part and its owner, who is us until the ``with`` of :func:`claimed` ends.

    Attributes
    ----------
    path, target : Path
        Where it is, and its final name.
    file : binary file
        Open for reading and writing.
    changed : bool
        There was a part of the same source, which was in another state then; it is gone.
    """

    path: Path
    target: Path
    file: BinaryIO
    changed: bool = False

    @property
    def size_bytes(self) -> int:
        """Give the bytes that are there."""
        self.file.flush()
        return self.file.seek(0, 2)

    def keep(self, size_bytes: int) -> None:
        """Drop what is behind so many bytes."""
        self.file.flush()
        self.file.truncate(size_bytes)
        self.file.seek(size_bytes)

    def tail(self, size_bytes: int) -> bytes:
        """Give the last bytes."""
        self.file.flush()
        end = self.file.seek(0, 2)
        self.file.seek(max(end - size_bytes, 0))
        return self.file.read()

    def place(self, *, replace: bool) -> None:
        """Give it its final name.

        Raises
        ------
        FileExistsError
        """
        self.file.flush()
        disk.place(self.path, self.target, replace=replace)

    def drop(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)


@contextmanager
def claimed(
    target: Path, source: str, state: str, *, wait: bool = False, look: bool = True, keep_empty: bool = False
) -> Iterator[Part]:
    """Own the part of a file; it is closed in the end, and stays unless it was placed or dropped. An empty one goes.

    Parameters
    ----------
    target : Path
        The final name.
    source, state : str
        Where it comes from, and how it is there; their hashes go into the part's name.
    wait : bool
        Wait while another transfer has it.
    look : bool
        Look for parts of the same source in another state; costs a listing of the folder.
    keep_empty : bool
        An empty one stays, too.

    Raises
    ------
    TransferError
        Another transfer has it.
    """
    mine = part_path(target, source, state)
    changed = False
    for other in _others(target, source) if look else ():
        changed |= other != mine and _removed(other)
    try:
        file = disk.claim(mine, wait=wait)
    except disk.Taken as error:
        raise TransferError(
            f"{target} is being written by another process or thread at the moment. "
            "Let that one end, or wait for it with --wait-for-lock (wait_for_lock=True)."
        ) from error
    part = Part(mine, target, file, changed)
    try:
        yield part
    finally:
        with suppress(FileNotFoundError):
            if not keep_empty and part.size_bytes == 0 and disk.is_there(mine, os.fstat(file.fileno())):
                mine.unlink()
        file.close()


def part_path(target: Path, source: str, state: str) -> Path:
    """Give the name of the part of a file that comes from a source in a state."""
    return target.with_name(f"{_stem(target)}.{_hash(source)}-{_hash(state)}.part")


def old_parts(folder: Path) -> Iterator[Path]:
    """Give the parts below a folder."""
    return (path for path in sorted(folder.rglob("*.part")) if _NAME.search(path.name))


def clean(folder: Path) -> list[Path]:
    """Remove the parts below a folder that nobody is writing, and give their names."""
    return [path for path in old_parts(folder) if _removed(path)]


def forget(target: Path, source: str) -> None:
    """Remove what is left of earlier transfers of a file that is there."""
    for path in _others(target, source):
        _removed(path)


def _others(target: Path, source: str) -> list[Path]:
    beginning = f"{_stem(target)}.{_hash(source)}-"
    try:
        names = list(target.parent.iterdir())
    except FileNotFoundError:
        return []
    return [path for path in names if path.name.startswith(beginning) and _NAME.search(path.name)]


def _removed(path: Path) -> bool:
    """Remove a part, unless somebody is writing it."""
    try:
        with disk.claim(path):
            path.unlink(missing_ok=True)
    except disk.Taken:
        return False
    return True


def _stem(target: Path) -> str:
    encoded = target.name.encode("utf-8", "surrogateescape")
    if len(encoded) <= _LONGEST_NAME:
        return target.name
    return f"{encoded[: _LONGEST_NAME - 9].decode('utf-8', 'ignore')}~{_hash(target.name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
