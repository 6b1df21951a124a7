"""JSON to Python objects, at the speed of orjson where it is installed, and exact in any case.

NOMAD v0 writes NaN and Infinity, which JSON does not have, and orjson turns integers beyond 64 bits into floats: what
orjson cannot say exactly, Python's own decoder reads.
"""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ModuleNotFoundError:  # the extra [fast]
    orjson = None  # type: ignore[assignment]

# Digits as 0 and what may stand before a number as a blank: in this, an integer too long for 64 bits is easy to find.
_BEFORE = b" \t\r\n:,[-"
_SHAPES = bytes(ord("0") if byte in b"0123456789" else ord(" ") if byte in _BEFORE else ord("x") for byte in range(256))
_HUGE = b" " + b"0" * 19  # of 18 digits, all fit


def decode(content: bytes) -> Any:
    r"""Give what a JSON text says; NaN and infinities as Python writes them are taken too.

    Raises
    ------
    ValueError
        It is no JSON.

    Examples
    --------
    >>> decode(b'[NaN, 36893488147419103232, "\xc3\xa5"]')
    [nan, 36893488147419103232, 'å']
    """
    if orjson is None or _has_huge_integer(content):
        return json.loads(content)
    try:
        return orjson.loads(content)
    except ValueError:
        return json.loads(content)  # NaN, a lone surrogate, UTF-16: rare, and right


def _has_huge_integer(content: bytes) -> bool:
    """Tell whether there may be one; digits in a text may look like it, which costs time and nothing else."""
    shapes = content.translate(_SHAPES)
    return _HUGE in shapes or shapes.startswith(_HUGE[1:])
