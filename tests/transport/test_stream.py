"""A file that comes down: whole under its name, or not at all."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest
from nomad_swagger.transport.stream import receive

from nomad_swagger.errors import ChecksumMismatch, IncompleteTransfer


@pytest.fixture
def answer(web, reply, transport, call):
    """Give the open answer to a download."""

    def make(body=b"", headers=None, **more):
        web.script(reply(body=body, headers=headers or {"Content-Type": "application/octet-stream"}, **more))
        return transport.send(call(binary=True), stream=True)

    return make


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_arrives_under_its_name_and_leaves_no_part(answer, tmp_path):
    target = receive(answer(b"data" * 600_000), tmp_path / "sub" / "out", what="out")
    assert target.read_bytes() == b"data" * 600_000
    assert names(tmp_path) == ["out", "sub"]


def test_an_empty_file_arrives_as_one(answer, tmp_path):
    assert receive(answer(b""), tmp_path / "out", what="out", expected=0).read_bytes() == b""


def test_a_cut_before_the_announced_end_is_noticed(answer, tmp_path):
    with pytest.raises(IncompleteTransfer, match="out: the connection ended early after 4 of 9 bytes") as caught:
        receive(answer(b"data", announced=9), tmp_path / "out", what="out")
    assert (caught.value.received, caught.value.expected) == (4, 9)
    assert names(tmp_path) == []


def test_a_silent_cut_is_noticed_where_the_size_is_known_from_elsewhere(answer, tmp_path):
    with pytest.raises(IncompleteTransfer, match="the connection ended early after 4 of 1,000 bytes"):
        receive(answer(b"data", announced=None), tmp_path / "out", what="out", expected=1000)
    assert names(tmp_path) == []


def test_more_bytes_than_there_should_be_are_no_good_file_either(answer, tmp_path):
    with pytest.raises(IncompleteTransfer, match="it went on after 4 of 2 bytes"):
        receive(answer(b"data", announced=None), tmp_path / "out", what="out", expected=2)


def test_a_server_that_falls_silent_leaves_nothing(answer, transport, tmp_path):
    transport.read_timeout_s = 0.02
    response = answer(b"data", announced=9, stall_s=0.3)
    with pytest.raises(IncompleteTransfer, match=r"out: Read timed out after \d of 9 bytes"):
        receive(response, tmp_path / "out", what="out")
    assert names(tmp_path) == []


def test_what_stood_there_before_survives_a_failure_and_not_a_success(answer, tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(IncompleteTransfer):
        receive(answer(b"x", announced=9), tmp_path / "out", what="out")
    assert (tmp_path / "out").read_bytes() == b"old"
    receive(answer(b"new"), tmp_path / "out", what="out")
    assert (tmp_path / "out").read_bytes() == b"new"


def test_the_check_has_the_last_word(answer, tmp_path):
    def refuse(part, size_bytes):
        assert part.read_bytes() == b"data"
        raise ChecksumMismatch(f"{size_bytes} wrong bytes")

    with pytest.raises(ChecksumMismatch, match="4 wrong bytes"):
        receive(answer(b"data"), tmp_path / "out", what="out", check=refuse)
    assert names(tmp_path) == []


def test_progress_counts_bytes_and_knows_the_announced_size(answer, tmp_path):
    seen = []
    receive(answer(b"x" * 10), tmp_path / "out", what="out", progress=lambda *done: seen.append(done))
    assert seen[-1] == (10, 10)


def test_a_compressed_answer_is_unpacked_and_its_length_not_taken_for_the_files(answer, tmp_path):
    seen = []
    response = answer(gzip.compress(b"x" * 5000), {"Content-Encoding": "gzip"})
    receive(response, tmp_path / "out", what="out", expected=5000, progress=lambda *done: seen.append(done))
    assert (tmp_path / "out").stat().st_size == 5000


def test_a_long_file_stays_out_of_memory(answer, tmp_path):
    response = answer(bytes(32 << 20))
    tracemalloc.start()
    try:
        receive(response, tmp_path / "out", what="out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
