"""A zip is checked while it comes, however it is packed; what cannot be followed is read in the end."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from zipstream import ZipStream

from nomad_swagger.transfers.zip_check import ZipWatch, broken_member

FILES = {"a": os.urandom(300_000), "b/c": b"", "d": b"PK\x07\x08PK\x03\x04" * 5000, "e": b"text " * 50_000}


def stored(kind: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def streamed(kind: int) -> bytes:
    stream = ZipStream(compress_type=kind)
    for name, content in FILES.items():
        stream.add(content, name)
    return b"".join(stream)


def piped(kind: int) -> bytes:
    """As Python's own writes to what cannot be sought in: sizes come behind each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.got = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.got += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", kind) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return pipe.got


def long_sizes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return buffer.getvalue()


WAYS = {
    "stored": stored,
    "deflated": lambda: stored(zipfile.ZIP_DEFLATED),
    "streamed": lambda: streamed(zipfile.ZIP_STORED),
    "streamed, deflated": lambda: streamed(zipfile.ZIP_DEFLATED),
    "piped": lambda: piped(zipfile.ZIP_STORED),
    "piped, deflated": lambda: piped(zipfile.ZIP_DEFLATED),
    "long sizes": long_sizes,
}


def watched(content: bytes, block_bytes: int) -> dict[int, tuple[int, int]]:
    watch = ZipWatch()
    watch.feed(None)
    for begin in range(0, len(content), block_bytes):
        watch.feed(content[begin : begin + block_bytes])
    return watch.seen()


@pytest.mark.parametrize("block_bytes", [777, 1 << 17])
@pytest.mark.parametrize("way", WAYS)
def test_every_member_is_seen_however_the_zip_was_packed(tmp_path: Path, way: str, block_bytes: int) -> None:
    content = WAYS[way]()
    seen = watched(content, block_bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert seen == {info.header_offset: (info.CRC, info.file_size) for info in archive.infolist()}
    (tmp_path / "x.zip").write_bytes(content)
    assert broken_member(tmp_path / "x.zip", seen) is None


@pytest.mark.parametrize("way", ["stored", "streamed", "long sizes"])
@pytest.mark.parametrize("follows", [True, False], ids=["watched", "read in the end"])
def test_a_wrong_byte_is_found(tmp_path: Path, way: str, follows: bool) -> None:
    content = WAYS[way]().replace(b"text text", b"text tex!", 1)
    seen = watched(content, 5000) if follows else {}
    (tmp_path / "x.zip").write_bytes(content)
    assert broken_member(tmp_path / "x.zip", seen) == "e"


def test_what_begins_in_the_middle_is_read_in_the_end(tmp_path: Path) -> None:
    watch = ZipWatch()
    watch.feed(b"the rest of something")
    assert watch.seen() == {}
    (tmp_path / "x.zip").write_bytes(stored())
    assert broken_member(tmp_path / "x.zip", {}) is None


def test_a_zip_that_begins_anew_is_watched_anew() -> None:
    content, watch = stored(), ZipWatch()
    watch.feed(None)
    watch.feed(content[:1000])
    watch.feed(None)
    watch.feed(content)
    assert len(watch.seen()) == len(FILES)
