"""A body made of a manifest is exactly what was looked at, or an error that names the file."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.transfers import zip_writer
from nomad_swagger.transfers.sent_bodies import PackedBody, PackedStream, SteadyBody
from nomad_swagger.transfers.survey import manifest_of
from tests.rights import of_a_plain_user

MIB = 1 << 20


def content(body: PackedBody | SteadyBody | PackedStream) -> bytes:
    return b"".join(body.chunks())


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def folder_of(parent: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = parent / "calc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return parent / "calc"


def test_a_folder_is_a_readable_zip_of_exactly_the_size_it_told_as_often_as_asked(tmp_path: Path) -> None:
    files = {
        "out.txt": b"x" * 3 * MIB,
        "sub/dir/in put.txt": b"",
        ".hidden": b"h",
        "Größe µ.txt": b"ok",
        "a": bytes(MIB),
    }
    body = PackedBody(manifest_of(folder_of(tmp_path, files)))
    assert unpacked(content(body)) == {f"calc/{name}": data for name, data in files.items()}
    assert body.size_bytes == len(content(body))
    assert max(len(chunk) for chunk in body.chunks()) < 3 * MIB


NAMES = st.from_regex(r"([A-Z]{1,4}/){0,2}[a-zé]{1,9}", fullmatch=True)


@settings(max_examples=8)
@given(st.dictionaries(NAMES, st.sampled_from([b"", b"x", bytes(MIB), bytes(MIB + 1)]), min_size=1, max_size=4))
def test_any_folder_has_the_size_that_it_told(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as name:
        body = PackedBody(manifest_of(folder_of(Path(name), files)))
        assert body.size_bytes == len(content(body))


def test_files_from_before_and_after_zip_was_invented_are_packed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"old": b"data", "young": b"data"})
    os.utime(folder / "old", (0, 0))
    os.utime(folder / "young", (7e9, 7e9))
    assert unpacked(content(PackedBody(manifest_of(folder)))) == {"calc/old": b"data", "calc/young": b"data"}


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def write_over(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[::-1])
    os.utime(path, (1, 1))


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


CHANGES: list[tuple[Callable[[Path], None], str]] = [
    (grow, "grew from"),
    (lambda path: os.truncate(path, 5), "shrank from"),
    (write_over, "was written to"),
    (Path.unlink, r"cannot be read any more \(No such file"),
    (lambda path: path.chmod(0), r"cannot be read any more \(Permission denied"),
    (make_pipe, "is no file any more"),
    (make_loop, "cannot be read any more"),
]


@pytest.mark.parametrize("size", [8, 3 * MIB], ids=["small", "large"])
@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_a_file_that_is_not_the_one_that_was_looked_at_ends_the_sending_and_is_named(
    tmp_path: Path, change: Callable[[Path], None], words: str, size: int
) -> None:
    folder = folder_of(tmp_path, {"first": b"first", "log.out": bytes(size)})
    body = PackedBody(manifest_of(folder))
    change(folder / "log.out")
    with of_a_plain_user(), pytest.raises(SourceChanged, match=rf"log\.out {words}.* since it was looked at") as caught:
        content(body)
    assert caught.value.path == str(folder / "log.out")


@pytest.mark.parametrize("change", [grow, lambda path: os.truncate(path, 2 * MIB)])
def test_a_log_that_changes_while_it_is_read_ends_the_sending(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = folder_of(tmp_path, {"log.out": bytes(3 * MIB)})
    for kind in ("packed", "as it is"):
        manifest = manifest_of(folder)
        chunks = (PackedBody(manifest) if kind == "packed" else SteadyBody(manifest.files[0])).chunks()
        next(chunks)
        next(chunks)
        change(folder / "log.out")
        with pytest.raises(SourceChanged, match=r"log\.out (grew|shrank|ends early)"):
            list(chunks)
        (folder / "log.out").write_bytes(bytes(3 * MIB))


class Pipe(io.BytesIO):
    """A stream that cannot go back."""

    def seekable(self) -> bool:
        return False


def test_a_stream_is_the_only_file_of_a_zip_and_goes_by_once_unless_it_can_go_back() -> None:
    goes_back = PackedStream(b"ener", io.BytesIO(b"gies" * MIB), "stdin/stdin", 0)
    assert content(goes_back) == content(goes_back)
    body = PackedStream(b"ener", Pipe(b"gies" * MIB), "stdin/stdin", 0)
    assert unpacked(content(body)) == {"stdin/stdin": b"ener" + b"gies" * MIB}
    with pytest.raises(UsageError, match="read already"):
        content(body)


def test_what_is_of_four_gibibytes_or_lies_behind_that_is_found_again(tmp_path: Path) -> None:
    rows = [
        (zip_writer.Record(b"big", 5 << 30, 0), 0),
        (zip_writer.Record(b"small", 2, 0, crc_first=True), zlib.crc32(b"ab")),
    ]
    path, directory = tmp_path / "sparse.zip", b""
    with path.open("wb") as file:
        for record, crc in rows:
            begin, size = file.tell(), record.size_bytes or 0
            file.write(zip_writer.local_header(record, crc))
            file.write(b"ab") if size == 2 else file.seek(size, io.SEEK_CUR)
            file.write(zip_writer.descriptor(record, crc, size))
            directory += zip_writer.central_header(record, crc, size, begin)
        at = file.tell()
        file.write(directory + zip_writer.end_of_zip(2, len(directory), at))
    assert path.stat().st_size == zip_writer.size_of_zip([(3, 5 << 30), (5, 2)], MIB)
    with zipfile.ZipFile(path) as archive:
        assert [info.file_size for info in archive.infolist()] == [5 << 30, 2]
        with archive.open("big") as member:
            assert member.read(10) == bytes(10)
        assert archive.read("small") == b"ab"


def test_more_files_than_a_small_zip_counts_are_all_there() -> None:
    record = zip_writer.Record(b"x", 0, 0, crc_first=True)
    count, header = 70_000, zip_writer.local_header(record)
    directory = b"".join(zip_writer.central_header(record, 0, 0, at * len(header)) for at in range(count))
    data = header * count + directory + zip_writer.end_of_zip(count, len(directory), len(header) * count)
    assert len(data) == zip_writer.size_of_zip([(1, 0)] * count, MIB)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.infolist()) == count
