"""What a body says of its size, and what it gives, again and again."""

from __future__ import annotations

import io
import os

import pytest

from nomad_swagger.errors import UsageError
from nomad_swagger.transport.bodies import FileBody, OpenFileBody


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
    body = FileBody(tmp_path / "empty")
    assert (body.size_bytes, content(body)) == (0, b"")


def test_an_open_file_is_sent_from_where_it_stands_every_time():
    file = io.BytesIO(b"header;data")
    file.seek(7)
    body = OpenFileBody(file)
    assert body.size_bytes == 4
    assert content(body) == content(body) == b"data"
    assert body.size_bytes == 4


def test_a_stream_that_cannot_seek_has_no_size_and_is_sent_once():
    body = OpenFileBody(Pipe(b"data"))
    assert body.size_bytes is None
    assert content(body) == b"data"
    with pytest.raises(UsageError, match="read already"):
        content(body)


def test_a_file_that_was_opened_as_text_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with (tmp_path / "out").open() as file, pytest.raises(UsageError, match="mode 'rb'"):
        OpenFileBody(file)
