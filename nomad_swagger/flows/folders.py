"""An upload's folders as one looks through them on a disk: what is in one, and the bytes of a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from nomad_swagger.errors import NotFound, UsageError
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.listing import listed, lists_all, warn_of_unlisted
from nomad_swagger.flows.single_files import file_source
from nomad_swagger.flows.targets import What, read_target
from nomad_swagger.transfers.steady import steady

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def list_folder(client: NomadClient, what: What, *, recursive: bool = False) -> Iterator[File]:
    """Give the files and folders of an upload or a folder, or the files of an entry.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Upload, File or str
    recursive : bool
        All that is below, without the folders themselves.

    Raises
    ------
    NotFound
        There is nothing of that name.
    UsageError
        A query.
    """
    target = read_target(client, what)
    if target.kind == "query":
        raise UsageError("a query has no folders; `download --list` lists its files")
    warn_of_unlisted(client, target)
    found = listed(client, target)
    if recursive or target.kind == "entry":
        rows = found
    else:
        path = target.path.rstrip("*/") if target.kind != "upload" else ""
        rows = _one_level(found, f"{path}/" if path else "")
    seen = False
    for row in rows:
        seen = True
        yield row
    if not seen and target.path:
        unknown = "" if lists_all(client) else "; files beside no entry, below folders without files, are not known"
        raise NotFound(
            f"{target.upload_id}/{target.path}: no such file or folder{unknown}", status=404, detail="no files"
        )


def _one_level(found: Iterator[File], below: str) -> Iterator[File]:
    """Give the files of a folder as they come, then its folders with the size of all that is in them."""
    folders: dict[str, File] = {}
    for file in found:
        name, slash, _ = file.path.removeprefix(below).partition("/")
        if not slash:
            yield file
            continue
        empty = File(name, path=below + name, upload_id=file.upload_id, size_bytes=0, is_folder=True)
        known = folders.setdefault(name, empty)
        folders[name] = replace(known, size_bytes=(known.size_bytes or 0) + (file.size_bytes or 0))
    yield from folders.values()


def read_file(client: NomadClient, what: What) -> Iterator[bytes]:
    """Give the content of a file, going on where the connection breaks off; of an entry that of its main file.

    Raises
    ------
    UsageError
        No file.
    NotFound, Unauthorized, Forbidden
    """
    target = read_target(client, what)
    path = target.entry.mainfile if target.entry is not None else target.path
    if target.kind not in ("entry", "path"):
        raise UsageError("say which file: UPLOAD/path/to/file")
    file = File(path.rpartition("/")[2], path=path, upload_id=target.upload_id)
    yield from steady(file_source(client, file, ""), threading.Event())
