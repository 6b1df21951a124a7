"""A piece from the middle of a file: out of the stored zip where it lies there as it is, else by offset and length.

Which ways there are is data of the generation. A line that breaks is taken up where it broke.
"""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nomad_swagger.errors import IncompleteTransfer
from nomad_swagger.flows.file_records import File
from nomad_swagger.flows.stored import member_at, sender, ways_of
from nomad_swagger.transfers.members import StoredZip
from nomad_swagger.transfers.source import ByOffset, Source, uncoded
from nomad_swagger.transfers.steady import steady
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

Span = Callable[[int, int], Source]
"""Gives the source of the bytes from one place in a file to another."""


def spans_of(client: NomadClient, file: File, stored: StoredZip | None = None) -> Span:
    """Give the way to pieces of a file.

    Parameters
    ----------
    client : NomadClient
    file : File
    stored : StoredZip, optional
        Of its upload, where there is one. A file that is packed in it has no middle there, and comes by itself.
    """
    member = member_at(stored, file.path)
    if stored is None or member is None or member.method != zipfile.ZIP_STORED:
        return lambda begin, end: _by_offset(client, file, begin, end)
    whole = stored.large(member)
    return lambda begin, end: replace(whole, begin=whole.begin + begin, size_bytes=end - begin)


def _by_offset(client: NomadClient, file: File, begin: int, end: int) -> Source:
    nomad = client.nomad
    (way, *_) = ways_of(nomad, "file")

    def call_at(offset: int) -> PreparedCall:
        place = {"upload_id": file.upload_id, "path": file.path, "offset": begin + offset}
        return uncoded(nomad.prepare_verb(way.verb, {**place, "length": end - begin - offset}))

    title = f"{file.upload_id}/{file.path}"
    return ByOffset(title, f"{nomad.api_url} {title}", "", end - begin, call_at, sender(nomad))


def read_span(source: Source) -> bytes:
    """Give the bytes of a piece.

    Raises
    ------
    IncompleteTransfer
        The line broke, and nothing came any more; or more came than was asked for.
    """
    wanted, read = source.size_bytes or 0, bytearray()
    for block in steady(source, threading.Event()):
        read += block
        if len(read) > wanted:
            raise IncompleteTransfer(
                f"{source.title}: more came than the {wanted:,} bytes that were asked for: whoever answers gives no "
                "parts of a file. Download it whole.",
                received=len(read),
                expected=wanted,
            )
    return bytes(read)
