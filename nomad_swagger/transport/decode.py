"""JSON to Python objects, long ones at the speed of orjson where it is installed, and exact in any case.

NOMAD v0 writes NaN and Infinity, which JSON does not have, and orjson turns integers beyond 64 bits into floats: what
orjson cannot say exactly, Python's own decoder reads.

How deep it is nested is bounded: what is nested deeper than any archive is no NOMAD's, and would break whoever walks
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from nomad_swagger.settings import JSON_LIMIT_DEPTH

LONG_BYTES = 1 << 16  # what is shorter is read before orjson is imported
# Digits as 0 and what may stand before a number as a blank: in this, an integer too long for 64 bits is easy to find.
_BEFORE = b" \t\r\n:,[-"
_SHAPES = bytes(ord("0") if byte in b"0123456789" else ord(" ") if byte in _BEFORE else ord("x") for byte in range(256))
_HUGE = b" " + b"0" * 19  # of 18 digits, all fit
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


class TooDeep(ValueError):
    """JSON that is nested deeper than we read."""


def decode(content: bytes, *, long_bytes: int = LONG_BYTES) -> Any:
    r"""Give what a JSON text says; NaN and infinities as Python writes them are taken too.

    Parameters
    ----------
    content : bytes
    long_bytes : int
        From which length on importing orjson is worth it, in bytes.

    Raises
    ------
    ValueError
        It is no JSON.
    TooDeep
        It is nested too deep.

    Examples
    --------
    >>> decode(b'[NaN, 36893488147419103232, "\xc3\xa5"]')
    [nan, 36893488147419103232, 'å']
    """
    if _may_be_deep(content):
        return _bounded(content)
    if len(content) < long_bytes or (quick := orjson_loads()) is None or _has_huge_integer(content):
        return json.loads(content)
    try:
        return quick(content)
    except ValueError:
        return json.loads(content)  # NaN, a lone surrogate, UTF-16: rare, and right


@cache
def orjson_loads() -> Callable[[bytes], Any] | None:
    """Give orjson's reader, where it is installed."""
    try:
        import orjson
    except ModuleNotFoundError:  # the extra [fast]
        return None
    return orjson.loads


def _may_be_deep(content: bytes) -> bool:
    """Tell whether there may be too many levels; brackets in a text, or in UTF-16, may look like it."""
    brackets = content.translate(None, _NO_BRACKETS)
    for _ in range(JSON_LIMIT_DEPTH):  # each round takes the innermost level away
        left = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    return len(brackets) > JSON_LIMIT_DEPTH


def _bounded(content: bytes) -> object:
    too_deep = f"the JSON is nested deeper than {JSON_LIMIT_DEPTH} levels"
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise TooDeep(too_deep) from error
    level = [found]
    for _ in range(JSON_LIMIT_DEPTH + 1):
        level = [child for node in level if isinstance(node, (dict, list)) for child in _children(node)]
        if not level:
            return found
    raise TooDeep(too_deep)


def _has_huge_integer(content: bytes) -> bool:
    """Tell whether there may be one; digits in a text may look like it, which costs time and nothing else."""
    shapes = content.translate(_SHAPES)
    return _HUGE in shapes or shapes.startswith(_HUGE[1:])


def _children(node: dict[str, object] | list[object]) -> Iterable[object]:
    return node.values() if isinstance(node, dict) else node
