"""How much one user, and one request, may bring.

Knows numbers and how they are written. It must not know who counts what.

Source: NOMAD 0.8.6, 1.4.3 and 2.0.0: ten unpublished uploads of a user, 32 GiB each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(|k|m|g|ki|mi|gi)b?", re.IGNORECASE)
JSON_BYTES = 32 << 20
JSON_DEPTH = 100
LINE_BYTES = 8 << 10
HEAD_BYTES = 64 << 10


def read_size(text: str) -> int:
    """Give a number of bytes as people write it.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> read_size("5MB"), read_size("32GiB"), read_size("100")
    (5000000, 34359738368, 100)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size: write a number of bytes, or one with kB, MB, GB, KiB, MiB or GiB")
    return int(float(found[1]) * _UNITS[found[2].lower()])


@dataclass(frozen=True)
class Limits:
    """What a user may bring.

    Attributes
    ----------
    unpublished : int
        Uploads at one time; admins have no limit.
    upload_bytes : int
        One upload as it is sent.
    """

    unpublished: int = 10
    upload_bytes: int = 32 << 30


def read_limits(text: str) -> Limits:
    """Give the limits that ``N`` or ``N,SIZE`` says.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> read_limits("3,1MB")
    Limits(unpublished=3, upload_bytes=1000000)
    """
    count, _, size = text.partition(",")
    if not count.strip().isdigit():
        raise ValueError(f"{text!r} says no limits: write how many unpublished uploads, or also how big: 10,32GiB")
    return Limits(int(count), read_size(size) if size else Limits.upload_bytes)
