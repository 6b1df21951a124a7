"""Names from a disk, as they are told to a person and to NOMAD: a disk takes any bytes, a zip and a terminal do not."""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from urllib.parse import quote_from_bytes

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def spelled(name: str, escape: bool) -> str | None:
    r"""Give a name as it goes up; None for one that is no UTF-8 and must not be escaped.

    Examples
    --------
    >>> spelled("café", False), spelled("caf\udce9", False), spelled("caf\udce9", True)
    ('café', None, 'caf%E9')
    """
    if name.isascii():
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        return _escaped(name) if escape else None
    return name


def _escaped(name: str) -> str:
    return "".join(
        quote_from_bytes(os.fsencode(letter)) if "\ud800" <= letter <= "\udfff" else letter for letter in name
    )


def shown(name: str | PurePath) -> str:
    r"""Give a name for a message: bytes that are no text, and characters that would move the cursor, are escaped.

    Examples
    --------
    >>> shown("caf\udce9"), shown("a\nb")
    ('caf\\xe9', 'a\\nb')
    """
    text = str(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda found: repr(found.group())[1:-1], text)
