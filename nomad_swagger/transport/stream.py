"""Receive a file: to a ``.part`` beside its final name, checked, then renamed.

Memory stays flat: blocks of 1 MiB go straight to disk. Whatever happens, there is no half file under the final name.
What "checked" means is the caller's to say. Must not know NOMAD's operations.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import requests
import urllib3.exceptions

from nomad_swagger.errors import IncompleteTransfer
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.failures import root_cause

Check = Callable[[Path, int], None]
"""Looks at the part file and its size in bytes, and raises if something is wrong with it."""


def receive(
    response: requests.Response,
    target: Path,
    *,
    what: str,
    expected: int | None = None,
    check: Check | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write an answer's body to a file.

    Parameters
    ----------
    response : requests.Response
        Still on the wire (``stream=True``); closed in the end.
    target : Path
        The final name; what stands there is replaced.
    what : str
        For messages.
    expected : int, optional
        The size in bytes, where it is known from elsewhere.
    check : callable, optional
        The last word before the rename.
    progress : callable, optional

    Raises
    ------
    IncompleteTransfer
        The stream ended early.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        received = _write(response, part, what, expected or _announced(response), progress)
        if expected is not None and received != expected:
            raise _cut(what, received, expected, "the connection ended early" if received < expected else "it went on")
        if check is not None:
            check(part, received)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        response.close()
    return target


def _write(response: requests.Response, part: Path, what: str, expected: int | None, progress: Progress | None) -> int:
    received = 0
    with part.open("wb") as file:
        try:
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                received += len(chunk)
                if progress is not None:
                    progress(received, expected)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _cut(what, max(received, _arrived(response)), expected, root_cause(error)) from error
    return received


def _arrived(response: requests.Response) -> int:
    """Give the bytes that came over the wire, those of a block that was never finished included."""
    return 0 if "Content-Encoding" in response.headers else int(response.raw.tell())


def _announced(response: requests.Response) -> int | None:
    """Give Content-Length where it counts the bytes that we will see."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None


def _cut(what: str, received: int, expected: int | None, why: str) -> IncompleteTransfer:
    of_all = f" of {expected:,}" if expected is not None else ""
    return IncompleteTransfer(
        f"{what}: {why} after {received:,}{of_all} bytes. Nothing was kept; download it again.",
        received=received,
        expected=expected,
    )
