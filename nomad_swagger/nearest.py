"""The names that somebody may have meant; difflib is imported when a name is wrong, which most never are."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(typed: str, known: Iterable[str], *, alike: float = 0.6) -> list[str]:
    """Give the three names most like a typed one, best first; fewer where less than ``alike`` (0 to 1) of it is there.

    Examples
    --------
    >>> nearest("serch", ["search", "edit"])
    ['search']
    """
    from difflib import get_close_matches

    return get_close_matches(typed, list(dict.fromkeys(known)), n=3, cutoff=alike)
