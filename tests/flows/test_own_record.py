"""What finished downloads leave on record, and what the next run makes of it."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.own_record import Origin, OwnRecord
from nomad_swagger.settings import state_folder
from nomad_swagger.transfers.beside import Beside, Digest, sha256_of
from tests.flows.conftest import Connect

FILES = {"AcAg/si/notes.txt": b"lattice 5.43\n" * 20_000, "AcAg/si/big.dat": bytes(range(256)) * 5_000}
FROM = Origin("server upload/a", "today", 3)


def spoil(path: Path) -> None:
    """Change a file without changing its size, and when it was changed."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


@pytest.fixture(params=["0.7.9", "0.8.6", "1.4.3"])
def loaded(request: pytest.FixtureRequest, connect: Connect, silicon: dict[str, bytes], put: Any) -> tuple[Any, str]:
    """Gives a client and an upload whose files come on their own: it is not published."""
    client = connect("leonard", request.param)
    return client, put(client, {**silicon, **FILES}).upload_id


def fetched(sandbox: Sandbox) -> list[str]:
    return [path for method, path, _ in sandbox.requests if path.endswith((".dat", ".txt")) and method == "GET"]


def test_a_file_that_is_as_it_came_is_the_same_by_our_own_record(
    loaded: tuple[Any, str], sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, upload_id = loaded
    names = [f"{upload_id}/{name}" for name in FILES]
    paths = [ns.download(client, name, to=tmp_path) for name in names]
    sandbox.requests.clear()
    caplog.clear()
    os.utime(paths[1])  # looked at again then, and still the same
    assert [ns.download(client, name, to=tmp_path) for name in names] == paths
    ns.download(client, ns.Upload(upload_id), to=tmp_path, include=["*.txt"])
    fetched_once = fetched(sandbox)
    ns.download(client, ns.Upload(upload_id), to=tmp_path, include=["*.txt"])
    assert fetched(sandbox) == fetched_once
    assert "the same by its size" not in caplog.text
    spoil(paths[1])
    with pytest.raises(UsageError, match="with another content"):
        ns.download(client, names[1], to=tmp_path)
    ns.download(client, names[1], to=tmp_path, on_existing="replace")
    assert paths[1].read_bytes() == FILES["AcAg/si/big.dat"]


def test_without_a_record_it_is_the_same_by_its_size_and_that_is_said(
    loaded: tuple[Any, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, upload_id = loaded
    target = f"{upload_id}/AcAg/si/notes.txt"
    ns.download(client, target, to=tmp_path)
    (state_folder() / "downloads.sqlite").unlink()
    ns.download(client, target, to=tmp_path)
    assert "the same by its size" in caplog.text


def test_unpacked_files_that_are_as_they_came_are_not_fetched_again(
    connect: Connect, sandbox: Sandbox, shelf: Any, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    upload = shelf({**silicon, **FILES})
    client = connect("leonard", "0.8.6")
    folder = ns.download(client, upload, to=tmp_path, extract=True)
    sandbox.requests.clear()
    assert ns.download(client, upload, to=tmp_path, extract=True) == folder
    assert not [path for _, path, _ in sandbox.requests if "/raw/" in path]
    (folder / "AcAg/si/notes.txt").unlink()
    ns.download(client, upload, to=tmp_path, extract=True)
    assert (folder / "AcAg/si/notes.txt").read_bytes() == FILES["AcAg/si/notes.txt"]
    spoil(folder / "AcAg/si/notes.txt")
    with pytest.raises(UsageError, match="with another content"):
        ns.download(client, upload, to=tmp_path, extract=True)


@pytest.mark.parametrize("hindrance", ["file", "another database"])
def test_a_record_that_cannot_be_kept_is_no_reason_to_fail(
    loaded: tuple[Any, str], silent_environment: Path, tmp_path: Path, hindrance: str
) -> None:
    client, upload_id = loaded
    if hindrance == "file":
        state_folder().parent.mkdir(parents=True, exist_ok=True)
        state_folder().write_text("in the way")
    else:
        state_folder().mkdir(parents=True, exist_ok=True)
        sqlite3.connect(state_folder() / "downloads.sqlite").execute("CREATE TABLE theirs (x)").connection.close()
    for _ in range(2):
        ns.download(client, f"{upload_id}/AcAg/si/notes.txt", to=tmp_path)


def test_a_file_that_came_too_fast_to_be_summed_is_known_by_its_time_alone(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("abc")
    record = OwnRecord(tmp_path / "record.sqlite")
    record.note(file, FROM, "")
    assert record.is_intact(file, FROM) is True
    spoil(file)
    assert record.is_intact(file, FROM) is None, "then it counts by its size, and that is said"


def test_a_transfer_does_not_wait_for_the_sum_of_what_it_brings(tmp_path: Path) -> None:
    block, file = bytes(2 << 20), tmp_path / "x"
    file.write_bytes(block * 16)
    slow = threading.Event()

    def follow(blocks: Iterator[bytes]) -> None:
        next(blocks)
        slow.wait()

    beside = Beside(follow, patient=False)
    beside.feed(None)
    for _ in range(16):
        beside.feed(block)
    assert beside.lost
    slow.set()
    beside.end()
    digest = Digest()
    digest.feed(None)
    digest.feed(block)
    assert digest.of(file) == "", "a part of it is not all of it"


def test_the_record_has_a_bound_and_the_oldest_go(tmp_path: Path) -> None:
    record = OwnRecord(tmp_path / "record.sqlite", most_rows=3)
    files = [tmp_path / str(number) for number in range(5)]
    for file in files:
        file.write_text("abc")
        record.note(file, FROM, sha256_of(file))
        record.keep()
    later = OwnRecord(tmp_path / "record.sqlite")
    assert [later.is_intact(file, FROM) for file in files] == [None, None, True, True, True]
    assert later.is_intact(files[4], Origin(FROM.source, "yesterday", 3)) is None, "the upload was changed since"
    files[4].write_text("ab")
    assert later.is_intact(files[4], FROM) is False


def test_records_of_many_processes_do_not_disturb_each_other(tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    file = tmp_path / "x"
    file.write_text("abc")
    one, other = (OwnRecord(tmp_path / "record.sqlite") for _ in range(2))
    one.note(file, FROM, sha256_of(file))
    other.note(tmp_path / "x", FROM, sha256_of(file))
    one.keep()
    other.keep()
    assert OwnRecord(tmp_path / "record.sqlite").is_intact(file, FROM)
    assert not caplog.records
