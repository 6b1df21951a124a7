"""Bring a source into a part, going on where it breaks off as often as it gets further.

Memory stays flat. A part goes on only where the source proves to be the same; else it begins anew, and that is said.
Must not know NOMAD's operations.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import field
from pathlib import Path

import requests

from nomad_swagger.errors import ApiError, IncompleteTransfer, TransportError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.parts import ANEW, Part, claimed
from nomad_swagger.transfers.source import BrokenOff, Packed, Source, Stream
from nomad_swagger.transport.bodies import Progress
from nomad_swagger.transport.call import PreparedCall

log = logging.getLogger(__name__)

_PROOF_SHARE = 16  # of what came at once, that much is fetched again where it broke off


class Stopped(Exception):
    """Somebody wants all transfers to end; what has come stays in its part."""


class Changed(Exception):
    """The end of the part is not what the source has there."""


@dataclass(frozen=True)
class How:
    """How a transfer goes about it.

    Attributes
    ----------
    progress : callable or None
    stop : threading.Event
        Ends it between two blocks.
    wait_for_lock : bool
        Wait where another transfer has the part.
    watch : callable or None
        Gets each block of a file that comes in one go, from its beginning; None says that it begins anew.
    """

    progress: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    wait_for_lock: bool = False
    watch: Callable[[bytes | None], None] | None = None


def receive(source: Source, target: Path, how: How, finish: Callable[[Part], object], *, look: bool = True) -> None:
    """Fetch a source into the part of a file; ``finish`` checks it and gives it its name.

    Raises
    ------
    IncompleteTransfer
        It broke off, and nothing came any more when it was asked to go on. The part stays.
    TransferError
        Another transfer has the part.
    """
    state = source.state if source.resumes else ANEW
    with claimed(target, source.key, state, wait=how.wait_for_lock, look=look) as part:
        if part.changed:
            log.warning(
                "%s: it changed on the server since a part of it came, or comes by another way; beginning anew",
                source.title,
            )
        _fill(source, part, how)
        finish(part)


def save(call: PreparedCall, response: requests.Response, target: Path, *, progress: Progress | None = None) -> None:
    """Write an answer that is on the wire to a file; what stands there is replaced.

    Raises
    ------
    IncompleteTransfer
        The stream ended early; nothing was kept.
    """
    source = Packed(call.title, call.title, call, lambda _: response)
    receive(source, target, How(progress), lambda part: part.place(replace=True))


def _fill(source: Source, part: Part, how: How) -> None:
    best, changes, proof_bytes = part.size_bytes, 0, source.proof_bytes
    if source.size_bytes is not None and best > source.size_bytes:
        part.keep(0)
        best = 0
    while True:
        try:
            _go_on(source, part, how, proof_bytes)
        except (TransportError, ApiError) as error:
            if isinstance(error, ApiError) and error.status < 500 and error.status != 429:
                raise
            size = part.size_bytes
            if source.resumes and size > best and isinstance(error, BrokenOff):
                log.info("%s: %s after %s bytes; going on from there", source.title, error, f"{size:,}")
                # A line that breaks often would bring nothing but proof.
                best, proof_bytes = size, min(source.proof_bytes, max((size - best) // _PROOF_SHARE, 1))
                continue
            if not isinstance(error, BrokenOff) and not size:
                raise
            raise _incomplete(source, size, str(error), getattr(error, "expected", None)) from error
        except Changed as error:
            changes += 1
            if changes > 1:
                raise _incomplete(source, part.size_bytes, "the server gives another content each time") from error
            log.warning("%s: it is another file on the server by now; beginning anew", source.title)
            part.keep(0)
            best = 0
            continue
        return


def _go_on(source: Source, part: Part, how: How, proof_bytes: int) -> None:
    """Add to the part what is missing at its end.

    Raises
    ------
    BrokenOff, Changed, Stopped
    """
    size = part.size_bytes
    proof = part.tail(proof_bytes) if size and source.proof_bytes else b""
    if size and size == source.size_bytes and not proof:
        return
    if how.stop.is_set():  # it broke off, and nothing is to begin any more
        raise Stopped
    stream = source.open(size - len(proof))
    if stream.begin != size - len(proof):
        log.warning("%s: the server gives it from its beginning only, or it changed; beginning anew", source.title)
        proof = b""
    part.keep(stream.begin + len(proof))
    expected = source.size_bytes if source.size_bytes is not None else stream.size_bytes
    if how.watch is not None and part.size_bytes == 0:
        how.watch(None)
    received = part.size_bytes
    for block in _beyond(stream, proof):
        if how.stop.is_set():
            raise Stopped
        part.file.write(block)
        received += len(block)
        if how.watch is not None:
            how.watch(block)
        if how.progress is not None:
            how.progress(received, expected)
    if (expected is None and source.resumes and has_more(source, received)) or (expected or 0) > received:
        raise BrokenOff("the connection ended early", expected)
    if expected is not None and received > expected:
        part.keep(0)
        raise IncompleteTransfer(
            f"{source.title}: it went on after {received:,} of {expected:,} bytes. Nothing was kept; "
            "download it again.",
            received=received,
            expected=expected,
        )


def _beyond(stream: Stream, proof: bytes) -> Generator[bytes, None, None]:
    """Give what comes behind the proof, after comparing that.

    Raises
    ------
    Changed
    """
    seen = b""
    for block in stream.chunks():
        if len(seen) >= len(proof):
            yield block
            continue
        seen += block
        compared = min(len(seen), len(proof))
        if seen[:compared] != proof[:compared]:
            stream.response.close()
            raise Changed
        if len(seen) > len(proof):
            yield seen[len(proof) :]
    if len(seen) < len(proof):
        raise BrokenOff("the connection ended early")


def has_more(source: Source, offset: int) -> bool:
    """Tell whether there is a byte at an offset, where nobody said how many there are.

    Raises
    ------
    BrokenOff
        Nobody is there any more to say so.
    """
    try:
        with closing(source.open(offset).chunks()) as blocks:
            return bool(next(blocks, b""))
    except TransportError as error:
        raise BrokenOff("the connection ended early") from error


def _incomplete(source: Source, received: int, why: str, announced: int | None = None) -> IncompleteTransfer:
    expected = source.size_bytes if source.size_bytes is not None else announced
    of_all = f" of {expected:,}" if expected is not None else ""
    kept = "What came is kept: the same again goes on from there." if source.resumes else "Nothing was kept; try again."
    return IncompleteTransfer(
        f"{source.title}: {why.rstrip('.')} after {received:,}{of_all} bytes. {kept}",
        received=received,
        expected=expected,
    )
