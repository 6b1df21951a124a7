"""From what a caller names to what goes over the wire: an archive as it is, all else packed, each by its content.

NOMAD v1 unpacks by the ending of the file's name, and looks at the content where there is no name; v0 looks at the
content alone. So a name goes along only where its ending fits. Source: NOMAD 1.4.3, 2.0.0, 0.8.6.
"""

from __future__ import annotations

import io
import time
from pathlib import Path, PurePath
from typing import BinaryIO

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.archive_files import HEAD_BYTES, content_of, ending_of, read_members, refuse_misnamed
from nomad_swagger.transfers.manifest import Manifest, Rules
from nomad_swagger.transfers.sent_bodies import PackedBody, PackedStream, StartedStream, SteadyBody
from nomad_swagger.transfers.survey import manifest_of
from nomad_swagger.transfers.told_names import shown, spelled
from nomad_swagger.transport.bodies import OpenFileBody
from nomad_swagger.transport.call import Body

_NAMELESS = "stream"


@dataclass(frozen=True)
class Outgoing:
    """What is about to be sent.

    Attributes
    ----------
    body : Body
    name : str or None
        What an upload of it is called by default.
    file_name : str or None
        The file's name for servers that take one; its ending fits the content.
    words : str
        What to call it in a message.
    manifest : Manifest or None
        None for a stream, whose content is known only when it went by.
    """

    body: Body
    name: str | None
    file_name: str | None
    words: str
    manifest: Manifest | None = None


def outgoing(
    source: str | Path | BinaryIO | Manifest, rules: Rules | None = None, *, member: str | None = None
) -> Outgoing:
    """Give what is sent of a source.

    Parameters
    ----------
    source : path, binary file object or Manifest
    rules : Rules, optional
        For a path.
    member : str, optional
        What a stream without a name is called in the zip that it is packed into.

    Raises
    ------
    UsageError
        There is nothing to send, or something stands in the way; nothing was sent.
    SourceChanged
        An archive vanished since it was looked at.
    """
    if isinstance(source, (str, Path)):
        source = manifest_of(source, rules)
    if isinstance(source, Manifest):
        return _of_manifest(source)
    return _of_open_file(source, rules or Rules(), member)


def _of_manifest(manifest: Manifest) -> Outgoing:
    if manifest.archive is None:
        name = f"{manifest.top or 'files'}.zip"
        called = manifest.files[0].path if manifest.kind == "file" else name
        return Outgoing(PackedBody(manifest), called, name, shown(called), manifest)
    try:
        with manifest.source.open("rb") as file:
            content = content_of(file.read(HEAD_BYTES))
    except OSError as error:
        name = shown(manifest.source)
        raise SourceChanged(f"{name} cannot be read any more ({error.strerror}).", path=name) from error
    told = manifest.archive.path
    file_name = spelled(told, escape=True)
    fits = content is None or ending_of(told) == content
    return Outgoing(SteadyBody(manifest.archive), file_name, file_name if fits else None, shown(told), manifest)


def _of_open_file(file: BinaryIO, rules: Rules, member: str | None) -> Outgoing:
    """Look at an open file, from where it stands, without using it up."""
    if not isinstance(file.read(0), bytes):
        raise UsageError("the file object is open as text; open it with mode 'rb'")
    name = _name_of(file)
    words = shown(name or "the stream")
    if rules.as_is:
        return Outgoing(OpenFileBody(file), name, name, words)
    if file.seekable():
        return _of_seekable(file, name, words, member)
    head = _head_of(file)
    content = content_of(head)
    refuse_misnamed(name or "", content, words)
    if not head:
        raise UsageError(f"{words} is empty: there is nothing to upload")
    if content is not None:
        return Outgoing(StartedStream(head, file), name, _fitting(name, content), words)
    return _packed(file, name, member, words, head=head)


def _of_seekable(file: BinaryIO, name: str | None, words: str, member: str | None) -> Outgoing:
    start = file.tell()
    size = file.seek(0, io.SEEK_END) - start
    file.seek(start)
    if not size:
        raise UsageError(f"{words} is empty: there is nothing to upload")
    if read_members(file, name or "", words) is None:
        return _packed(file, name, member, words, size=size)
    content = content_of(file.read(HEAD_BYTES))
    file.seek(start)
    return Outgoing(OpenFileBody(file), name, _fitting(name, content), words)


def _packed(
    file: BinaryIO, name: str | None, member: str | None, words: str, *, head: bytes = b"", size: int | None = None
) -> Outgoing:
    inside = PurePath(name or member or _NAMELESS).name
    path = f"{PurePath(inside).stem}/{inside}"
    body = PackedStream(head, file, path, int(time.time()), size_bytes=size)
    return Outgoing(body, name, f"{PurePath(inside).stem}.zip", words)


def _name_of(file: BinaryIO) -> str | None:
    """Give the name of a file object, which has none where it is a pipe, or made in memory."""
    told = getattr(file, "name", None)
    if not isinstance(told, str) or told.startswith("<"):
        return None
    return spelled(PurePath(told).name, escape=True) or None


def _head_of(file: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES and (more := file.read(HEAD_BYTES - len(head))):
        head += more
    return head


def _fitting(name: str | None, content: str | None) -> str | None:
    return name if name and ending_of(name) == content else None
