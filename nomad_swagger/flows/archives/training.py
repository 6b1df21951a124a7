"""The frames of a query's archives into files for training; a run that broke off goes on in the midst of one.

Beside an unfinished set lies its ledger: a line for each entry that is done, with where it ends in which shard and what
was in it. What lies behind the last such place was being written, and is cut off; entries before it are not asked for
again. Both names carry a hash of what was asked, so that another query never goes on in them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from nomad_swagger import disk
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.told_records import Provenance
from nomad_swagger.light import dataclass
from nomad_swagger.science.atoms import FrameChoice
from nomad_swagger.science.training import Tally, extxyz, frames_of, rows, write_rows

if TYPE_CHECKING:
    from nomad_swagger.flows.archives.sequence import Archives
    from nomad_swagger.science.values import Archive

Format = Literal["extxyz", "parquet"]
_FORMATS = ("extxyz", "parquet")
_PAGE_SIZE = 10  # archives with all their frames: of MBs each, and worked on while the next ones come


@dataclass(frozen=True)
class TrainingSet:
    """A set of frames on disk.

    Attributes
    ----------
    files : tuple of Path
    tally : Tally
        Frames, atoms, elements, range of energies, and what was left out, with reasons.
    """

    files: tuple[Path, ...]
    tally: Tally


def write_frames(
    found: Archives,
    path: Path,
    *,
    format: Format = "extxyz",
    frames: FrameChoice = "all",
    shard: int | None = None,
    overwrite: bool = False,
) -> TrainingSet:
    """Write the frames of archives, and give what was written.

    Parameters
    ----------
    found : Archives
    path : Path
        The file; with ``shard`` the first of ``name-00000.extxyz``, ``name-00001.extxyz`` …. Until all is there, each
        has ``.<hash>.part`` behind it; a later run of the same goes on.
    format : {"extxyz", "parquet"}
    frames : {"all", "last", "representative"}, int or slice
        As for :func:`to_ase`.
    shard : int, optional
        Begin a new file after so many frames; those of one entry stay together.
    overwrite : bool
        Replace files of these names.

    Raises
    ------
    UsageError
        Such a file is there already, or another process writes it.
    IncompleteTransfer
        Entries have no archive to give, and ``found`` is to raise then; the others stand in the files.
    """
    if format not in _FORMATS:
        raise UsageError(f"format is one of {', '.join(_FORMATS)}, not {format!r}")
    if shard is not None and shard < 1:
        raise UsageError(f"shard is {shard}; at least one frame")
    required = found.generation.frames_required if found.required is None else found.required
    wanted = replace(found, required=required, telling="provenance", page_size=found.page_size or _PAGE_SIZE)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = _Work(path, _hash(wanted, format, frames, shard), format, shard, overwrite)
    if not overwrite and work.first.exists() and not work.ledger.exists():
        raise UsageError(f"{work.first} is there already: choose another name, or say that it may be replaced")
    lock = work.ledger.with_suffix(".lock")
    try:
        owned = disk.claim(lock)
    except disk.Taken as error:
        raise UsageError(f"{path} is being written by another process: wait for it, or choose another name") from error
    with owned:
        made = work.run(wanted, frames)
        lock.unlink(missing_ok=True)  # while it is ours: who waits for it sees that it is gone
    return made


class _Work:
    """One set on its way to disk."""

    def __init__(self, path: Path, mark: str, format: str, shard: int | None, overwrite: bool) -> None:
        self._path, self._mark, self._format, self._shard = path, mark, format, shard
        self._overwrite = overwrite
        self.ledger = path.with_name(f".{path.name}.{mark}.ledger")
        self.tally = Tally()
        self._number, self._frames, self._end, self._last = 0, 0, 0, ""
        self._complete = False

    @property
    def first(self) -> Path:
        return self._name(0)

    def run(self, found: Archives, frames: FrameChoice) -> TrainingSet:
        self._recall()
        if not self._complete:
            self._go_on(found, frames)
        files = tuple(self._finish(number) for number in range(self._number + 1))
        self.ledger.unlink()
        return TrainingSet(files, self.tally)

    def _go_on(self, found: Archives, frames: FrameChoice) -> None:
        left = None if found.limit is None else found.limit - self.tally.entries
        rest = replace(found, resume=self._last or found.resume, limit=left)
        with self.ledger.open("a", encoding="utf-8") as ledger:
            part = self._open()
            try:
                for archive in rest if left is None or left > 0 else ():
                    if self._shard is not None and self._frames >= self._shard:
                        part = self._next(part)
                    self._add(archive, found, frames, part, ledger)
            finally:
                part.close()
            absent = Tally(skipped=Counter(f"entry: {reason}" for reason in rest.absent.values()))
            self.tally.add(absent)
            _note(ledger, {"complete": True, "tally": absent.as_dict()})

    def _add(self, archive: Archive, found: Archives, frames: FrameChoice, part: IO[bytes], ledger: IO[str]) -> None:
        kept, tally = frames_of(archive, _about(found, archive), frames=frames)
        part.write(self._text(kept).encode())
        part.flush()
        self._frames, self._end, self._last = self._frames + len(kept), part.tell(), archive.entry_id
        self.tally.add(tally)
        _note(ledger, {"entry_id": self._last, "shard": self._number, "end": self._end, "tally": tally.as_dict()})

    def _recall(self) -> None:
        """Read how far an earlier run came; what the ledger says beyond a shard's end was lost with the machine."""
        believed = []
        for line in _lines(self.ledger):
            if line.get("complete"):
                self._complete = True
            elif line["end"] > _size(self._part(line["shard"])) and not self._name(line["shard"]).exists():
                break
            else:
                if line["shard"] != self._number:
                    self._number, self._frames = line["shard"], 0
                self._end, self._last = line["end"], line["entry_id"]
                self._frames += line["tally"]["frames"]
            self.tally.add(line["tally"])
            believed.append(line)
        if self.ledger.exists():
            text = "".join(json.dumps(line) + "\n" for line in believed)
            disk.write_atomically(self.ledger, text.encode())

    def _open(self) -> IO[bytes]:
        part = self._part(self._number).open("ab")
        part.truncate(self._end)
        part.seek(self._end)
        return part

    def _next(self, part: IO[bytes]) -> IO[bytes]:
        part.close()
        self._number, self._frames, self._end = self._number + 1, 0, 0
        return self._open()

    def _finish(self, number: int) -> Path:
        """Give a finished shard its name; one that has it already was finished by the run before."""
        part, final = self._part(number), self._name(number)
        if not part.exists() and final.exists():
            return final
        if self._format == "parquet":
            made = part.with_suffix(".parquet")
            write_rows(_lines(part), made)
            self._place(made, final)
            part.unlink()
        else:
            self._place(part, final)
        return final

    def _place(self, part: Path, final: Path) -> None:
        try:
            disk.place(part, final, replace=self._overwrite)
        except FileExistsError as error:
            raise UsageError(
                f"{final} is there already, and the new one is {part}: move one of them and do it again, or say that "
                "it may be replaced"
            ) from error

    def _text(self, kept: list[Any]) -> str:
        if self._format == "extxyz":
            return extxyz(kept)
        return "".join(json.dumps(row) + "\n" for row in rows(kept))

    def _name(self, number: int) -> Path:
        if self._shard is None:
            return self._path
        return self._path.with_name(f"{self._path.stem}-{number:05}{self._path.suffix}")

    def _part(self, number: int) -> Path:
        return self._path.with_name(f"{self._name(number).name}.{self._mark}.part")


def _about(found: Archives, archive: Archive) -> Mapping[str, str]:
    told: Provenance = read_record(found.generation.records, "provenance", archive.about)
    words = {name: getattr(told, name) for name in ("code", "functional", "license", "doi")}
    return {"entry_id": archive.entry_id, "upload_id": archive.upload_id, **words}


def _note(ledger: IO[str], line: Mapping[str, Any]) -> None:
    ledger.write(json.dumps(line) + "\n")
    ledger.flush()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _lines(path: Path) -> Iterator[Any]:
    """Give the whole lines of a file of JSON lines; a last one that was being written is none."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _hash(found: Archives, *words: Any) -> str:
    asked = [found.api_url, found.query.variants, found.owner, found.required, found.limit, found.resume, *words]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:8]
