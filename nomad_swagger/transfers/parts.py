"""A part: what has come of a file so far, under a name that says what it is a part of.

``si.out.1f0c83d2-9a41b6e7.part`` is a part of ``si.out``; the first number stands for where it comes from (server,
upload, path), the second for the state that the source was in (length, ETag, time). So two sources never share a part,
a changed source never gets the rest of another, and a part needs no record beside it. What can only come whole has the
state :data:`ANEW`: its part begins empty, goes with a failure, and what a killed process left of one is cleared by the
next transfer to that name. Must not know the network.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nomad_swagger import disk
from nomad_swagger.errors import TransferError
from nomad_swagger.light import dataclass

ANEW = "made while sent"
"""The state of a source that cannot be opened in its middle."""

_NAME = re.compile(r"\.([0-9a-f]{8})-([0-9a-f]{8})\.part$")
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
        """Remove it, unless its name is another one's by now."""
        if disk.is_there(self.path, os.fstat(self.file.fileno())):
            self.path.unlink(missing_ok=True)


@contextmanager
def claimed(
    target: Path, source: str, state: str, *, wait: bool = False, look: bool = True, keep_empty: bool = False
) -> Iterator[Part]:
    """Own the part of a file; it is closed in the end, and stays unless it was placed or dropped. An empty one goes.

    One of the state :data:`ANEW` begins empty, and goes with any failure.

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
    for other in _others({target: source}) if look else ():
        gone = other != mine and _removed(other)
        changed |= gone and not _is_of(other, ANEW)
    try:
        file = disk.claim(mine, wait=wait)
    except disk.Taken as error:
        raise TransferError(
            f"{target} is being written by another process or thread at the moment. "
            "Let that one end, or wait for it with --wait-for-lock (wait_for_lock=True)."
        ) from error
    part = Part(mine, target, file, changed)
    try:
        if state == ANEW:
            part.keep(0)
        yield part
    except BaseException:
        if state == ANEW:
            part.drop()
        raise
    finally:
        if not keep_empty and part.size_bytes == 0:
            part.drop()
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


def forget(done: Mapping[Path, str]) -> None:
    """Remove what is left of earlier transfers of files that are there; each with the source that it came from."""
    for path in _others(done):
        _removed(path)


def _others(targets: Mapping[Path, str]) -> list[Path]:
    """Give the parts of files that come from their sources, or that nothing can go on from."""
    known: dict[Path, dict[str, str]] = {}
    for target, source in targets.items():
        known.setdefault(target.parent, {})[_stem(target)] = _hash(source)
    return [path for folder, sources in known.items() for path in _parts_in(folder, sources)]


def _parts_in(folder: Path, sources: Mapping[str, str]) -> Iterator[Path]:
    try:
        names = list(folder.iterdir())
    except FileNotFoundError:
        return
    for path in names:
        found = _NAME.search(path.name)
        source = sources.get(path.name[: found.start()]) if found else None
        if found and source is not None and (found[1] == source or _is_of(path, ANEW)):
            yield path


def _is_of(path: Path, state: str) -> bool:
    return path.name.endswith(f"-{_hash(state)}.part")


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
