"""What is under a path of an upload: a file, a folder, or nothing, and then what was perhaps meant."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from nomad_swagger.errors import ApiError, NotFound, TransportError
from nomad_swagger.flows.file_records import File, FoundPath
from nomad_swagger.flows.listing import Sizes, listed, sizes_in
from nomad_swagger.flows.records import read_record
from nomad_swagger.flows.stored import sender
from nomad_swagger.flows.targets import Target
from nomad_swagger.nearest import nearest

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_LOOKED_AT_FILES = 1000


def look(client: NomadClient, target: Target) -> tuple[File | None, Target, Sizes]:
    """Tell what is under a path: a file, with its size where a server tells; or else perhaps a folder.

    Returns
    -------
    file, folder, beside
        The last are the files beside it, as far as they are known.

    Raises
    ------
    NotFound
        Nothing, or not for you; it offers the name that is most alike.
    """
    upload_id, path = target.upload_id, target.path
    parent, _, name = path.rpartition("/")
    folder = replace(target, kind="folder", path=f"{path}/")
    if client.nomad.can("look_at_path"):
        try:
            seen = _look_at(client, upload_id, path)
        except NotFound as error:
            raise not_found(client, target, sizes_in(client, upload_id, parent) or {}, error) from error
        return None if seen.is_folder else File(name, path, upload_id, seen.size_bytes), folder, {}
    sizes = sizes_in(client, upload_id, parent)
    if sizes is None:
        return None if _is_listing(client, upload_id, path) else File(name, path, upload_id), folder, {}
    return File(name, path, upload_id, sizes[name]) if name in sizes else None, folder, sizes


def not_found(client: NomadClient, target: Target, beside: Sizes, error: NotFound) -> NotFound:
    """Give the error for a path at which nothing is, with the one that is most alike: beside it, else in the upload."""
    parent, _, name = target.path.rstrip("/*").rpartition("/")
    near = [f"{parent}/{found}".lstrip("/") for found in nearest(name, beside)[:1]]
    if not near:
        near = nearest(target.path.rstrip("/*"), _paths(client, target))
    return NotFound(
        f"{target.upload_id}/{target.path}: no such file or folder" + (f"; did you mean {near[0]!r}?" if near else ""),
        status=error.status,
        operation=error.operation,
        detail=error.detail,
    )


def _paths(client: NomadClient, target: Target) -> list[str]:
    """Give files and folders of an upload, as many as it is worth for a hint; none where they are not to be seen."""
    whole = replace(target, kind="upload", path="")
    try:
        files = [file.path for file in islice(listed(client, whole), _LOOKED_AT_FILES)]
    except (ApiError, TransportError):  # there is no hint then, and nothing else is lost
        return []
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents} - {"."}
    return [*files, *sorted(folders)]


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


def _is_listing(client: NomadClient, upload_id: str, path: str) -> bool:
    """Tell a folder, which comes as its listing, from a file, which comes as an attachment."""
    nomad = client.nomad
    try:
        with sender(nomad)(nomad.prepare_verb("raw_file", {"upload_id": upload_id, "path": path})) as response:
            kind = response.headers.get("Content-Type", "")
            return kind.startswith("application/json") and "Content-Disposition" not in response.headers
    except NotFound:
        # a folder that holds nothing but folders has no listing in v0
        return True
