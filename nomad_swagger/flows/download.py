"""Download raw files: here single files and what is common; zips are in :mod:`nomad_swagger.flows.zips`.

NOMAD v0 sends no Content-Length and a cut is silent, so a file is checked against the directory listing or, where a
server has none for that place, by asking for one byte more. Sources: NOMAD 0.8.6, 1.4.3.
"""

from __future__ import annotations

import dataclasses
import filecmp
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from nomad_swagger.errors import IncompleteTransfer, NotFound, TransportError
from nomad_swagger.flows.batches import batches_of
from nomad_swagger.flows.dois import by_dataset
from nomad_swagger.flows.entries import try_entry
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import Entry, File, FoundPath, Upload, read_record
from nomad_swagger.flows.search import Results, search
from nomad_swagger.flows.zips import already_there, bundle_of, fetch_zip, folder_bundle, found_by
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.stream import receive
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_LOOKED_AT_ENTRIES = 100
Sizes = Mapping[str, "int | None"]


def download(
    client: NomadClient,
    what: Entry | Upload | Results | Mapping[str, Any] | str,
    *,
    to: str | Path = ".",
    owner: Owner = "visible",
    replace: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Download raw files.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Upload, Results, mapping or str
        An entry, an upload or a query (``{"elements": ["Si"]}``, ``{"doi": …}``) comes as a zip;
        ``"upload_id/path/to/file"`` as the file itself, and with a ``/`` at its end the folder as a zip. An id alone is
        an entry's or an upload's.
    to : path
        A folder, made if it is not there.
    owner : str
        For a query: whose entries, as for :func:`search`.
    replace : bool
        Replace a file of that name with another content, or a zip with other files.
    progress : callable, optional
        Called with bytes received and bytes in all (None where nobody knows).

    Returns
    -------
    Path
        The file; for a query of more entries than the server packs in one go, the folder with the zips of its parts,
        ``nomad_raw_files-1.zip`` and so on.

    Raises
    ------
    NotFound
        There is no such thing, or not for you.
    Forbidden
        The zip is empty, since nothing in it is yours to see.
    Unauthorized
        The file is not yours to see.
    IncompleteTransfer, ChecksumMismatch
        It did not arrive whole; nothing stands under the final name.
    UsageError
        A file of that name with another content is there already.

    Warns
    -----
    NomadWarning
        NOMAD left files out of a zip without saying so; the message names them.
    """
    folder = Path(to)
    if isinstance(what, str) and what.strip("/").partition("/")[2] not in ("", "*"):
        return _by_path(client, what.lstrip("/"), folder, replace, progress)
    if isinstance(what, str):
        named = what.strip("/").partition("/")[0]
        what = try_entry(client, named) or Upload(named)
    if isinstance(what, Mapping):
        what = by_dataset(client, what)
    if isinstance(what, (Results, Mapping)):
        found = what if isinstance(what, Results) else found_by(client, what, owner)
        parts = batches_of(client, found)
        if len(parts) > 1:
            return _in_parts(client, parts, folder, replace, progress)
    return fetch_zip(client, bundle_of(client, what, owner), folder, replace=replace, progress=progress)


def _in_parts(
    client: NomadClient, parts: Sequence[Results], folder: Path, replace: bool, progress: Progress | None
) -> Path:
    for number, part in enumerate(parts, 1):
        bundle = bundle_of(client, part, part.owner)
        stem, dot, ending = bundle.filename.rpartition(".")
        named = dataclasses.replace(bundle, filename=f"{stem}-{number}{dot}{ending}")
        fetch_zip(client, named, folder, replace=replace, progress=progress)
    return folder


def _by_path(client: NomadClient, what: str, folder: Path, replace: bool, progress: Progress | None) -> Path:
    upload_id, _, path = what.partition("/")
    parent, _, name = path.rpartition("/")
    if path.endswith(("/", "*")):
        return fetch_zip(client, folder_bundle(client, upload_id, path), folder, replace=replace, progress=progress)
    try:
        seen = _look_at(client, upload_id, path) if client.nomad.can("look_at_path") else None
    except NotFound:
        beside = _sizes(client, upload_id, parent) or {}
        return _folder(client, upload_id, path, beside, folder, replace, progress)
    if seen is not None and seen.is_folder:
        return fetch_zip(client, folder_bundle(client, upload_id, path), folder, replace=replace, progress=progress)
    sizes = {name: seen.size_bytes} if seen is not None else _sizes(client, upload_id, parent)
    if sizes is not None and name not in sizes:
        return _folder(client, upload_id, path, sizes, folder, replace, progress)
    call = client.nomad.prepare_verb("raw_file", {"upload_id": upload_id, "path": path})
    response = client.nomad.send(call, stream=True)
    if sizes is None and _is_listing(response):
        response.close()
        return _folder(client, upload_id, path, {}, folder, replace, progress)
    expected = sizes[name] if sizes else None
    target = folder / name

    def check(part: Path, received: int) -> None:
        if expected is None:
            _refuse_a_cut(client, upload_id, path, received)
        if target.exists() and not replace and not filecmp.cmp(part, target, shallow=False):
            raise already_there(target)

    return receive(response, target, what=what, expected=expected, check=check, progress=progress)


def _folder(
    client: NomadClient,
    upload_id: str,
    path: str,
    beside: Sizes,
    folder: Path,
    replace: bool,
    progress: Progress | None,
) -> Path:
    """Download what is no file, so perhaps a folder; if it is none either, offer the file that is named most alike."""
    try:
        return fetch_zip(client, folder_bundle(client, upload_id, path), folder, replace=replace, progress=progress)
    except NotFound as error:
        parent, _, name = path.rpartition("/")
        near = [f"{parent}/{found}".lstrip("/") for found in get_close_matches(name, list(beside), n=1)]
        raise NotFound(
            f"{upload_id}/{path}: no such file or folder" + (f"; did you mean {near[0]!r}?" if near else ""),
            status=error.status,
            operation=error.operation,
            detail=error.detail,
        ) from error


def _look_at(client: NomadClient, upload_id: str, path: str) -> FoundPath:
    """Ask what is under a path, where a server tells.

    Raises
    ------
    NotFound
        Nothing, or not for you.
    """
    nomad = client.nomad
    seen: FoundPath = read_record(
        nomad.generation.records, "path", nomad.ask("look_at_path", {"upload_id": upload_id, "path": path})
    )
    return seen


def _is_listing(response: requests.Response) -> bool:
    """Tell a folder's listing from a file, which comes as an attachment."""
    kind = response.headers.get("Content-Type", "")
    return kind.startswith("application/json") and "Content-Disposition" not in response.headers


def _sizes(client: NomadClient, upload_id: str, folder: str) -> Sizes | None:
    """Give the sizes of the files in a folder of an upload; None where the server has no listing for it."""
    nomad = client.nomad
    verb, place = "list_files", {"upload_id": upload_id, "path": folder}
    if not folder:  # v0 lists an upload's own folder as that of an entry alone
        entry_id = _entry_at_top(client, upload_id) if nomad.can("list_entry_files") else None
        if entry_id is None:
            return None
        verb, place = "list_entry_files", {"upload_id": upload_id, "entry_id": entry_id}
    files: Iterator[File] = records_of(nomad, verb, "file", place, what=f"the listing of {upload_id}/{folder}")
    try:
        return {file.name: file.size_bytes for file in files}
    except NotFound:
        return None


def _entry_at_top(client: NomadClient, upload_id: str) -> str | None:
    entries = search(client, owner="visible", upload_id=upload_id, limit=_LOOKED_AT_ENTRIES)
    return next((entry.entry_id for entry in entries if "/" not in entry.mainfile), None)


def _refuse_a_cut(client: NomadClient, upload_id: str, path: str, received: int) -> None:
    """Ask for the byte after those received, where nobody said how many there are.

    Raises
    ------
    IncompleteTransfer
        There is one, or nobody is there any more to say so.
    """
    nomad = client.nomad
    if not nomad.takes("raw_file", "offset"):
        return
    given = {"upload_id": upload_id, "path": path, "offset": received, "length": 1}
    try:
        goes_on = bool(nomad.send(nomad.prepare_verb("raw_file", given)).content)
    except TransportError as error:
        raise _cut(f"{upload_id}/{path}", received) from error
    if goes_on:
        raise _cut(f"{upload_id}/{path}", received)


def _cut(what: str, received: int) -> IncompleteTransfer:
    return IncompleteTransfer(
        f"{what}: the connection ended early, after {received:,} bytes (NOMAD does not say how many it has). "
        "Nothing was kept; download it again.",
        received=received,
    )
