"""The body of a request of the page, as our transport sends bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from werkzeug import Request

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CHUNK_BYTES


@dataclass
class StreamedBody:
    """A body that comes in while it goes out. It can be sent once.

    Attributes
    ----------
    stream : binary file
    size_bytes : int or None
        None where the browser does not tell.
    """

    stream: IO[bytes]
    size_bytes: int | None
    _used: bool = False

    def chunks(self) -> Iterator[bytes]:
        """Give the content.

        Raises
        ------
        UsageError
            It went by already.
        """
        if self._used:
            raise UsageError("the login was renewed while the file went by; send it again")
        self._used = True
        while block := self.stream.read(CHUNK_BYTES):
            yield block


def body_of(request: Request) -> bytes | StreamedBody | None:
    """Give a request's body: bytes while it is small, since those can be sent again; None for none."""
    size = request.content_length
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if chunked:
        return StreamedBody(request.stream, None)
    if size is None:
        return None
    return request.stream.read(size) if size <= CHUNK_BYTES else StreamedBody(request.stream, size)


def drain(request: Request) -> None:
    """Read what is left of a body and forget it: a browser reads no answer before it has sent everything."""
    while request.stream.read(CHUNK_BYTES):
        pass
