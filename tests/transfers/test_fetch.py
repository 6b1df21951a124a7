"""A file that comes down: whole under its name or a part, which goes on where it broke off."""

from __future__ import annotations

import gzip
import logging
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from nomad_swagger.errors import IncompleteTransfer, UsageError
from nomad_swagger.transfers.fetch import How, Stopped, receive, save
from nomad_swagger.transfers.members import find_zip
from nomad_swagger.transfers.parts import Part, claimed
from nomad_swagger.transfers.source import ByOffset, ByRange
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.send import Transport


def place(part: Part) -> None:
    part.place(replace=False)


def send(call: PreparedCall) -> Any:
    return Transport().send(call, stream=True)


def by_range(url: str, size: int, etag: str = "") -> ByRange:
    proof = 0 if etag else 1 << 16
    return ByRange("it", "key", etag, size, PreparedCall("GET", url), send, proof_bytes=proof)


@pytest.fixture
def answer(web, reply, transport, call):
    """Give a call and the open answer to it."""

    def make(body=b"", headers=None, **more):
        web.script(reply(body=body, headers=headers or {"Content-Type": "application/octet-stream"}, **more))
        made = call(binary=True)
        return made, transport.send(made, stream=True)

    return make


def test_a_file_arrives_under_its_name_and_leaves_no_part(answer, names, tmp_path):
    save(*answer(b"data" * 600_000), tmp_path / "sub" / "out")
    assert (tmp_path / "sub" / "out").read_bytes() == b"data" * 600_000
    assert names(tmp_path) == ["out"]


def test_an_empty_file_arrives_as_one(answer, tmp_path):
    save(*answer(b""), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_a_cut_before_the_announced_end_is_noticed(answer, names, tmp_path):
    with pytest.raises(IncompleteTransfer, match="the connection ended early after 4 of 9 bytes") as caught:
        save(*answer(b"data", announced=9), tmp_path / "out")
    assert caught.value.received == 4
    assert names(tmp_path) == [], "what cannot go on is no use"


def test_a_server_that_falls_silent_leaves_nothing(answer, transport, names, tmp_path):
    transport.read_timeout_s = 0.02
    with pytest.raises(IncompleteTransfer, match="Read timed out after"):
        save(*answer(b"data", announced=9, stall_s=0.3), tmp_path / "out")
    assert names(tmp_path) == []


def test_what_stood_there_before_survives_a_failure_and_not_a_success(answer, tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(IncompleteTransfer):
        save(*answer(b"x", announced=9), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"old"
    save(*answer(b"new"), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"new"


def test_progress_counts_bytes_and_knows_the_announced_size(answer, tmp_path):
    seen = []
    save(*answer(b"x" * 10), tmp_path / "out", progress=lambda *done: seen.append(done))
    assert seen[-1] == (10, 10)


def test_a_compressed_answer_is_unpacked_and_its_length_not_taken_for_the_files(answer, tmp_path):
    save(*answer(gzip.compress(b"x" * 5000), {"Content-Encoding": "gzip"}), tmp_path / "out")
    assert (tmp_path / "out").stat().st_size == 5000


def test_a_long_file_stays_out_of_memory(answer, tmp_path):
    call, response = answer(bytes(32 << 20))
    tracemalloc.start()
    try:
        save(call, response, tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


def test_more_bytes_than_there_should_be_are_no_good_file(shelf, tmp_path):
    shelf.contents["/x"] = bytes(20)
    source = ByOffset("it", "k", "s", 10, lambda at: PreparedCall("GET", f"{shelf.url}/x"), send)
    with pytest.raises(IncompleteTransfer, match="it went on after 20 of 10 bytes"):
        receive(source, tmp_path / "x", How(), place)
    assert not (tmp_path / "x").exists()


def test_a_line_that_cuts_is_no_matter_as_long_as_it_gets_further(shelf, cutter, names, tmp_path):
    content = os.urandom(8 << 20)
    shelf.contents["/x"] = content
    line = cutter(shelf.port, 1 << 20)
    found = find_zip("it", "key", PreparedCall("GET", f"{line.url}/x"), send)
    line.passed_bytes = 0
    receive(found.whole(), tmp_path / "x", How(), place)
    assert (tmp_path / "x").read_bytes() == content
    assert line.passed_bytes < 1.1 * len(content)
    assert names(tmp_path) == ["x"]


def test_a_server_without_ranges_and_a_line_that_cuts_end_with_an_error_and_not_never(shelf, cutter, tmp_path, caplog):
    shelf.contents["/x"], shelf.ranges = os.urandom(3 << 20), False
    line = cutter(shelf.port, 1 << 20)
    with pytest.raises(IncompleteTransfer, match="of 3,145,728 bytes"):
        receive(by_range(f"{line.url}/x", 3 << 20, '"e"'), tmp_path / "x", How(), place)
    assert "from its beginning only" in caplog.text
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("etags", [True, False])
def test_a_part_goes_on_and_begins_anew_where_the_file_changed_with_the_same_size(shelf, tmp_path, caplog, etags):
    old, new = os.urandom(1 << 20), os.urandom(1 << 20)
    shelf.contents["/x"], shelf.etags = old, etags

    def source() -> ByRange:
        return find_zip("it", "key", PreparedCall("GET", f"{shelf.url}/x"), send).whole()

    for content in (old, new):
        shelf.contents["/x"] = old
        before = source()
        with claimed(tmp_path / "x", before.key, before.state) as part:
            part.file.write(old[: 1 << 19])
        shelf.contents["/x"] = content
        shelf.sent_bytes = 0
        receive(source(), tmp_path / "x", How(), place)
        assert (tmp_path / "x").read_bytes() == content
        assert (shelf.sent_bytes < 1 << 20) == (content is old)
        (tmp_path / "x").unlink()
    assert "beginning anew" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_know_the_offset_is_asked_by_ranges(shelf, cutter, tmp_path):
    content = os.urandom(3 << 20)
    shelf.contents["/x"] = content
    line = cutter(shelf.port, 1 << 20)
    source = ByOffset("it", "k", "s", len(content), lambda at: PreparedCall("GET", f"{line.url}/x"), send)
    receive(source, tmp_path / "x", How(), place)
    assert (tmp_path / "x").read_bytes() == content


def test_who_stops_leaves_a_part_that_goes_on(shelf, names, tmp_path):
    content = os.urandom(2 << 20)
    shelf.contents["/x"] = content
    stop = threading.Event()
    source = by_range(f"{shelf.url}/x", len(content), '"e"')
    source = find_zip("it", "key", source.call, send).whole()
    with pytest.raises(Stopped):
        receive(source, tmp_path / "x", How(lambda done, total: stop.set(), stop), place)
    (part,) = names(tmp_path)
    assert part.endswith(".part")
    receive(source, tmp_path / "x", How(), place)
    assert (tmp_path / "x").read_bytes() == content
    assert names(tmp_path) == ["x"]


def test_a_resumed_cut_is_no_warning(shelf, cutter, tmp_path, caplog):
    content = os.urandom(3 << 19)
    shelf.contents["/x"] = content
    line = cutter(shelf.port, 1 << 20)
    found = find_zip("it", "key", PreparedCall("GET", f"{line.url}/x"), send)
    with caplog.at_level(logging.INFO, logger="nomad_swagger"):
        receive(found.whole(), tmp_path / "x", How(), place)
    assert [record.levelname for record in caplog.records if "going on" in record.message] == ["INFO"]


def test_a_name_is_taken_by_somebody_else_meanwhile(shelf, tmp_path: Path):
    from nomad_swagger.flows.downloading import named

    shelf.contents["/x"] = b"ours"

    def taken(part: Part) -> None:
        (tmp_path / "x").write_bytes(b"theirs")
        named(part, "error")

    with pytest.raises(UsageError, match="is there already"):
        receive(by_range(f"{shelf.url}/x", 4, '"e"'), tmp_path / "x", How(), taken)
    assert (tmp_path / "x").read_bytes() == b"theirs"
    assert len(list(tmp_path.iterdir())) == 1
