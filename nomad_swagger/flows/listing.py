"""The files of an upload, a folder, an entry or a query, with their sizes: what is due when they are downloaded.

A stored zip's directory tells them all at once, with checksums. Else a server that lists folders is asked for one
after the other; and where none lists an upload's own folder (v0), the entries say which files are theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import Forbidden, NotFound, Unauthorized
from nomad_swagger.flows.body_query import body_query
from nomad_swagger.flows.entries import files_of
from nomad_swagger.flows.file_list import Files
from nomad_swagger.flows.file_records import EntryFiles, File
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import Entry, read_record
from nomad_swagger.flows.search import search
from nomad_swagger.flows.stored import StoredZips
from nomad_swagger.flows.targets import Target, What, found_by, read_target
from nomad_swagger.transfers.names import patterns, wanted
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

_LOOKED_AT_ENTRIES = 100
Sizes = dict[str, "int | None"]


def files(
    client: NomadClient,
    what: What,
    *,
    owner: Owner = "visible",
    include: Sequence[str] | str = (),
    exclude: Sequence[str] | str = (),
) -> Files:
    """List raw files without downloading any.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Upload, Results, mapping or str
        As for :func:`download`.
    owner : str
        For a query: whose entries.
    include, exclude : sequence of str
        Patterns for a path in the upload, or for a file's name alone: ``["*vasprun.xml*"]``.

    Returns
    -------
    Files
        A list of :class:`File` records, asked for while one goes through it. On a v0 server, which lists no upload as a
        whole, it has the files that belong to entries.

    Examples
    --------
    >>> sum(file.size_bytes for file in files(client, upload, include=["*.out"]))      # doctest: +SKIP
    45061
    """
    target = read_target(client, what, owner=owner)
    found = listed(client, target)
    choose, leave = patterns(include), patterns(exclude)
    return Files(file for file in found if wanted(file.path, choose, leave))


def listed(client: NomadClient, target: Target, zips: StoredZips | None = None) -> Iterator[File]:
    """Give the files of a target, each once; then those that belong to its entries and are not the caller's to read.

    Parameters
    ----------
    client : NomadClient
    target : Target
    zips : StoredZips, optional
        Keeps the directories of stored zips for what comes after the listing.

    Raises
    ------
    NotFound
        There is nothing.
    """
    seen = set()
    for file in _readable(client, target, zips or StoredZips(client)):
        if (key := (file.upload_id, file.path)) not in seen:
            seen.add(key)
            yield file
    if target.kind != "path" and client.nomad.can("list_query_files"):
        for upload_id, path in due_of_entries(client, target):
            if (upload_id, path) not in seen and path.startswith(target.within):
                seen.add((upload_id, path))
                yield replace(_file(upload_id, path, None), readable=False)


def due_of_entries(client: NomadClient, target: Target) -> Iterator[tuple[str, str]]:
    """Give upload and path of the files that a target's entries say are theirs."""
    for entry in entries_of(client, target):
        yield from ((entry.upload_id, path) for path in files_of(client, entry) if path.startswith(target.within))


def entries_of(client: NomadClient, target: Target) -> Iterable[Entry]:
    """Give the entries of a target."""
    if target.entry is not None:
        return [target.entry]
    if target.kind == "query":
        return found_by(client, target).unfiltered()
    return search(client, owner=target.owner, upload_id=target.upload_id)


def _readable(client: NomadClient, target: Target, zips: StoredZips) -> Iterator[File]:
    if target.kind in ("upload", "folder", "path"):
        return _of_upload(client, target, zips)
    if client.nomad.can("list_query_files"):
        return _by_query(client, target)
    return _of_entries(client, entries_of(client, target))


def lists_all(client: NomadClient) -> bool:
    """Tell whether this server lists all files of an upload, and not those of its entries alone."""
    return client.nomad.can("list_tree")


def warn_of_unlisted(client: NomadClient, target: Target) -> None:
    """Say in one line that not all files can be known, where that is so."""
    if target.kind in ("upload", "folder") and not lists_all(client):
        log.warning(
            "this server lists no upload as a whole: files of %s beside no entry are not known", target.upload_id
        )


def _of_upload(client: NomadClient, target: Target, zips: StoredZips) -> Iterator[File]:
    stored = zips.get(target.upload_id)
    if stored is not None and stored.has_ranges:
        for member in stored.members.values():
            if _belongs(member.name, target):
                yield _file(target.upload_id, member.name, member.size_bytes, member.crc32)
    elif lists_all(client):
        yield from (file for file in _tree(client, target.upload_id, _folder(target)) if _belongs(file.path, target))
    elif target.kind == "path" and (size := _size_beside(client, target)) is not None:
        yield _file(target.upload_id, target.path, size)
    else:
        found = _of_entries(client, entries_of(client, target))
        yield from (file for file in found if _belongs(file.path, target))


def _size_beside(client: NomadClient, target: Target) -> int | None:
    """Give the size of a file that its folder lists, whether or not it belongs to an entry."""
    folder, _, name = target.path.rpartition("/")
    return _told_sizes(client, target.upload_id, folder).get(name)


def _belongs(path: str, target: Target) -> bool:
    if target.kind == "path":
        return path == target.path or path.startswith(f"{target.path}/")
    return path.startswith(target.within)


def _folder(target: Target) -> str:
    """Give the folder to begin in: the last one that is named whole."""
    return target.within.rpartition("/")[0] if target.kind == "folder" else target.path


def _tree(client: NomadClient, upload_id: str, folder: str) -> Iterator[File]:
    nomad = client.nomad
    place = {"upload_id": upload_id, "path": folder or None}
    try:
        found: Iterator[File] = records_of(
            nomad, "list_tree", "file", place, what=f"the listing of {upload_id}/{folder}"
        )
        rows = list(found)
    except NotFound:
        if folder:
            rows = []
        else:
            raise
    if not rows and folder:  # perhaps a file
        parent, _, name = folder.rpartition("/")
        rows = [row for row in tree_rows(client, upload_id, parent) if row.name == name and not row.is_folder]
        folder = parent
    for row in rows:
        path = f"{folder}/{row.name}".lstrip("/")
        if row.is_folder:
            yield from _tree(client, upload_id, path)
        else:
            yield replace(row, path=path, upload_id=upload_id)


def tree_rows(client: NomadClient, upload_id: str, folder: str) -> list[File]:
    """Give what is directly in a folder, by its names, where the server lists folders."""
    place = {"upload_id": upload_id, "path": folder or None}
    return list(records_of(client.nomad, "list_tree", "file", place, what=f"the listing of {upload_id}/{folder}"))


def _by_query(client: NomadClient, target: Target) -> Iterator[File]:
    """Give the files of a query's entries where the server lists those itself."""
    nomad = client.nomad
    way = nomad.verb("list_query_files")
    if target.entry is not None:
        word = body_query(nomad.generation, nomad.vocabulary, {"entry_id": target.entry.entry_id})
        native: dict[str, Any] = {str(way.quantities): word}
    else:
        (native,) = found_by(client, target).query.variants
    found: Iterator[EntryFiles] = records_of(
        nomad,
        "list_query_files",
        "entry_files",
        {"owner": target.owner},
        native=native,
        what="the listing of the query",
    )
    rules = nomad.generation.records
    for entry in found:
        for row in entry.files:
            file: File = read_record(rules, "file", row)
            yield replace(_file(entry.upload_id, file.name, file.size_bytes), raw=row)


def _of_entries(client: NomadClient, entries: Iterable[Entry]) -> Iterator[File]:
    """Give the files that entries say are theirs, with the sizes that the listings of their folders have."""
    sizes: dict[tuple[str, str], Sizes] = {}
    for entry in entries:
        for path in files_of(client, entry):
            folder, _, name = path.rpartition("/")
            place = (entry.upload_id, folder)
            if place not in sizes:
                sizes[place] = _told_sizes(client, *place)
            yield _file(entry.upload_id, path, sizes[place].get(name))


def _told_sizes(client: NomadClient, upload_id: str, folder: str) -> Sizes:
    try:
        return sizes_in(client, upload_id, folder) or {}
    except (Unauthorized, Forbidden):  # not even the names are the caller's to see
        return {}


def sizes_in(client: NomadClient, upload_id: str, folder: str) -> Sizes | None:
    """Give the sizes of the files in a folder of an upload; None where the server has no listing for it."""
    nomad = client.nomad
    verb, place = "list_files", {"upload_id": upload_id, "path": folder}
    if not folder and lists_all(client):
        return {file.name: file.size_bytes for file in tree_rows(client, upload_id, "") if not file.is_folder}
    if not folder:  # v0 lists an upload's own folder as that of an entry alone
        entry_id = _entry_at_top(client, upload_id) if nomad.can("list_entry_files") else None
        if entry_id is None:
            return None
        verb, place = "list_entry_files", {"upload_id": upload_id, "entry_id": entry_id}
    found: Iterator[File] = records_of(nomad, verb, "file", place, what=f"the listing of {upload_id}/{folder}")
    try:
        return {file.name: file.size_bytes for file in found if not file.is_folder}
    except NotFound:
        return None


def _entry_at_top(client: NomadClient, upload_id: str) -> str | None:
    entries = search(client, owner="visible", upload_id=upload_id, limit=_LOOKED_AT_ENTRIES)
    return next((entry.entry_id for entry in entries if "/" not in entry.mainfile), None)


def _file(upload_id: str, path: str, size_bytes: int | None, crc32: int | None = None) -> File:
    return File(path.rpartition("/")[2], path=path, upload_id=upload_id, size_bytes=size_bytes, crc32=crc32)
