"""The bytes of a source as if the line never broke, for who needs them one after the other and no file."""

from __future__ import annotations

import threading
from collections.abc import Generator

from nomad_swagger.errors import IncompleteTransfer
from nomad_swagger.transfers.fetch import Stopped
from nomad_swagger.transfers.source import BrokenOff, Source


def steady(source: Source, stop: threading.Event) -> Generator[bytes, None, None]:
    """Give the bytes of a source, going on where the connection breaks off as often as it gets further.

    Raises
    ------
    IncompleteTransfer
    """
    got, size = 0, source.size_bytes
    while True:
        before = got
        if stop.is_set():
            raise Stopped
        try:
            stream = source.open(got)
            if stream.begin != got:
                raise BrokenOff("the server gives it from its beginning only")
            for block in stream.chunks():
                if stop.is_set():
                    raise Stopped
                got += len(block)
                yield block
            if size is None or got >= size:
                return
            raise BrokenOff("the connection ended early")
        except BrokenOff as error:
            if got <= before or not source.resumes:
                of_all = f" of {size:,}" if size is not None else ""
                raise IncompleteTransfer(
                    f"{source.title}: {error} after {got:,}{of_all} bytes. The same again goes on from what is there.",
                    received=got,
                    expected=size,
                ) from error
