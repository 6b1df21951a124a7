"""What a worker does: bring the files of an upload, a shard of archives, or a shard of metadata.

It writes parts in the mirror's folder and renames them itself, and gives back sizes and checksums; it knows no ledger
and keeps nothing between two orders. What came of a part before is gone on with.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nomad_swagger.errors import IncompleteTransfer, NotFound
from nomad_swagger.flows.archives.lines import line_of
from nomad_swagger.flows.archives.pages import ArchivePages
from nomad_swagger.flows.download import fetch
from nomad_swagger.flows.downloading import Wishes
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.sameness import Wish
from nomad_swagger.flows.targets import Target
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.layout import ARCHIVES, METADATA, shard_path
from nomad_swagger.mirrors.ledger import Kept
from nomad_swagger.mirrors.metadata import rows_of, write_shard
from nomad_swagger.mirrors.orders import Brought, Order
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transfers.fetch import Stopped
from nomad_swagger.transfers.parts import claimed
from nomad_swagger.transfers.space import NoRoom, Room, room_of

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_PAGE, _LARGEST_PAGE = 10, 100
_LIGHT_BYTES, _HEAVY_BYTES = 1 << 20, 16 << 20  # of a page of archives: more, or fewer, are asked for next
_IDS_AT_ONCE = 1000
_FEW = 20  # files to mend that are asked for one by one
_FULL_SHARE, _SMALL_SHARE = 100, 10  # so much of a disk is left free; of a small one more, since a ledger needs room
_LEAST_FREE_BYTES, _MOST_FREE_BYTES = 64 << 20, 2 << 30
_NOT_GIVEN = "the server did not give it"
_ID = re.compile(rb'\{"entry_id": "([^"\\]+)"')


@dataclass(frozen=True)
class Bench:
    """What a worker works with.

    Attributes
    ----------
    client : NomadClient
    room : callable
        Looks at a folder's disk.
    stop : threading.Event
    moving : dict of str to int
        Bytes of items that are under way.
    """

    client: NomadClient
    room: Callable[[Path], Room] = room_of
    stop: threading.Event = field(default_factory=threading.Event)
    moving: dict[str, int] = field(default_factory=dict)


def spare_bytes(room: Room) -> int:
    """Give how much of a disk is left free: for the ledger, and for whoever else writes there."""
    least = min(room.total_bytes // _SMALL_SHARE, _LEAST_FREE_BYTES)
    return max(min(room.total_bytes // _FULL_SHARE, _MOST_FREE_BYTES), least)


def check_room(folder: Path, look: Callable[[Path], Room], size_bytes: int = 0) -> None:
    """Stop before a disk is full.

    Raises
    ------
    NoRoom
    """
    seen = look(folder)
    spare = spare_bytes(seen)
    if seen.free_bytes - size_bytes < spare:
        coming = f"{size_bytes:,} bytes are to come, " if size_bytes else ""
        raise NoRoom(
            f"{folder}: the disk is about to be full: {coming}{seen.free_bytes:,} bytes are free, and {spare:,} of "
            "them are left free for the ledger and for others."
        )
    if seen.free_files is not None and seen.free_files < _FULL_SHARE:
        raise NoRoom(f"{folder}: the disk takes {seen.free_files} files more (it has no inodes left).")


def bring(bench: Bench, order: Order) -> Brought:
    """Do an order.

    Raises
    ------
    NoRoom
        The disk is about to be full.
    NomadError
        It did not come; what did is kept where it can be gone on with.
    """
    check_room(Path(order.folder), bench.room)
    do = {ARCHIVES: _archives, METADATA: _metadata}.get(order.item.kind, _files)
    try:
        return do(bench, order)
    finally:
        bench.moving.pop(order.item.key, None)


def _files(bench: Bench, order: Order) -> Brought:
    folder, kept_back = Path(order.folder), list[str]()
    laid = _Laid(bench, folder)
    for path in order.mend:
        (folder / path).unlink(missing_ok=True)
    wishes = Wishes(
        folder,
        "replace" if order.item.again else "error",
        order.include,
        order.exclude,
        extract=True,
        jobs=1,
        wait_for_lock=True,
        progress=_Moving(bench, order),
        stop=bench.stop,
        unlisted_known=True,
        laid=laid,
        left_out=kept_back.extend,
    )
    for target in _targets(order):
        try:
            fetch(bench.client, target, wishes)
        except NotFound as error:
            if error.detail not in ("no files", "empty zip"):
                raise
    return _brought(order, laid.wishes, kept_back)


def _targets(order: Order) -> Iterator[Target]:
    upload_id = order.item.what
    if 0 < len(order.mend) <= _FEW:
        for path in order.mend:
            yield Target("path", upload_id=upload_id, path=path.partition("/")[2], owner=order.owner)
        return
    if order.files == "stored":
        yield Target("upload", upload_id=upload_id, owner=order.owner)
        return
    ids = [entry_id for entry_id, _ in order.entries]
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        yield Target("query", asked={"entry_id": ids[begin : begin + _IDS_AT_ONCE]}, owner=order.owner)


class _Laid:
    """Takes note of the files that are to come, and looks whether there is room for what is not there yet."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench, self._folder = bench, folder
        self.wishes: dict[Path, Wish] = {}

    def __call__(self, wishes: Iterable[Wish]) -> None:
        coming = {wish.path: wish for wish in wishes}
        self.wishes |= coming
        size = sum(wish.file.size_bytes or 0 for path, wish in coming.items() if not path.exists())
        check_room(self._folder, self._bench.room, size)


class _Moving:
    """Watches what comes: stops before the disk is full, and tells how much is under way."""

    def __init__(self, bench: Bench, order: Order) -> None:
        self._bench, self._folder, self._key = bench, Path(order.folder), order.item.key

    def __call__(self, done: int, total: int | None, /) -> None:
        check_room(self._folder, self._bench.room)
        self._bench.moving[self._key] = done


def _brought(order: Order, laid: dict[Path, Wish], kept_back: list[str]) -> Brought:
    folder = Path(order.folder)
    there = [path for path in sorted(laid) if path.is_file()]
    files = [Kept(path.relative_to(folder).as_posix(), *_size_and_sum(path)) for path in there]
    named = ", ".join(kept_back[:5]) + (" …" if len(kept_back) > 5 else "")
    error = f"the server kept back {len(kept_back)} of {len(laid) + len(kept_back)} files: {named}" if kept_back else ""
    item = replace(order.item, count=len(files), bytes=sum(file.bytes for file in files), error=error)
    return Brought(item, tuple(files))


def _size_and_sum(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, sum_of(file)


def sum_of(file: IO[bytes]) -> str:
    """Give the sha256 of a file."""
    digest = hashlib.sha256()
    while block := file.read(CHUNK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _metadata(bench: Bench, order: Order) -> Brought:
    name = shard_path(METADATA, order.item.what)
    rows = rows_of(bench.client, [entry_id for entry_id, _ in order.entries], order.owner)
    file, count = write_shard(Path(order.folder) / name, name, rows)
    return Brought(replace(order.item, count=count, bytes=file.bytes, sha256=file.sha256, error=""), (file,))


def _archives(bench: Bench, order: Order) -> Brought:
    """Bring the archives of a shard, a line each; what is in the part of an earlier attempt is not asked for again."""
    name = shard_path(ARCHIVES, order.item.what)
    path = Path(order.folder) / name
    if order.mend:
        path.unlink(missing_ok=True)
    elif path.exists():
        return _placed(order, path, name)
    key = f"{bench.client.nomad.api_url} {name} {hash_of(entry_id for entry_id, _ in order.entries)}"
    with claimed(path, key, "archives", wait=True, look=False, keep_empty=True) as part:
        there = _whole_lines(part.file)
        due = [Entry(entry_id, upload_id) for entry_id, upload_id in order.entries if entry_id not in there]
        absent, doubtful = _lines(bench, order, due, part.file)
        if doubtful and not order.last:
            reasons = "; ".join(f"{entry_id}: {absent[entry_id]}" for entry_id in sorted(doubtful)[:3])
            raise IncompleteTransfer(f"{name}: the server failed at {len(doubtful)} archives: {reasons}")
        size = part.size_bytes
        part.file.seek(0)
        sha256 = sum_of(part.file)
        part.place(replace=True)
    count = len(order.entries) - len(absent)
    item = replace(order.item, count=count, bytes=size, sha256=sha256, error="")
    return Brought(item, (Kept(name, size, sha256),), absent)


def _placed(order: Order, path: Path, name: str) -> Brought:
    """Take a shard that a run gave its name before it was killed."""
    with path.open("r+b") as file:
        there = _whole_lines(file)
        file.seek(0)
        kept = Kept(name, path.stat().st_size, sum_of(file))
    absent = {entry_id: _NOT_GIVEN for entry_id, _ in order.entries if entry_id not in there}
    item = replace(order.item, count=len(there), bytes=kept.bytes, sha256=kept.sha256, error="")
    return Brought(item, (kept,), absent)


def hash_of(entry_ids: Iterable[str]) -> str:
    """Give what tells one list of entries from another."""
    return hashlib.sha256(" ".join(entry_ids).encode()).hexdigest()[:16]


def _lines(bench: Bench, order: Order, due: list[Entry], file: IO[bytes]) -> tuple[dict[str, str], set[str]]:
    source = ArchivePages(bench.client, order.owner)
    absent: dict[str, str] = {}
    doubtful: set[str] = set()
    most = min(_LARGEST_PAGE, bench.client.nomad.verb("archives").most_entries)
    begin, size = 0, min(_PAGE, most)
    while begin < len(due):
        if bench.stop.is_set():
            raise Stopped
        page = source.get(due[begin : begin + size])
        lines = b"".join(line_of(archive, dict(archive)).encode() + b"\n" for archive in page.archives)
        check_room(Path(order.folder), bench.room, len(lines))
        file.write(lines)
        file.flush()
        absent |= page.missing
        doubtful |= page.doubtful
        begin += size
        if len(lines) < _LIGHT_BYTES:
            size = min(2 * size, most)
        elif len(lines) > _HEAVY_BYTES:
            size = max(size // 2, 1)
    return absent, doubtful


def _whole_lines(file: IO[bytes]) -> set[str]:
    """Give the entries whose lines are whole, and cut off what is behind the last of them."""
    found, end = set(), 0
    file.seek(0)
    for line in file:
        if not line.endswith(b"\n"):
            break
        end += len(line)
        found.add(id_of(line))
    file.truncate(end)
    file.seek(end)
    return found


def id_of(line: bytes) -> str:
    """Give the entry of a line.

    Examples
    --------
    >>> id_of(b'{"entry_id": "abc", "upload_id": "d", "archive": {}}')
    'abc'
    """
    told = _ID.match(line)
    return told[1].decode() if told else ""
