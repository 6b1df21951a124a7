"""What a download is about: a file, a folder, an upload, an entry or a query, from what a caller wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.asked import as_found
from nomad_swagger.flows.entries import find_entry, try_entry
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.quantities import bind
from nomad_swagger.flows.records import Entry, Upload
from nomad_swagger.flows.search import Results
from nomad_swagger.light import dataclass
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

What = Entry | Upload | File | Results | Mapping[str, Any] | str


@dataclass(frozen=True)
class Target:
    """One thing to download.

    Attributes
    ----------
    kind : {"path", "folder", "upload", "entry", "query"}
        A path may turn out to be a folder; a folder ends in a ``/``, or in a ``*`` for all that begins so.
    upload_id, path : str
        Of a path and a folder.
    entry : Entry or None
    asked : Results or mapping or None
        Of a query.
    owner : str
        Of a query, and of an upload's entries.
    """

    kind: Literal["path", "folder", "upload", "entry", "query"]
    upload_id: str = ""
    path: str = ""
    entry: Entry | None = None
    asked: Results | Mapping[str, Any] | None = None
    owner: Owner = "visible"

    @property
    def within(self) -> str:
        """Give how the paths of its files begin."""
        if self.kind == "folder":
            return self.path.rstrip("*")
        folder = self.entry.mainfile.rpartition("/")[0] if self.entry else ""
        return f"{folder}/" if folder else ""


def read_target(client: NomadClient, what: What, *, owner: Owner = "visible") -> Target:
    """Give the target that a caller means.

    Raises
    ------
    UsageError
        Nothing of that kind.
    NotFound
        No such entry.
    """
    if isinstance(what, Entry):
        entry = find_entry(client, what)
        return Target("entry", upload_id=entry.upload_id, entry=entry, owner=owner)
    if isinstance(what, Upload):
        return Target("upload", upload_id=what.upload_id, owner=owner)
    if isinstance(what, File):
        return _of_path(what.upload_id, f"{what.path}/" if what.is_folder else what.path, owner)
    if isinstance(what, (Results, Mapping)):
        return Target("query", asked=what, owner=what.owner if isinstance(what, Results) else owner)
    if not isinstance(what, str):
        raise UsageError(f"{what!r} is no entry, upload, file, query or path")
    upload_id, _, path = what.lstrip("/").partition("/")
    if path.strip("/") not in ("", "*"):
        return _of_path(upload_id, path, owner)
    found = try_entry(client, upload_id)
    return read_target(client, found or Upload(upload_id), owner=owner)


def _of_path(upload_id: str, path: str, owner: Owner) -> Target:
    return Target("folder" if path.endswith(("/", "*")) else "path", upload_id=upload_id, path=path, owner=owner)


def found_by(client: NomadClient, target: Target) -> Results:
    """Give the entries of a query; who binds it for the download tells of translated names."""
    if isinstance(target.asked, Results):
        return target.asked
    query = bind(client.nomad, "search", as_found(client, target.asked or {}), noting=False)
    return Results(client, query, owner=target.owner)
