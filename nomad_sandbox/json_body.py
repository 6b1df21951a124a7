"""The JSON of a request's body, where it can be worked with: not too much, not too deep, no odd numbers or characters.

Knows JSON. It must not know what a body means, or how a refusal is worded.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Request

from nomad_sandbox.limits import JSON_BYTES, JSON_DEPTH

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_LARGEST = 2**63 - 1
_LARGEST_PAGE = 2**31 - 1
_WIDE = frozenset({"offset", "length"})  # these count bytes of files


class BadJson(ValueError):
    """A body that is refused.

    Attributes
    ----------
    position : int
        Where it stops being JSON; 0 where it is JSON.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


def fits_integer(name: str, text: str) -> bool:
    """Tell whether the text of a parameter is a whole number of a size that can be counted with."""
    largest = _LARGEST if name in _WIDE else _LARGEST_PAGE
    return _INTEGER.fullmatch(text.strip()) is not None and abs(int(text)) <= largest


def read_bytes(request: Request) -> bytes:
    """Give the body of a request.

    Raises
    ------
    BadJson
        There is more than the limit.
    """
    if (request.content_length or 0) > JSON_BYTES:
        raise BadJson(f"the body is larger than {JSON_BYTES} bytes")
    read, size = [], 0
    while chunk := request.stream.read(1 << 16):
        size += len(chunk)
        if size > JSON_BYTES:
            raise BadJson(f"the body is larger than {JSON_BYTES} bytes")
        read.append(chunk)
    return b"".join(read)


def read_json(data: bytes) -> Any:
    """Give what a JSON text says.

    Raises
    ------
    BadJson
        It is no JSON, or nests too deep, or has a number or a character that nothing can be done with.
    """
    try:
        content = json.loads(data)
    except RecursionError as error:
        raise BadJson(f"nested deeper than {JSON_DEPTH}") from error
    except ValueError as error:
        raise BadJson(str(error), getattr(error, "pos", 0)) from error
    _check(content)
    return content


def _check(content: Any) -> None:
    level, depth = [content], 0
    while level:
        depth += 1
        if depth > JSON_DEPTH:
            raise BadJson(f"nested deeper than {JSON_DEPTH}")
        below: list[Any] = []
        for value in level:
            below.extend(_parts(value))
        level = below


def _parts(value: Any) -> list[Any]:
    """Give what is directly within a value, which itself is fine."""
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise BadJson("a whole number is larger than 64 bits can hold")
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise BadJson("NaN and Infinity are no JSON")
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise BadJson("half a surrogate pair is no character")
    return []
