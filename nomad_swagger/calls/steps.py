"""The guard of path steps: an argument stays in its own place in an operation's path.

An id of ``..``, an empty one, or one with a slash leads to another operation's path, and a server decodes ``%2F``
before it routes, so quoting is no help. Percent-encoded forms are looked through as often as they are encoded: a proxy
in between may decode once more. Must not know bravado, nor any operation by name.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_UP = frozenset({".", ".."})
_SEPARATORS = re.compile(r"[/\\]")
_ROUNDS = 8


def fault_of(value: str, *, may_be_empty: bool = False, many_steps: bool = False) -> str:
    """Give what is wrong with an argument in a path, in words; empty if nothing is.

    Parameters
    ----------
    value : str
    may_be_empty : bool
        The empty text stands for the folder itself.
    many_steps : bool
        The argument is a path of its own, so slashes belong to it.

    Examples
    --------
    >>> fault_of("run/si.out", many_steps=True)
    ''
    >>> fault_of("%2e%2e")
    'must not have . or .. as a step'
    """
    if not value and may_be_empty:
        return ""
    plain = decoded(value)
    if not plain.strip():
        return "is needed and must not be empty"
    if has_dots(plain):
        return "must not have . or .. as a step"
    if not many_steps and _SEPARATORS.search(plain):
        return "must not have a slash: it is one step of the path"
    return ""


def has_dots(path: str) -> bool:
    """Tell whether a path, in any spelling that a server or proxy may take so, has a step ``.`` or ``..``."""
    return any(step.strip() in _UP for step in _SEPARATORS.split(decoded(path)))


def decoded(text: str) -> str:
    """Give a text without percent-encoding, however often it is encoded."""
    for _ in range(_ROUNDS):
        plain = unquote(text)
        if plain == text:
            return plain
        text = plain
    return text
