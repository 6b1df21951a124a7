"""Single raw files: one that was named, or many of a selection, by the fastest way that brings single ones.

Where an upload's zip is stored, wanted members are read out of it by ranges, side by side in one request; else each
file comes on its own. What is there and the same is done; what is there and differs is known before anything moves.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import ChecksumMismatch, Forbidden, NotFound, Unauthorized
from nomad_swagger.flows.downloading import Wishes, named, report_left_out
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.sameness import WORTH_A_DIRECTORY, Wish, changed, missing_of, origin_of, source_key
from nomad_swagger.flows.stored import StoredZips, sender, ways_of
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.beside import Digest
from nomad_swagger.transfers.checksums import crc_of
from nomad_swagger.transfers.fetch import How, receive
from nomad_swagger.transfers.many import in_threads
from nomad_swagger.transfers.members import Member, StoredZip, runs, unpack
from nomad_swagger.transfers.names import Below, refuse_clashes
from nomad_swagger.transfers.parts import ANEW, Part, claimed, forget
from nomad_swagger.transfers.source import ByOffset, uncoded
from nomad_swagger.transfers.space import check_space
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

_WORTH_A_PART_BYTES = 1 << 20
_REST_BYTES = 1 << 50  # "all that is left", where a server wants a length beside an offset


@dataclass
class _Sum:
    """The progress of many files as that of one."""

    wishes: Wishes
    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, size: int) -> None:
        if self.wishes.progress is not None:
            with self.lock:
                self.done += size
                self.wishes.progress(self.done, max(self.total, self.done))

    def of_one(self) -> How:
        last = [0]

        def told(done: int, _total: int | None) -> None:
            self.add(done - last[0])
            last[0] = done

        return replace(self.wishes.how, progress=told)


def fetch_file(client: NomadClient, file: File, target: Path, how: How, wishes: Wishes, *, look: bool = True) -> None:
    """Fetch one file by the way of single files; ``look`` for parts of it in another state."""
    record = wishes.record if file.crc32 is None else None
    origin = origin_of(client, file, record) if record is not None else None  # before: later it may be another one
    large = (file.size_bytes or 0) >= _WORTH_A_PART_BYTES
    since = (origin.changed if origin else changed(client, file.upload_id)) if large else ""
    digest = Digest()

    def finish(part: Part) -> None:
        size = part.size_bytes
        if _finish(part, file, wishes) and record is not None and origin is not None:
            record.note(target, replace(origin, size_bytes=size), digest.of(target))

    try:
        watch = digest.feed if large and record is not None else None
        source = file_source(client, file, f"{file.size_bytes} {since}")
        receive(source, target, replace(how, watch=watch), finish, look=look)
    finally:
        digest.end()


def file_source(client: NomadClient, file: File, state: str) -> ByOffset:
    """Give a file of an upload as a source that can go on in its middle."""
    nomad = client.nomad
    (way, *_) = ways_of(nomad, "file")

    def call_at(offset: int) -> PreparedCall:
        place: dict[str, object] = {"upload_id": file.upload_id, "path": file.path}
        if offset:
            size = file.size_bytes
            place |= {"offset": offset, "length": max(size - offset, 1) if size is not None else _REST_BYTES}
        return uncoded(nomad.prepare_verb(way.verb, place))

    title = f"{file.upload_id}/{file.path}"
    resumes = way.parts == "offset" and nomad.takes(way.verb, "offset")
    return ByOffset(title, source_key(client, file), state, file.size_bytes, call_at, sender(nomad), resumes)


def _finish(part: Part, file: File, wishes: Wishes, crc: int | None = None) -> bool:
    if file.crc32 is not None and (crc if crc is not None else crc_of(part.path)) != file.crc32:
        part.drop()
        raise ChecksumMismatch(f"{file.path} has the wrong checksum. Nothing was kept; download it again.")
    return named(part, wishes.on_existing)


def laid_out(found: Iterable[File], wishes: Wishes) -> list[Wish]:
    """Give where each file goes: ``folder/upload/path``, or ``folder/name`` where it is to be flat.

    Raises
    ------
    UsageError
        A name that leads elsewhere, or two that are one on some file system.
    """
    folders = {"": Below(wishes.folder)}
    wanted = [Wish(file, _place_of(file, wishes, folders)) for file in found]
    refuse_clashes((wish.path, wish.name) for wish in wanted)
    if wishes.laid is not None:
        wishes.laid(wanted)
    return wanted


def _place_of(file: File, wishes: Wishes, folders: dict[str, Below]) -> Path:
    if wishes.flat:
        return folders[""].path(file.name)
    if file.upload_id not in folders:
        folders[file.upload_id] = Below(folders[""].path(file.upload_id))
    return folders[file.upload_id].path(file.path)


def fetch_files(client: NomadClient, found: Iterable[File], wishes: Wishes, zips: StoredZips) -> Path:
    """Fetch files, many at once, and give the folder in which they are.

    Raises
    ------
    NotFound
        Nothing was chosen.
    Forbidden
        None of it is the caller's to read.
    """
    listed = list(found)
    readable = [file for file in listed if file.readable]
    left_out = [f"{file.upload_id}/{file.path}" for file in listed if not file.readable]
    if not listed:
        raise NotFound("no file is chosen; --list (ns.files) shows what there is", status=200, detail="no files")
    wanted = laid_out(readable, wishes)
    missing = missing_of(client, wanted, wishes, zips)
    size = sum(wish.file.size_bytes or 0 for wish in missing)
    check_space(wishes.folder, size)
    done = _Sum(wishes, size)

    def work(task: _Task) -> list[str]:
        return task.do(client, wishes, done)

    jobs = wishes.jobs if len(missing) > 1 else 1
    with closing(in_threads(work, _tasks(missing, zips), jobs, stop=wishes.stop)) as results:
        for refused in results:
            left_out += refused
    forget({wish.path: source_key(client, wish.file) for wish in wanted})
    if len(left_out) == len(listed):
        raise Forbidden(
            f"none of the {len(listed)} files is yours to see. Log in as somebody who may, or wait until they are "
            "published and their embargo is over.",
            status=403,
            detail="no files",
        )
    if wishes.left_out is not None:
        wishes.left_out(sorted(left_out))
    else:
        report_left_out(str(wishes.folder), sorted(left_out), len(listed), wishes.folder / "download", stacklevel=5)
    uploads = {file.upload_id for file in listed}
    return wishes.folder / uploads.pop() if len(uploads) == 1 and not wishes.flat else wishes.folder


@dataclass(frozen=True)
class _Task:
    """What one request or one transfer brings."""

    wishes: Sequence[Wish]
    stored: StoredZip | None = None
    members: Sequence[Member] = ()

    def do(self, client: NomadClient, wishes: Wishes, done: _Sum) -> list[str]:
        """Do it, and give the names of what the server kept back."""
        if self.stored is None:
            return self._single(client, wishes, done)
        if self.members[0].is_large:
            (wish,) = self.wishes
            source = replace(self.stored.large(self.members[0]), key=source_key(client, wish.file))
            receive(source, wish.path, done.of_one(), lambda part: _finish(part, wish.file, wishes))
            return []
        targets = {wish.file.path: wish for wish in self.wishes}
        for member, write in unpack(self.stored, list(self.members), wishes.stop):
            wish = targets[member.name]
            key = source_key(client, wish.file)
            with claimed(wish.path, key, ANEW, wait=wishes.wait_for_lock, look=False) as part:
                write(part.file.write)
                _finish(part, wish.file, wishes, member.crc32)
            done.add(member.size_bytes)
        return []

    def _single(self, client: NomadClient, wishes: Wishes, done: _Sum) -> list[str]:
        (wish,) = self.wishes
        try:
            look = (wish.file.size_bytes or _WORTH_A_PART_BYTES) >= _WORTH_A_PART_BYTES
            fetch_file(client, wish.file, wish.path, done.of_one(), wishes, look=look)
        except (Unauthorized, Forbidden, NotFound) as error:
            log.info("%s: %s", wish.name, error.detail)
            return [wish.name]
        return []


def _tasks(missing: Sequence[Wish], zips: StoredZips) -> Iterator[_Task]:
    """Give what is to be done, upload by upload."""
    by_upload: dict[str, list[Wish]] = {}
    for wish in missing:
        by_upload.setdefault(wish.file.upload_id, []).append(wish)
    for upload_id, wishes in by_upload.items():
        worth = zips.knows(upload_id) or len(wishes) >= WORTH_A_DIRECTORY
        stored = zips.get(upload_id) if worth else None
        known = stored.members if stored is not None and stored.has_ranges else {}
        targets = {wish.file.path: wish for wish in wishes}
        for run in runs(known[path] for path in targets if path in known):
            yield _Task([_checked(targets[member.name], member) for member in run], stored, run)
        yield from (_Task([wish]) for path, wish in targets.items() if path not in known)


def _checked(wish: Wish, member: Member) -> Wish:
    return replace(wish, file=replace(wish.file, size_bytes=member.size_bytes, crc32=member.crc32))
