"""Take the bytes of an upload: a raw body, or the ``file`` parts of a form. Never a whole file in memory.

Whether a file is unpacked is told by the ending of its name; only one without a name is looked into. What processing
gets is always one zip or tar; files that are to stay as they are are put into one.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nomad_sandbox.bodies import BadBody, check_length, save_body
from nomad_sandbox.extract import BadArchive, extract, safe_parts
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.call import Call

_ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class _Part:
    path: Path
    name: str | None

    @property
    def is_archive(self) -> bool:
        """Whether it is to be unpacked: by the ending of its name, without a name by its first bytes."""
        return _looks_like_archive(self.path) if self.name is None else self.name.lower().endswith(_ARCHIVE_ENDINGS)


@dataclass(frozen=True)
class Received:
    """What came with an upload.

    Attributes
    ----------
    name : str or None
        Of the file, where it is one and has one.
    is_empty : bool
        Nothing came.
    """

    name: str | None
    is_empty: bool


def receive(call: Call, upload_id: str) -> Received:
    """Put what a call sends where processing finds it.

    Raises
    ------
    Refusal
        400 for a file that needs a name and has none, for a name that leads outside.
    """
    target = call.store.incoming(upload_id)
    with tempfile.TemporaryDirectory(dir=call.store.folder, prefix="receive-") as scratch:
        parts = _parts(call, Path(scratch))
        if not parts or (len(parts) == 1 and parts[0].path.stat().st_size == 0):
            return Received(None, is_empty=True)
        unpack = call.flag("auto_decompress", default=True)
        if len(parts) == 1 and unpack and parts[0].is_archive:
            parts[0].path.rename(target)
        else:
            _pack(parts, Path(scratch), target, unpack=unpack)
    return Received(parts[0].name if len(parts) == 1 else None, is_empty=False)


def _parts(call: Call, scratch: Path) -> list[_Part]:
    try:
        return _read_parts(call, scratch)
    except BadBody as error:
        raise Refusal(400, str(error)) from error


def _read_parts(call: Call, scratch: Path) -> list[_Part]:
    check_length(call.request, call.services.limits)
    if call.request.mimetype == "multipart/form-data":
        parts = []
        for number, file in enumerate(call.request.files.getlist("file")):
            path = scratch / f"part-{number}"
            path.hardlink_to(file.stream.name)  # the form's parser has written it to a temporary file
            parts.append(_Part(path, call.text("file_name") or file.filename or None))
        return parts
    path = scratch / "part-0"
    save_body(call.request.stream, path, call.services.limits)
    name = call.text("file_name")
    if name is None and path.stat().st_size and not _looks_like_archive(path):
        raise Refusal(400, "The file is neither zip nor tar: give it a file_name.")
    return [_Part(path, name)]


def _looks_like_archive(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(4)
    return start in _ZIP_STARTS or (bool(start) and tarfile.is_tarfile(path))


def _pack(parts: Iterable[_Part], scratch: Path, target: Path, *, unpack: bool) -> None:
    folder = scratch / "files"
    folder.mkdir()
    _place(parts, folder, unpack=unpack)
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder).as_posix())


def _place(parts: Iterable[_Part], folder: Path, *, unpack: bool) -> None:
    for part in parts:
        if unpack and part.is_archive:
            try:
                extract(part.path, folder)
            except BadArchive as error:
                raise Refusal(400, f"{part.name}: {error}") from error
            continue
        steps = safe_parts(part.name or "")
        if steps is None:
            raise Refusal(400, "Bad file name provided.")
        inside = folder.joinpath(*steps)
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(part.path, inside)


def receive_into(call: Call, target: Path, *, overwrite: bool) -> list[Path]:
    """Put what a call sends into a folder: all of it or, after a refusal, nothing. Give where the files are now.

    Raises
    ------
    Refusal
        400 as `receive`, and for nothing; 409 where a file is there already that must not be overwritten.
    """
    with tempfile.TemporaryDirectory(dir=call.store.folder, prefix="receive-") as scratch:
        folder = Path(scratch) / "files"
        folder.mkdir()
        parts = _parts(call, Path(scratch))
        if not parts or (parts[0].name is None and not parts[0].path.stat().st_size):
            raise Refusal(400, "No files provided.")
        _place(parts, folder, unpack=call.flag("auto_decompress", default=True))
        moves = [(path, target / path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
        for _, place in moves:
            if place.is_dir() or (place.exists() and not overwrite):
                raise Refusal(409, f"{place.name} exists already.")
        for path, place in moves:
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    return [place for _, place in moves]
