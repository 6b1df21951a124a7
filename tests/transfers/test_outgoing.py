"""What goes over the wire for what a caller names, and under which name."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.transfers.manifest import Rules
from nomad_swagger.transfers.outgoing import outgoing
from nomad_swagger.transfers.watched import Watched


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("si.out")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"data"))
    return out.getvalue()


class Pipe(io.BytesIO):
    """A stream that goes by once, a few bytes at a time."""

    def seekable(self) -> bool:
        return False

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 100))


def content(body: object) -> bytes:
    return b"".join(body.chunks())  # type: ignore[attr-defined]


def inside(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize(
    ("name", "data", "sent_as"),
    [
        ("runs.zip", zipped(a=b"x"), "runs.zip"),
        ("runs.ZIP", zipped(a=b"x"), "runs.ZIP"),
        ("runs", zipped(a=b"x"), None),
        ("runs.tar", zipped(a=b"x"), None),
        ("runs.zip", tarred(), None),
        ("runs.tgz", tarred("w:gz"), "runs.tgz"),
        ("runs.tar.gz", tarred("w:gz"), "runs.tar.gz"),
        ("runs.tar.xz", tarred("w:xz"), "runs.tar.xz"),
        ("runs.tgz", tarred("w:xz"), None),
        ("runs.out", tarred("w:bz2"), None),
    ],
    ids=lambda value: "packed" if isinstance(value, bytes) else None,
)
def test_an_archive_goes_byte_for_byte_under_a_name_that_fits_or_none(
    tmp_path: Path, name: str, data: bytes, sent_as: str | None
) -> None:
    (tmp_path / name).write_bytes(data)
    with (tmp_path / name).open("rb") as file:
        for source in (tmp_path / name, str(tmp_path / name), file):
            out = outgoing(source)
            assert (out.name, out.file_name, content(out.body), out.body.size_bytes) == (name, sent_as, data, len(data))
    pipe = outgoing(Pipe(data))
    assert (pipe.name, pipe.file_name, content(pipe.body), pipe.body.size_bytes) == (None, None, data, None)


@pytest.mark.parametrize("make", [io.BytesIO, Pipe])
def test_a_stream_that_is_no_archive_is_packed(make: Callable[[bytes], io.BytesIO]) -> None:
    out = outgoing(make(b"energies" * 1000), member="si.out")
    assert (out.name, out.file_name) == (None, "si.zip")
    assert out.body.size_bytes == (None if make is Pipe else len(content(out.body)))
    if make is io.BytesIO:
        assert inside(content(out.body)) == inside(content(out.body)) == {"si/si.out": b"energies" * 1000}


def test_a_stream_that_goes_by_once_is_packed_once() -> None:
    out = outgoing(Pipe(b"energies" * 1000))
    assert inside(content(out.body)) == {"stream/stream": b"energies" * 1000}
    with pytest.raises(UsageError, match="read already"):
        content(out.body)


def test_an_open_file_goes_from_where_it_stands() -> None:
    file = io.BytesIO(b"header;data")
    file.seek(7)
    assert inside(content(outgoing(file).body)) == {"stream/stream": b"data"}
    file.seek(7)
    assert content(outgoing(file, Rules(as_is=True)).body) == b"data"


def test_a_stream_that_is_shorter_than_it_was_is_no_upload() -> None:
    file = io.BytesIO(b"energies")
    out = outgoing(file)
    file.truncate(4)
    with pytest.raises(SourceChanged, match="no longer of 8 bytes"):
        content(out.body)


@pytest.mark.parametrize("make", [io.BytesIO, Pipe])
def test_an_empty_stream_is_refused(make: Callable[[bytes], io.BytesIO]) -> None:
    with pytest.raises(UsageError, match="is empty"):
        outgoing(make(b""))


def test_a_file_that_was_opened_as_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with (tmp_path / "out").open() as file, pytest.raises(UsageError, match="mode 'rb'"):
        outgoing(file)  # type: ignore[arg-type]


def test_a_cut_archive_is_refused_also_as_an_open_file() -> None:
    for data in (zipped(a=bytes(1000))[:500], tarred("w:gz")[:-9]):
        with pytest.raises(UsageError, match="cut short"):
            outgoing(io.BytesIO(data))


def test_as_it_is_a_file_goes_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "runs.zip").write_bytes(b"no zip")
    out = outgoing(tmp_path / "runs.zip", Rules(as_is=True))
    assert (out.file_name, content(out.body)) == ("runs.zip", b"no zip")


def test_a_watched_body_tells_how_much_is_on_its_way() -> None:
    told: list[tuple[int, int | None]] = []
    marks: list[str] = []
    body = Watched(outgoing(io.BytesIO(bytes((1 << 20) + 1))).body, lambda *done: told.append(done))
    body.when_last = lambda: marks.append("last")
    chunks = body.chunks()
    next(chunks)
    assert (body.handed_over, marks) == (False, [])
    list(chunks)
    assert (body.handed_over, body.sent_bytes, marks) == (True, body.size_bytes, ["last"])
    assert (told[0][0], told[-1]) == (0, (body.size_bytes, body.size_bytes))
