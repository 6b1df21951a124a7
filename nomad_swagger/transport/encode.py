"""From a prepared call to the request that goes on the wire, made anew for each attempt.

Bodies go in blocks of 1 MiB with Content-Length wherever the size is known: an iterable with a length and no ``read``
is what makes requests do so. Knows requests' and the multipart encoder's ways; it must not send anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import requests

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.call import Body, Form, PreparedCall

if TYPE_CHECKING:
    from requests_toolbelt import MultipartEncoder


def encode(call: PreparedCall) -> requests.Request:
    """Give the request for one attempt, without credentials.

    Raises
    ------
    UsageError
        A stream of unknown length in a form.
    SourceChanged
        While it is sent: a content that is not as long as it was.
    """
    headers = dict(call.headers)
    request = requests.Request(call.method, call.full_url, headers=headers)
    body = call.body
    if isinstance(body, Form):
        first = _multipart(body)
        headers["Content-Type"] = first.content_type
        request.data = _Chunks(lambda: _encoded(body, first.boundary_value), first.len)
    elif body is None or isinstance(body, bytes):
        request.data = body or b""
    else:
        request.data = _chunked(body)
    return request


def _chunked(body: Body) -> object:
    size = body.size_bytes
    if size is None:
        return body.chunks()
    return _Chunks(body.chunks, size) if size else b""


def _multipart(form: Form, boundary: str | None = None) -> MultipartEncoder:
    from requests_toolbelt import MultipartEncoder

    files = [(f.field, (f.filename, _Reader(f.content), f.content_type)) for f in form.files]
    return MultipartEncoder([*form.fields, *files], boundary=boundary)


def _encoded(form: Form, boundary: str) -> Iterator[bytes]:
    encoder = _multipart(form, boundary)
    while block := encoder.read(CHUNK_BYTES):
        yield block


class _Chunks:
    """Blocks with a length: as many bytes as announced, or an error, since one more or less garbles the connection."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]], size: int) -> None:
        self._chunks, self._size = chunks, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for chunk in self._chunks():
            sent += len(chunk)
            if sent > self._size:
                break
            yield chunk
        if sent != self._size:
            raise SourceChanged(f"the content changed while it was sent: it is no longer {self._size:,} bytes.")


class _Reader:
    """A body as the file object that the multipart encoder wants."""

    def __init__(self, body: Body) -> None:
        size = body.size_bytes
        if size is None:
            raise UsageError("a stream of unknown length cannot go into a form: save it to a file first")
        self._chunks = body.chunks()
        self._rest = b""
        self.len = size

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            block = next(self._chunks, b"")
            if not block:
                break
            self._rest += block
        given, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        self.len -= len(given)
        return given
