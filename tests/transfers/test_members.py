"""Members of a zip that lies on a server: only their bytes move, and each is held against its checksum."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.errors import ChecksumMismatch
from nomad_swagger.transfers.members import Member, StoredZip, find_zip, runs, unpack
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.send import Transport


def packed(files: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def find(url: str) -> StoredZip:
    return find_zip("the zip", "key", PreparedCall("GET", url), lambda call: Transport().send(call, stream=True))


def read(stored: StoredZip, names: list[str]) -> dict[str, bytes]:
    got: dict[str, bytes] = {}
    for run in runs(stored.members[name] for name in names):
        for member, write in unpack(stored, run, threading.Event()):
            buffer = io.BytesIO()
            write(buffer.write)
            got[member.name] = buffer.getvalue()
    return got


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    "count", [3, 600, 3000], ids=["small", "some", "a directory longer than the end that is asked for"]
)
def test_members_come_as_they_are_and_only_they(shelf: Any, kind: int, count: int) -> None:
    files = {f"folder/{number:05}/vasprun.xml": os.urandom(500 + number % 7) for number in range(count)}
    shelf.contents["/x"] = packed(files, kind)
    stored = find(f"{shelf.url}/x")
    assert set(stored.members) == set(files)
    names = list(files)[:: max(count // 20, 1)]
    directory = shelf.sent_bytes
    assert read(stored, names) == {name: files[name] for name in names}
    assert shelf.sent_bytes - directory < sum(len(files[name]) for name in names) + 20 * 200 + 200


def test_the_end_of_a_zip_costs_one_request(shelf: Any) -> None:
    shelf.contents["/x"] = packed({f"{number}": b"x" for number in range(600)})
    assert len(find(f"{shelf.url}/x").members) == 600
    assert [span for _, span in shelf.asked] == ["bytes=-65536"]


def test_neighbours_come_in_one_request_and_a_large_one_alone() -> None:
    def member(name: str, begin: int, size: int) -> Member:
        return Member(name, size, size, 0, zipfile.ZIP_STORED, begin, begin + size + 50)

    small = [member(str(number), number * 150, 100) for number in range(5)]
    large, after = member("large", 750, 5 << 20), member("after", 750 + (5 << 20) + 50, 100)
    far = member("far", 1 << 30, 100)
    found = [[one.name for one in run] for run in runs([far, *small, after, large])]
    assert found == [["0", "1", "2", "3", "4"], ["large"], ["after"], ["far"]]


def test_a_member_that_is_not_what_the_directory_says_is_refused(shelf: Any) -> None:
    content = packed({"a": b"good" * 100, "b": b"bad!" * 100})
    shelf.contents["/x"] = content.replace(b"bad!", b"evil", 1)
    stored = find(f"{shelf.url}/x")
    with pytest.raises(ChecksumMismatch, match="b has the wrong checksum"):
        read(stored, ["a", "b"])


def test_a_line_that_cuts_brings_every_member(shelf: Any, cutter: Callable[..., Any]) -> None:
    files = {f"{number:03}": os.urandom(40_000) for number in range(100)}
    shelf.contents["/x"] = packed(files)
    line = cutter(shelf.port, 1 << 20)
    stored = find(f"{line.url}/x")
    assert read(stored, list(files)) == files
    assert line.passed_bytes < 1.1 * len(shelf.contents["/x"])


def test_a_server_without_ranges_says_so(shelf: Any) -> None:
    shelf.contents["/x"], shelf.ranges = packed({"a": b"b"}), False
    stored = find(f"{shelf.url}/x")
    assert not stored.has_ranges
    assert stored.size_bytes == len(shelf.contents["/x"])


def test_what_is_no_zip_is_known_as_none(shelf: Any) -> None:
    shelf.contents["/x"] = b"<html>not a zip</html>" * 100
    with pytest.raises(zipfile.BadZipFile):
        assert find(f"{shelf.url}/x").members


def test_a_zip_without_a_member_is_one_without_a_member(shelf: Any) -> None:
    shelf.contents["/x"] = packed({})
    assert find(f"{shelf.url}/x").members == {}
