"""What a body says of its size, and what it gives, again and again."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nomad_swagger.errors import UsageError
from nomad_swagger.transport.bodies import Counted, FileBody, FolderBody, OpenFileBody, body_of


def content(body):
    return b"".join(body.chunks())


class Pipe(io.BytesIO):
    """A stream that goes by once."""

    def seekable(self):
        return False


def test_a_file_gives_its_content_in_blocks_of_a_mebibyte_as_often_as_asked(tmp_path):
    data = os.urandom((1 << 21) + 5)
    (tmp_path / "out").write_bytes(data)
    body = FileBody(tmp_path / "out")
    assert body.size_bytes == len(data)
    assert [len(chunk) for chunk in body.chunks()] == [1 << 20, 1 << 20, 5]
    assert content(body) == content(body) == data


def test_an_empty_file_is_a_body_of_no_bytes(tmp_path):
    (tmp_path / "empty").touch()
    body, name = body_of(tmp_path / "empty")
    assert (body.size_bytes, content(body), name) == (0, b"", "empty")


def test_an_open_file_is_sent_from_where_it_stands_every_time():
    file = io.BytesIO(b"header;data")
    file.seek(7)
    body = OpenFileBody(file)
    assert body.size_bytes == 4
    assert content(body) == content(body) == b"data"
    assert body.size_bytes == 4


def test_a_stream_that_cannot_seek_has_no_size_and_is_sent_once():
    body, name = body_of(Pipe(b"data"))
    assert (body.size_bytes, name) == (None, "upload")
    assert content(body) == b"data"
    with pytest.raises(UsageError, match="read already"):
        content(body)


def test_a_file_that_was_opened_as_text_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with (tmp_path / "out").open() as file, pytest.raises(UsageError, match="mode 'rb'"):
        body_of(file)


@pytest.mark.parametrize("make", [lambda p: p / "missing", lambda p: str(p / "missing.zip"), lambda p: p])
def test_a_path_with_nothing_to_send_is_refused(tmp_path, make):
    with pytest.raises(UsageError, match=str(tmp_path)):
        body_of(make(tmp_path))


def folder_of(tmp_path, files):
    for name, data in files.items():
        path = tmp_path / "calc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "calc"


def unpacked(body):
    with zipfile.ZipFile(io.BytesIO(content(body))) as archive:
        assert archive.testzip() is None
        contents = {info.filename: archive.read(info) for info in archive.infolist()}
    assert all(name.startswith("calc/") for name in contents)
    return {name.removeprefix("calc/"): data for name, data in contents.items()}


def test_a_folder_is_a_readable_zip_of_exactly_the_size_it_told(tmp_path):
    files = {"out.txt": b"x" * 3_000_000, "sub/dir/in put.txt": b"", ".hidden": b"h", "Größe µ.txt": b"ok"}
    body, name = body_of(folder_of(tmp_path, files))
    assert name == "calc.zip"
    assert unpacked(body) == files
    assert body.size_bytes == len(content(body))
    assert max(len(chunk) for chunk in body.chunks()) < 3 << 20


NAMES = st.from_regex(r"([A-Z]{1,4}/){0,2}[a-z]{1,9}", fullmatch=True)


@settings(max_examples=25)
@given(st.dictionaries(NAMES, st.binary(max_size=99), min_size=1, max_size=5))
def test_any_folder_has_the_size_that_it_told(files):
    with TemporaryDirectory() as name:
        folder = folder_of(Path(name), files)
        assert FolderBody(folder).size_bytes == len(content(FolderBody(folder)))


def test_a_folder_of_links_takes_files_along_and_never_runs_in_circles(tmp_path):
    folder = folder_of(tmp_path, {"out.txt": b"data"})
    (folder / "link.txt").symlink_to(folder / "out.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nowhere")
    assert unpacked(FolderBody(folder)) == {"out.txt": b"data", "link.txt": b"data"}


def test_a_file_from_before_zip_was_invented_is_packed(tmp_path):
    folder = folder_of(tmp_path, {"old.txt": b"data"})
    os.utime(folder / "old.txt", (0, 0))
    assert unpacked(FolderBody(folder)) == {"old.txt": b"data"}


def test_a_folder_named_by_a_dot_has_its_real_name(tmp_path, monkeypatch):
    monkeypatch.chdir(folder_of(tmp_path, {"out.txt": b""}))
    assert body_of(".")[1] == "calc.zip"


def test_progress_starts_at_zero_and_ends_at_the_size():
    seen = []
    body = Counted(OpenFileBody(io.BytesIO(b"x" * ((1 << 20) + 1))), lambda *done: seen.append(done))
    content(body)
    total = (1 << 20) + 1
    assert seen == [(0, total), (1 << 20, total), (total, total)]
