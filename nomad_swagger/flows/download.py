"""Download raw files: a file, a zip, or the files of a selection.

Here is what a caller says and which of the three it means. NOMAD v0 sends no Content-Length and a cut is silent, so a
file is held against the directory listing or, where a server has none for that place, a byte more is asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import NotFound
from nomad_swagger.flows.batches import batches_of
from nomad_swagger.flows.downloading import OnExisting, Wishes, already_there, told_same
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.listing import Sizes, listed, lists_all, warn_of_unlisted
from nomad_swagger.flows.looking import look, not_found
from nomad_swagger.flows.own_record import OwnRecord
from nomad_swagger.flows.sameness import is_same, source_key, summed_in
from nomad_swagger.flows.search import Results
from nomad_swagger.flows.single_files import fetch_file, fetch_files, file_source
from nomad_swagger.flows.stored import StoredZips, stored_zip
from nomad_swagger.flows.targets import Target, What, found_by, read_target
from nomad_swagger.flows.unpacking import unpack_bundle
from nomad_swagger.flows.zips import bundle_of, fetch_zip, query_name
from nomad_swagger.transfers.fetch import has_more
from nomad_swagger.transfers.names import inside, patterns, wanted
from nomad_swagger.transfers.parts import forget
from nomad_swagger.transfers.space import check_space
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def download(
    client: NomadClient,
    what: What,
    *,
    to: str | Path = ".",
    owner: Owner = "visible",
    include: Sequence[str] | str = (),
    exclude: Sequence[str] | str = (),
    extract: bool = False,
    flat: bool = False,
    on_existing: OnExisting = "error",
    replace: bool = False,
    name: str | None = None,
    jobs: int = 4,
    wait_for_lock: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Download raw files; what broke off goes on where it was when it is asked for again.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Upload, File, Results, mapping or str
        An entry, an upload or a query (``{"elements": ["Si"]}``, ``{"doi": …}``) comes as a zip;
        ``"upload_id/path/to/file"`` as the file itself, and with a ``/`` at its end the folder as a zip. An id alone is
        an entry's or an upload's.
    to : path
        A folder, made if it is not there.
    owner : str
        For a query: whose entries, as for :func:`search`.
    include, exclude : sequence of str, optional
        Only some files, as files: patterns for a path in the upload, or for a file's name alone (``"*vasprun.xml*"``).
        They go to ``to/upload_id/path``.
    extract : bool
        Files instead of a zip, all of them.
    flat : bool
        The same, to ``to/name``; two of one name are refused.
    on_existing : {"error", "skip", "replace"}
        What is there already and the same (by size, and by checksum where there is one) is done. Another content is an
        error, is kept, or is replaced.
    replace : bool
        Short for ``on_existing="replace"``.
    name : str, optional
        For the zip, or the file.
    jobs : int
        How many files at once, each by a connection of its own.
    wait_for_lock : bool
        Wait where another process or thread downloads the same; else that is an error.
    progress : callable, optional
        Called with bytes received and bytes in all (None where nobody knows).

    Returns
    -------
    Path
        The file or zip. For a selection the folder with the files. For a query of more entries than the server packs in
        one go, the folder with the zips of its parts, ``…-1.zip`` and so on.

    Raises
    ------
    NotFound
        There is no such thing, or not for you; or no file is chosen.
    Forbidden
        The zip is empty, since nothing in it is yours to see.
    Unauthorized
        The file is not yours to see.
    IncompleteTransfer, ChecksumMismatch
        It did not arrive whole; nothing stands under the final name.
    TransferError
        There is no room for it, or another process is downloading it at the moment.
    UsageError
        A file of that name with another content is there already; or a name that leads out of the folder.

    Warns
    -----
    NomadWarning
        NOMAD left files out without saying so; the message names them.
    """
    wishes = Wishes(
        Path(to),
        "replace" if replace else on_existing,
        patterns(include),
        patterns(exclude),
        extract,
        flat,
        name,
        jobs,
        wait_for_lock,
        progress,
        record=OwnRecord(),
    )
    return fetch(client, read_target(client, what, owner=owner), wishes)


def fetch(client: NomadClient, target: Target, wishes: Wishes) -> Path:
    """Download a target in the way that a caller wishes; :func:`download` explains."""
    try:
        return _fetch(client, target, wishes)
    finally:
        if wishes.record is not None:
            wishes.record.keep()


def _fetch(client: NomadClient, target: Target, wishes: Wishes) -> Path:
    if target.kind == "folder":
        return _fetch_folder(client, target, target, wishes, {})
    if target.kind != "path":
        return _fetch_several(client, target, wishes)
    file, folder, beside = look(client, target)
    if file is not None and wishes.selects:
        found = [file] if wanted(file.path, wishes.include, wishes.exclude) else []
        return fetch_files(client, found, wishes, StoredZips(client))
    if file is not None:
        return _fetch_one(client, file, wishes)
    return _fetch_folder(client, target, folder, wishes, beside)


def _fetch_folder(client: NomadClient, said: Target, folder: Target, wishes: Wishes, beside: Sizes) -> Path:
    try:
        return _fetch_several(client, folder, wishes)
    except NotFound as error:
        raise not_found(client, said, beside, error) from error


def _fetch_several(client: NomadClient, target: Target, wishes: Wishes) -> Path:
    if wishes.selects:
        everything = not wishes.include and not wishes.exclude and target.kind in ("upload", "folder")
        if everything and not lists_all(client):
            return unpack_bundle(client, bundle_of(client, target), wishes)
        found, zips = chosen(client, target, wishes)
        return fetch_files(client, found, wishes, zips)
    if target.kind == "query":
        whole = found_by(client, target)
        parts = batches_of(client, whole)
        if len(parts) > 1:
            return _in_parts(client, whole, parts, wishes)
    return fetch_zip(client, bundle_of(client, target), wishes)


def chosen(client: NomadClient, target: Target, wishes: Wishes) -> tuple[Iterator[File], StoredZips]:
    """Give the files of a target that a caller wishes, with the stored zips that were looked at for it."""
    zips = StoredZips(client)
    if not wishes.unlisted_known:
        warn_of_unlisted(client, target)
    found = listed(client, target, zips)
    return (file for file in found if wanted(file.path, wishes.include, wishes.exclude)), zips


def _in_parts(client: NomadClient, whole: Results, parts: Sequence[Results], wishes: Wishes) -> Path:
    stem, dot, ending = (wishes.name or query_name(whole.query.variants[0], whole.owner)).rpartition(".")
    for number, part in enumerate(parts, 1):
        bundle = bundle_of(client, read_target(client, part))
        fetch_zip(client, bundle, dataclasses.replace(wishes, name=f"{stem}-{number}{dot}{ending}"))
    return wishes.folder


def _fetch_one(client: NomadClient, file: File, wishes: Wishes) -> Path:
    target = inside(wishes.folder, wishes.name or file.name)
    if target.exists() or target.is_symlink():
        by = "name" if wishes.on_existing == "skip" else _same_by(client, file, target, wishes)
        if by:
            if by != "name":
                told_same(target, by)
            forget({target: source_key(client, file)})
            return target
        if wishes.on_existing == "error":
            raise already_there(target)
    check_space(wishes.folder, file.size_bytes or 0)
    fetch_file(client, file, target, wishes.how, wishes)
    return target


def _same_by(client: NomadClient, file: File, target: Path, wishes: Wishes) -> str:
    """Tell what a file on this disk is the same by; empty where it is another."""
    if file.size_bytes is None:
        size = target.stat().st_size
        told = dataclasses.replace(file, size_bytes=size)
        return is_same(client, target, told, wishes) if _ends_at(client, file, size) else ""
    stored = stored_zip(client, file.upload_id) if target.stat().st_size == file.size_bytes else None
    return is_same(client, target, summed_in(stored, file), wishes)


def _ends_at(client: NomadClient, file: File, size_bytes: int) -> bool:
    """Tell whether a file on a server that does not say its size has just so many bytes."""
    source = file_source(client, file, "")
    return not has_more(source, size_bytes) and (not size_bytes or has_more(source, size_bytes - 1))
