"""Who may see what on v1: a coauthor sees, and changes, as much as who uploaded; a reviewer sees.

Coauthors are v0's coauthors, reviewers those with whom v0 shares. Knows the owner values and their refusals. It must
not know HTTP's requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import Calc
from nomad_sandbox.uploads import Upload
from nomad_sandbox.v1.answers import Refusal

_PUBLIC = "(published = 1 AND with_embargo = 0)"
_MINE = "entry IN (SELECT entry FROM terms WHERE quantity = 'uploader.user_id' AND value = :viewer)"
_VIEWED = (
    "entry IN (SELECT entry FROM terms WHERE quantity IN ('owners.user_id', 'authors.user_id') AND value = :viewer)"
)
_SQL = {
    "all": f"(published = 1 OR {_VIEWED})",
    "public": _PUBLIC,
    "visible": f"({_PUBLIC} OR {_VIEWED})",
    "shared": _VIEWED,
    "user": _MINE,
    "staging": f"(published = 0 AND {_VIEWED})",
    "admin": "1",
}
_NEED_LOGIN = ("user", "shared", "staging", "admin")
DEFAULT_EMBARGO_MONTHS = 36


def owner_sql(owner: str, viewer: User | None) -> str:
    """Give the condition on ``entries`` (with ``:viewer``) that an owner value stands for.

    Raises
    ------
    Refusal
        401 for nobody where a login is needed, 403 for ``admin`` without being one.
    """
    if viewer is None and owner in _NEED_LOGIN:
        raise Refusal(401, f"Authentication required for owner='{owner}'.")
    if owner == "admin" and viewer is not None and not viewer.is_admin:
        raise Refusal(403, "This can only be used by the admin user.")
    return _SQL[owner]


def sees_entry(document: Mapping[str, Any], viewer: User | None) -> bool:
    """Tell whether a viewer may read an entry's files and archive."""
    if document["published"] and not document["with_embargo"]:
        return True
    if viewer is None:
        return False
    people = (*document.get("owners", ()), *document.get("authors", ()))
    return viewer.is_admin or any(person["user_id"] == viewer.user_id for person in people)


def people(upload: Upload, calcs: Sequence[Calc], key: str) -> list[str]:
    """Give the user ids of an upload's coauthors, or of its reviewers (``shared_with``)."""
    told = [upload.metadata] if not calcs else [calc.metadata for calc in calcs]
    return list(dict.fromkeys(user_id for metadata in told for user_id in metadata.get(key) or ()))


def embargo_months(upload: Upload, calcs: Sequence[Calc]) -> int:
    """Give for how long an upload is, or will be, under embargo; 0 without one."""
    if not upload.published:
        return int(upload.metadata.get("embargo_length") or 0)
    held = [calc.metadata for calc in calcs if calc.metadata.get("with_embargo")]
    # v0 can publish with an embargo and say nothing of its length
    return max((int(metadata.get("embargo_length") or DEFAULT_EMBARGO_MONTHS) for metadata in held), default=0)


def writes_upload(upload: Upload, calcs: Sequence[Calc], viewer: User) -> bool:
    """Tell whether a user may change an upload."""
    return viewer.is_admin or viewer.user_id in (upload.user_id, *people(upload, calcs, "coauthors"))


def views_upload(upload: Upload, calcs: Sequence[Calc], viewer: User | None) -> bool:
    """Tell whether a viewer is among an upload's people, or an admin."""
    if viewer is None:
        return False
    return writes_upload(upload, calcs, viewer) or viewer.user_id in people(upload, calcs, "shared_with")


def sees_upload(upload: Upload, calcs: Sequence[Calc], viewer: User | None) -> bool:
    """Tell whether a viewer may see an upload, its files and archives."""
    return (upload.published and not embargo_months(upload, calcs)) or views_upload(upload, calcs, viewer)
