"""The raw files of an upload: what lies beside what, listings, and the stripped POTCAR.

Knows folders and names below an upload's raw folder. It must not know users, HTTP or the index.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nomad_sandbox.extract import safe_parts
from nomad_sandbox.opening import DAMAGED, open_plain

log = logging.getLogger(__name__)
_POTCAR = "POTCAR"
_STRIPPED = ".stripped"


@dataclass(frozen=True)
class RawFile:
    """One file of an upload.

    Attributes
    ----------
    path : str
        Relative to the upload, with ``/``.
    where : Path
        On this machine.
    """

    path: str
    where: Path

    @property
    def folder(self) -> str:
        """The folder's path, empty for the upload's own."""
        return self.path.rpartition("/")[0]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.where.stat().st_size


def is_potcar(path: str) -> bool:
    """Tell whether a file is a pseudopotential that VASP's licence forbids to share."""
    name = path.rpartition("/")[2]
    return name.startswith(_POTCAR) and not name.endswith(_STRIPPED)


def _join(folder: Path, path: str) -> Path | None:
    if path.strip("/") == "":
        return folder
    parts = safe_parts(path.rstrip("/"))
    return None if parts is None else folder.joinpath(*parts)


def find_file(folder: Path, path: str) -> RawFile | None:
    """Give one file, None where there is none, or a folder, at that path."""
    where = _join(folder, path)
    return RawFile(where.relative_to(folder).as_posix(), where) if where is not None and where.is_file() else None


def list_folder(folder: Path, path: str) -> list[RawFile] | None:
    """Give the files directly in a folder by name, None where there is no such folder."""
    where = _join(folder, path)
    if where is None or not where.is_dir():
        return None
    names = sorted(entry.name for entry in where.iterdir() if entry.is_file())
    return [RawFile((where / name).relative_to(folder).as_posix(), where / name) for name in names]


def all_files(folder: Path, prefix: str = "") -> Iterator[RawFile]:
    """Give all files whose path starts with ``prefix``, by path."""
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    yield from (RawFile(path, where) for path, where in paths if path.startswith(prefix))


def files_beside(folder: Path, mainfile: str) -> list[str]:
    """Give the paths of a calculation's files: its mainfile first, then all others of the same folder."""
    found = list_folder(folder, mainfile.rpartition("/")[0]) or []
    return [mainfile, *(file.path for file in found if file.path != mainfile)]


def write_stripped_potcars(folder: Path) -> None:
    """Write ``POTCAR.stripped`` beside each POTCAR: the descriptions of its potentials, without their data.

    Of a compressed one the description is plain text.
    """
    for file in list(all_files(folder)):
        if is_potcar(file.path):
            target = file.where.with_name(file.where.name + _STRIPPED)
            with (
                open_plain(file.where) as content,
                io.TextIOWrapper(content, encoding="utf-8", errors="replace") as lines,
                target.open("w", encoding="utf-8") as stripped,
            ):
                try:
                    stripped.writelines(_described(lines))
                except DAMAGED as error:
                    log.warning("%s is damaged, its description ends there: %s", file.path, error)


def _described(lines: Iterable[str]) -> Iterator[str]:
    keep = True
    for line in lines:
        if keep:
            yield line
        if "END of PSCTR-controll parameters" in line:
            keep = False
        elif "End of Dataset" in line:
            keep = True
