"""The bytes of a request on their way to disk: never a whole file in memory, never more than the limit.

Knows streams. It must not know operations.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from flask import Request

from nomad_sandbox.extract import CHUNK
from nomad_sandbox.limits import Limits

TOO_BIG = "The upload is larger than {} bytes, which is the limit of one upload."
BROKEN_OFF = "The body of the request ended too early."


class BadBody(Exception):
    """A body that is refused; the text says why."""


def check_length(request: Request, limits: Limits) -> None:
    """Hold what a request says of its length against the limit, before any of it is read.

    Raises
    ------
    BadBody
    """
    if (request.content_length or 0) > limits.upload_bytes:
        raise BadBody(TOO_BIG.format(limits.upload_bytes))


def save_body(source: Any, target: Path, limits: Limits) -> None:
    """Write a body to a file, which is removed where the body breaks off or is too big.

    Raises
    ------
    BadBody
    """
    try:
        with target.open("wb") as file:
            _copy(source, file, limits.upload_bytes)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copy(source: Any, file: IO[bytes], limit_bytes: int) -> None:
    left = limit_bytes
    while True:
        try:
            chunk = source.read(CHUNK)
        except ValueError as error:  # cheroot's word for a chunked body that ends too early
            raise BadBody(BROKEN_OFF) from error
        if not chunk:
            return
        left -= len(chunk)
        if left < 0:
            raise BadBody(TOO_BIG.format(limit_bytes))
        file.write(chunk)
