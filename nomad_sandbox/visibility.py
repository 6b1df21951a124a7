"""Who may see what: entries in searches, files, archives.

One place for the rules, for every API generation on this store. It must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import Calc, calcs_of
from nomad_sandbox.files import RawFile, is_potcar
from nomad_sandbox.store import Store
from nomad_sandbox.uploads import Upload

OWNERS = ("all", "public", "visible", "shared", "user", "staging", "admin")
_PUBLIC = "(published = 1 AND with_embargo = 0)"
_OWNED = "entry IN (SELECT entry FROM terms WHERE quantity = 'owners.user_id' AND value = :viewer)"
_UPLOADED = "entry IN (SELECT entry FROM terms WHERE quantity = 'uploader.user_id' AND value = :viewer)"
_SQL = {
    "all": f"(published = 1 OR {_OWNED})",
    "public": _PUBLIC,
    "visible": f"({_PUBLIC} OR {_OWNED})",
    "shared": _OWNED,
    "user": _UPLOADED,
    "staging": f"(published = 0 AND {_OWNED})",
    "admin": "1",
}


class OwnerRefused(Exception):
    """An ``owner`` value that is unknown (``unknown``), or not for this viewer.

    Attributes
    ----------
    unknown : bool
    """

    def __init__(self, owner: str, *, unknown: bool) -> None:
        super().__init__(f"Invalid owner parameter: {owner}")
        self.unknown = unknown


def owner_sql(owner: str, viewer: User | None) -> str:
    """Give the condition on ``entries`` (with ``:viewer``, a user id or null) that an owner value stands for.

    Raises
    ------
    OwnerRefused
    """
    if owner not in _SQL:
        raise OwnerRefused(owner, unknown=True)
    if owner in ("user", "shared", "staging") and viewer is None:
        raise OwnerRefused(owner, unknown=False)
    if owner == "admin" and (viewer is None or not viewer.is_admin):
        raise OwnerRefused(owner, unknown=False)
    return _SQL[owner]


def may_see_entry(document: Mapping[str, Any], viewer: User | None) -> bool:
    """Tell whether a viewer may see an entry's data: public, or an owner's, or an admin's."""
    if document.get("published") and not document.get("with_embargo"):
        return True
    if viewer is None:
        return False
    return viewer.is_admin or any(owner["user_id"] == viewer.user_id for owner in document.get("owners", ()))


@dataclass(frozen=True)
class FileAccess:
    """What a viewer may read of one upload's files.

    Attributes
    ----------
    everything : bool
        For the uploader and admins.
    shared : set of str
        Folders of the calculations that are shared with the viewer.
    published : bool
    embargoed : set of str
        Mainfiles under embargo.
    open_folders : set of str
        Folders of the calculations without embargo; what lies beside one of them is open, too.
    """

    everything: bool
    shared: Collection[str]
    published: bool
    embargoed: Collection[str]
    open_folders: Collection[str]

    def allows(self, file: RawFile) -> bool:
        """Tell whether one file may be read."""
        if self.everything or file.folder in self.shared:
            return True
        if file.path.endswith(".png"):
            return True  # v0 lets previews through, whoever asks
        return self.published and not is_potcar(file.path) and self._is_open(file)

    def _is_open(self, file: RawFile) -> bool:
        if file.path in self.embargoed:
            return False
        if file.folder in self.open_folders:
            return True
        return not self.embargoed  # a file that belongs to no calculation shares the fate of its upload


def _shared_with(calc: Calc, viewer: User | None) -> bool:
    return viewer is not None and viewer.user_id in calc.metadata.get("shared_with", ())


def file_access(store: Store, upload: Upload, viewer: User | None) -> FileAccess:
    """Work out what a viewer may read of an upload."""
    calcs = calcs_of(store, upload.upload_id)
    embargoed = [calc for calc in calcs if calc.metadata.get("with_embargo")]
    return FileAccess(
        everything=viewer is not None and (viewer.is_admin or viewer.user_id == upload.user_id),
        shared={calc.folder for calc in calcs if _shared_with(calc, viewer)},
        published=upload.published,
        embargoed={calc.mainfile for calc in embargoed},
        open_folders={calc.folder for calc in calcs if not calc.metadata.get("with_embargo")},
    )
