"""The words of a command line: ids that begin with a dash are marked, so that they are not read as options."""

from __future__ import annotations

import re
from collections.abc import Iterable

# One id in 64 begins with a dash. 22 characters are an upload's, 28 an entry's; a path may follow.
_DASHED_ID = re.compile(r"-[A-Za-z0-9_](?:[\w-]{20}|[\w-]{26})(?:/.*)?", re.ASCII)
SHIELD = "\ufdd0"


def shielded(words: Iterable[str]) -> list[str]:
    """Give the command line with ids that begin with a dash marked."""
    return [SHIELD + word if _DASHED_ID.fullmatch(word) else word for word in words]


def unshielded(words: Iterable[str]) -> list[str]:
    """Give the command line as it was typed."""
    return [word.removeprefix(SHIELD) for word in words]
