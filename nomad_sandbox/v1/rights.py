"""Who may see, and change, what on v1: what `visibility` says, of uploads and entries as v1 has them.

Coauthors are v0's coauthors, reviewers those with whom v0 shares. Knows the refusals of owner words. It must not know
HTTP's requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nomad_sandbox import visibility
from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import Calc
from nomad_sandbox.uploads import Upload
from nomad_sandbox.v1.answers import Refusal

_FACE = "v1"
DEFAULT_EMBARGO_MONTHS = 36


def owner_sql(owner: str, viewer: User | None) -> str:
    """Give the condition on ``entries`` (with ``:viewer``) that an owner word stands for.

    Raises
    ------
    Refusal
        401 for nobody where a login is needed, 403 for ``admin`` without being one.
    """
    try:
        return visibility.owner_sql(owner, viewer, face=_FACE)
    except visibility.OwnerRefused as error:
        if viewer is None:
            raise Refusal(401, f"Authentication required for owner='{owner}'.") from error
        raise Refusal(403, "This can only be used by the admin user.") from error


def may_see_entry(document: Mapping[str, Any], viewer: User | None, way: str) -> bool:
    """Tell whether a viewer may see an entry on a way: ``entry`` (its metadata), ``data``, ``licensed`` files."""
    return visibility.may_see_entry(document, viewer, face=_FACE, way=way)


def may_on_upload(upload: Upload, calcs: Sequence[Calc], viewer: User | None, way: str) -> bool:
    """Tell whether a viewer has an upload on a way: ``upload`` (sees it), ``people``, ``write``, ``licensed`` files."""
    standings = visibility.standings_of(
        viewer,
        uploader=upload.user_id,
        coauthors=people(upload, calcs, "coauthors"),
        readers=people(upload, calcs, "shared_with"),
    )
    state = visibility.state_of(published=upload.published, with_embargo=embargo_months(upload, calcs) > 0)
    return visibility.may(_FACE, way, state, standings)


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
