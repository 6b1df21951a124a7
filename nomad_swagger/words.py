"""The words that an argument may be, as types: a type checker sees a mistyped one, and so do we when it arrives.

Knows no server: what a word means there is in its generation.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from nomad_swagger.errors import UnknownArgument

Owner: TypeAlias = Literal["public", "visible", "user", "shared", "staging", "all", "admin"]
"""Whose entries."""
Until: TypeAlias = Literal["processed", "published", "deleted"]
"""When a wait is over."""
Missing: TypeAlias = Literal["warn", "raise"]
"""What to do about an entry without an archive."""
Style: TypeAlias = Literal["curl", "wget", "requests", "bravado", "nomad-swagger"]
"""Whose words a recipe is in."""
State: TypeAlias = Literal["unpublished", "published", "all"]
"""Which uploads."""
Interval: TypeAlias = Literal["1d", "1w", "1M", "1q", "1y"]
"""How times are counted."""

OWNERS: tuple[str, ...] = get_args(Owner)


def check_owner(owner: str) -> None:
    """Refuse a word that says nobody's entries, before a server is asked.

    Raises
    ------
    UnknownArgument
        The message offers the nearest.
    """
    if owner not in OWNERS:
        raise UnknownArgument(owner, OWNERS, where="as an owner")
