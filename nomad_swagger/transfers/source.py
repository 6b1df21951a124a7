"""Where the bytes of one file come from, and what is known of them: what a transfer needs, whatever brings them.

A source opens itself at an offset. Three ways exist, by what a server can: parameters for offset and length, HTTP's
ranges, or neither. Must not know NOMAD's operations: a caller hands in how a request is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Protocol

import requests
import urllib3.exceptions

from nomad_swagger.errors import TransportError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CHUNK_BYTES, TRANSFER_CHUNK_BYTES
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import root_cause

Send = Callable[[PreparedCall], requests.Response]
"""Sends a call and gives its answer with the body still on the wire; raises our errors."""

# What of the end of a part is fetched again and compared, where nothing else proves that the source is the same.
PROOF_BYTES = 64 << 10
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class BrokenOff(TransportError):
    """The connection ended in the middle of a body; the words are the reason.

    ``expected`` is the size of the file where the answer told it.
    """

    def __init__(self, why: str, expected: int | None = None) -> None:
        super().__init__(why)
        self.expected = expected


@dataclass
class Stream:
    """A body on the wire: where in the file it begins, and how long the file is, where that is known."""

    begin: int
    size_bytes: int | None
    response: requests.Response

    def chunks(self) -> Generator[bytes, None, None]:
        """Give the body in blocks as they come in, so that nothing is lost where it breaks off.

        Raises
        ------
        BrokenOff
        """
        with closing(self.response):
            try:
                yield from _blocks(self.response)
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise BrokenOff(root_cause(error), self.size_bytes) from error


def _blocks(response: requests.Response) -> Iterator[bytes]:
    raw = response.raw
    if "Content-Encoding" in response.headers or not hasattr(raw, "read1"):  # urllib3 before 2.1 has none
        yield from response.iter_content(TRANSFER_CHUNK_BYTES)
        return
    while block := raw.read1(CHUNK_BYTES, decode_content=False):
        yield block


class Source(Protocol):
    """What a transfer reads from.

    Attributes
    ----------
    title : str
        For messages.
    key, state : str
        What it is, and how it is now; a part of the same key and state goes on.
    size_bytes : int or None
    resumes : bool
        It can be opened in its middle.
    proof_bytes : int
        How much of what came before is fetched again and compared before a part goes on.
    """

    @property
    def title(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def size_bytes(self) -> int | None: ...
    @property
    def resumes(self) -> bool: ...
    @property
    def proof_bytes(self) -> int: ...

    def open(self, offset: int) -> Stream:
        """Open it at an offset, or at its beginning where that is not to be had."""


@dataclass(frozen=True)
class Packed:
    """A body that is made while it is sent: no length, and no way into its middle."""

    title: str
    key: str
    call: PreparedCall
    send: Send
    state: str = ""
    size_bytes: int | None = None
    resumes: bool = False
    proof_bytes: int = 0

    def open(self, offset: int) -> Stream:
        response = self.send(self.call)
        return Stream(0, announced(response), response)


@dataclass(frozen=True)
class ByOffset:
    """A file that a server gives from an offset on, by parameters of its own."""

    title: str
    key: str
    state: str
    size_bytes: int | None
    call_at: Callable[[int], PreparedCall]
    send: Send
    resumes: bool = True
    proof_bytes: int = PROOF_BYTES

    def open(self, offset: int) -> Stream:
        response = self.send(self.call_at(offset))
        if not offset or announced(response) is None or announced(response) != self.size_bytes:
            return Stream(offset, self.size_bytes, response)
        # All of it came, so whoever answers (a cache, a plain file server) does not know the parameter.
        if response.headers.get("Accept-Ranges", "") == "bytes":
            response.close()
            response = self.send(ranged(self.call_at(0), f"bytes={offset}-"))
            began = range_of(response)
            offset = began[0] if began else 0
        else:
            offset = 0
        return Stream(offset, self.size_bytes, response)


@dataclass(frozen=True)
class ByRange:
    """A file, or a piece of one, that a server gives by HTTP's ranges; ``etag`` is what keeps it the same.

    ``begin`` and ``size_bytes`` are those of the piece in the whole.
    """

    title: str
    key: str
    etag: str
    size_bytes: int
    call: PreparedCall
    send: Send
    begin: int = 0
    resumes: bool = True
    proof_bytes: int = 0

    @property
    def state(self) -> str:
        return f"{self.etag} {self.begin} {self.size_bytes}"

    def open(self, offset: int) -> Stream:
        first, last = self.begin + offset, self.begin + self.size_bytes - 1
        response = self.send(ranged(self.call, f"bytes={first}-{last}", self.etag))
        began = range_of(response)
        if began is not None and began[0] == first:
            return Stream(offset, self.size_bytes, response)
        if self.begin:  # a piece cannot be cut out of the whole that came instead
            response.close()
            raise BrokenOff("the file changed on the server, or it gives no ranges any more")
        return Stream(0, announced(response), response)


def ranged(call: PreparedCall, span: str, etag: str = "") -> PreparedCall:
    """Give a call for a part of its answer; with a strong ETag for as long as it is the same."""
    headers = {**dict(call.headers), "Range": span}
    if etag and not etag.startswith("W/"):
        headers["If-Range"] = etag
    return replace(call, headers=tuple(headers.items()))


def uncoded(call: PreparedCall) -> PreparedCall:
    """Give a call whose answer comes as it is: no encoding that offsets would not count in."""
    return replace(call, headers=(*call.headers, ("Accept-Encoding", "identity")))


def range_of(response: requests.Response) -> tuple[int, int, int | None] | None:
    """Give first byte, last byte and size of the whole of a partial answer; None for any other."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if response.status_code != 206 or found is None:
        return None
    first, last, size = found.groups()
    return int(first), int(last), None if size == "*" else int(size)


def announced(response: requests.Response) -> int | None:
    """Give Content-Length where it counts the bytes that we will see."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
