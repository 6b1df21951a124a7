"""What a mirror would cost, before anything comes: uploads, entries, bytes, requests, time, and is there room."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import ApiError
from nomad_swagger.flows.listing import listed, lists_all
from nomad_swagger.flows.search import search
from nomad_swagger.flows.statistics import statistics
from nomad_swagger.flows.stored import StoredZips
from nomad_swagger.flows.targets import Target
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.layout import Wanted
from nomad_swagger.mirrors.totals import size_words, time_words
from nomad_swagger.mirrors.work import spare_bytes
from nomad_swagger.transfers.members import runs
from nomad_swagger.transfers.names import wanted as is_wanted
from nomad_swagger.transfers.space import Room, room_of

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_LOOKED_AT = 50  # uploads, or entries, whose sizes are asked for; the others are taken to be like them
_PAGE, _ARCHIVES_PAGE = 1000, 10
_METADATA_BYTES, _LEDGER_BYTES = 1500, 500  # of an entry, measured (docs/scale.md)
_LINE_BYTES_S = 20e6  # what one address was seen to get from NOMAD's own servers


@dataclass(frozen=True)
class Cost:
    """What a mirror is expected to cost.

    Attributes
    ----------
    uploads, entries : int
    size_bytes, files : int or None
        None where the server does not tell sizes.
    looked_at : str
        Whose sizes were asked for.
    exact : bool
        All sizes were; else the numbers are an estimate.
    requests : int
    per_s : float
        The rate that is kept; 0 for none.
    time_s : float
        By the rate and by the line, whichever is longer.
    room : Room
    """

    uploads: int
    entries: int
    size_bytes: int | None
    files: int | None
    looked_at: str
    exact: bool
    requests: int
    per_s: float
    time_s: float
    room: Room

    @property
    def fits(self) -> bool:
        """Tell whether the disk has room, as far as sizes are known."""
        free_files = self.room.free_files
        has_inodes = free_files is None or (self.files or 0) <= free_files
        return has_inodes and (self.size_bytes or 0) <= self.room.free_bytes - spare_bytes(self.room)

    @property
    def about(self) -> str:
        """Give the word before a number that is an estimate."""
        return "" if self.exact else "about "

    def words(self, folder: Path) -> list[str]:
        """Give it as lines."""
        size = "a size that this server does not tell" if self.size_bytes is None else size_words(self.size_bytes)
        files = "" if self.files is None else f" in {self.about}{self.files:,} files"
        rate = f"at {self.per_s:g} requests/s" if self.per_s else "without a rate to keep"
        inodes = "" if self.room.free_files is None else f" and {self.room.free_files:,} files"
        lines = [
            f"{self.uploads:,} uploads, {self.entries:,} entries",
            f"{self.about if self.size_bytes is not None else ''}{size}{files}",
            f"{self.about}{self.requests:,} requests: {time_words(self.time_s)} or more, {rate} and 20 MB/s",
            f"{folder}: {'room' if self.fits else 'NO room'}: {size_words(self.room.free_bytes)}{inodes} are free",
        ]
        if not self.exact and self.looked_at:
            lines.append(f"sizes are estimated from {self.looked_at}")
        return lines


def plan(client: NomadClient, wanted: Wanted, folder: Path, *, look: Callable[[Path], Room] = room_of) -> Cost:
    """Ask what a mirror of a query would take; nothing is fetched but listings.

    Raises
    ------
    UnknownArgument
        No such quantity.
    """
    found = search(client, owner=wanted.owner, query=wanted.query)
    total = found.total
    uploads = list(_uploads(client, wanted)) if total else []
    sample = _sample(client, wanted, uploads, total)
    requests = math.ceil(total / _PAGE) + 1 + sample.requests
    requests += math.ceil(total / _ARCHIVES_PAGE) if wanted.archives else 0
    beside = total * (_METADATA_BYTES + _LEDGER_BYTES)
    size = None if sample.size_bytes is None else sample.size_bytes + beside
    per_s = client.nomad.profile.requests_per_s
    time_s = max(requests / per_s if per_s else 0.0, (size or 0) / _LINE_BYTES_S)
    return Cost(
        len(uploads),
        total,
        size,
        sample.files,
        sample.looked_at,
        sample.complete,
        requests,
        per_s,
        time_s,
        look(folder),
    )


@dataclass(frozen=True)
class _Sample:
    """What files would take: all of them, or as some let expect."""

    size_bytes: int | None = 0
    files: int | None = 0
    requests: int = 0
    looked_at: str = ""
    complete: bool = True


def _sample(client: NomadClient, wanted: Wanted, uploads: Sequence[str], total: int) -> _Sample:
    if wanted.files == "none" or not uploads:
        return _Sample()
    if wanted.files == "stored" and lists_all(client):
        targets = [Target("upload", upload_id=one, owner=wanted.owner) for one in uploads[:_LOOKED_AT]]
        of, word = len(uploads), "uploads"
    else:  # where no upload is listed as a whole, its folders would be asked for one by one
        some = search(client, owner=wanted.owner, query=wanted.query, limit=_LOOKED_AT)
        targets = [Target("entry", upload_id=one.upload_id, entry=one, owner=wanted.owner) for one in some]
        of, word = total, "entries"
    looked = [one for one in (_look_at(client, wanted, target) for target in targets) if one is not None]
    if not looked:
        return _Sample(None, None, 2 * len(uploads), complete=False)
    scale = of / len(looked)
    size, files, requests = (round(scale * sum(numbers)) for numbers in zip(*looked, strict=True))
    if not lists_all(client):
        requests = 2 * len(uploads)  # a zip each, and the list of what is due in it
    return _Sample(size, files, requests, f"{len(looked)} of the {word}", len(looked) == of)


def _uploads(client: NomadClient, wanted: Wanted) -> Mapping[Any, int]:
    counted = statistics(client, "upload_id", owner=wanted.owner, query=wanted.query)
    return counted.counts


def _look_at(client: NomadClient, wanted: Wanted, target: Target) -> tuple[int, int, int] | None:
    """Give bytes, files and requests; None where sizes are not told."""
    zips = StoredZips(client)
    try:
        found = [
            file
            for file in listed(client, target, zips)
            if file.readable and is_wanted(file.path, wanted.include, wanted.exclude)
        ]
    except ApiError:
        return None
    if any(file.size_bytes is None for file in found):
        return None
    stored = zips.get(target.upload_id) if zips.knows(target.upload_id) else None
    requests = len(found)
    if stored is not None and stored.has_ranges:
        paths = {file.path for file in found}
        requests = sum(1 for _ in runs(member for name, member in stored.members.items() if name in paths))
    return sum(file.size_bytes or 0 for file in found), len(found), requests + 2
