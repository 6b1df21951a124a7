"""How bodies go over the wire: whole, with their length, in blocks, again on a retry, and not through memory."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from email.parser import BytesParser
from email.policy import HTTP

import pytest

from nomad_swagger.errors import SourceChanged, UsageError
from nomad_swagger.transfers.sent_bodies import PackedBody
from nomad_swagger.transfers.survey import manifest_of
from nomad_swagger.transport.bodies import FileBody, OpenFileBody
from nomad_swagger.transport.call import FilePart, Form
from nomad_swagger.transport.encode import encode

SIZE = 64 << 20
BLOCK = bytes(range(256)) * 4096


class BigBody:
    """64 MiB that are made while they are sent."""

    size_bytes = SIZE

    def chunks(self):
        for _ in range(SIZE // len(BLOCK)):
            yield BLOCK


class Pipe(io.BytesIO):
    def seekable(self):
        return False


def form_parts(asked):
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    return {
        part.get_param("name", header="content-disposition"): (part.get_filename(), part.get_payload(decode=True))
        for part in message.iter_parts()
    }


@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: Form((), (FilePart("file", "big", body),))])
def test_a_long_body_stays_out_of_memory(web, transport, call, wrap):
    tracemalloc.start()
    try:
        transport.send(call("PUT", body=wrap(BigBody())))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert web.asked[0].size_bytes >= SIZE
    assert web.asked[0].headers["content-length"] == str(web.asked[0].size_bytes)
    assert peak < 16 << 20


def test_a_body_is_sent_whole_again_on_a_retry(web, reply, transport, call, tmp_path):
    data = b"0123456789" * 300_000
    (tmp_path / "out").write_bytes(data)
    web.script(reply(status=503), reply(hang_up=True), reply())
    transport.send(call("PUT", body=FileBody(tmp_path / "out"), repeatable=True))
    assert {asked.sha256 for asked in web.asked} == {hashlib.sha256(data).hexdigest()}
    assert len(web.asked) == 3


def test_a_form_is_sent_whole_again_on_a_retry(web, reply, transport, call):
    web.script(reply(status=503), reply())
    form = Form((("name", "silicon é"),), (FilePart("file", 'a "b".zip', OpenFileBody(io.BytesIO(b"PK"))),))
    transport.send(call("PUT", body=form, repeatable=True))
    first, second = (form_parts(asked) for asked in web.asked)
    assert first == second
    assert first["file"][1] == b"PK"
    assert first["name"][1].decode() == "silicon é"


def test_an_empty_body_has_a_length_of_zero(web, transport, call, tmp_path):
    (tmp_path / "empty").touch()
    transport.send(call("PUT", body=FileBody(tmp_path / "empty")))
    assert web.asked[0].headers["content-length"] == "0"
    assert "transfer-encoding" not in web.asked[0].headers


def test_an_empty_file_in_a_form_arrives_as_one(web, transport, call, tmp_path):
    (tmp_path / "empty").touch()
    transport.send(call("PUT", body=Form((), (FilePart("file", "empty", FileBody(tmp_path / "empty")),))))
    assert form_parts(web.asked[0]) == {"file": ("empty", b"")}


def test_a_folder_arrives_as_the_zip_that_was_announced(web, transport, call, tmp_path):
    (tmp_path / "out.txt").write_bytes(b"data")
    transport.send(call("PUT", body=PackedBody(manifest_of(tmp_path))))
    assert web.asked[0].headers["content-length"] == str(web.asked[0].size_bytes)
    assert web.asked[0].body.startswith(b"PK")


def test_a_stream_of_unknown_length_goes_in_chunks(web, transport, call):
    transport.send(call("PUT", body=OpenFileBody(Pipe(b"data"))))
    assert web.asked[0].headers["transfer-encoding"] == "chunked"
    assert web.asked[0].body == b"data"


def test_a_stream_that_was_sent_cannot_be_repeated_and_says_so(web, reply, transport, call):
    web.script(reply(status=503), reply())
    with pytest.raises(UsageError, match="read already"):
        transport.send(call("PUT", body=OpenFileBody(Pipe(b"data")), repeatable=True))


def test_a_stream_of_unknown_length_does_not_fit_into_a_form(call):
    with pytest.raises(UsageError, match="save it to a file first"):
        encode(call("PUT", body=Form((), (FilePart("file", "x", OpenFileBody(Pipe(b"data"))),))))


class Changing:
    """A file that somebody else writes to."""

    def __init__(self, announced, real):
        self.size_bytes, self._real = announced, real

    def chunks(self):
        yield b"x" * self._real


@pytest.mark.parametrize("real", [5, 15])
def test_a_content_that_changes_under_way_is_an_error_and_not_a_garbled_upload(web, transport, call, real):
    with pytest.raises(SourceChanged, match="changed while it was sent"):
        transport.send(call("PUT", body=Changing(10, real)))


def test_the_query_is_encoded_as_the_document_orders_it(web, transport, call):
    transport.send(call(query=(("atoms", "Si"), ("atoms", "O"), ("formula", "a b&c=d/é+"))))
    assert web.asked[0].query == "atoms=Si&atoms=O&formula=a%20b%26c%3Dd%2F%C3%A9%2B"
