"""Files of an upload that is there: put, not sent twice, in parts over a bad line, removed, processed once."""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import IncompleteTransfer, NotFound, UsageError
from tests.flows.conftest import QUICK, Connect, imagined
from tests.flows.relay import Fault, Passing, Relay


@pytest.fixture
def v1(connect: Connect) -> Any:
    return connect("leonard", "1.4.3")


@pytest.fixture
def staged(v1: Any, silicon: dict[str, bytes], put: Callable[..., ns.Upload]) -> ns.Upload:
    return put(v1, silicon)


class Asked:
    """The requests about an upload since this was made."""

    def __init__(self, sandbox: Sandbox, upload_id: str) -> None:
        self._sandbox, self._upload_id, self._begin = sandbox, upload_id, len(sandbox.requests)

    def count(self, method: str, piece: str = "") -> int:
        asked = list(self._sandbox.requests)[self._begin :]
        return sum(method == one[0] and self._upload_id in one[1] and piece in one[1] for one in asked)


def test_files_go_to_the_top_into_a_folder_and_become_entries_and_nothing_goes_twice(
    v1: Any, sandbox: Sandbox, staged: ns.Upload, water: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "h2o.out").write_bytes(water["h2o.out"])
    (tmp_path / "note").write_text("a name without an ending")
    (tmp_path / "sample.archive.json").write_text(json.dumps({"data": {"name": "S 7"}}))
    journal = tmp_path / "state" / "journal.sqlite"
    upload_id = staged.upload_id

    top = ns.put(v1, staged, tmp_path / "note", journal=journal, patience=QUICK)
    assert (top.sent, top.kept, top.upload_id) == (("note",), (), upload_id)
    inside = ns.put(v1, upload_id, tmp_path / "h2o.out", path="run/7", journal=journal, patience=QUICK)
    assert inside.sent == ("run/7/h2o.out",)
    assert ns.wait(v1, inside, patience=QUICK).entries == 2
    written = ns.put(v1, f"{upload_id}/eln", tmp_path / "sample.archive.json", journal=journal, patience=QUICK)
    assert list(written.entry_ids) == ["eln/sample.archive.json"]
    archive = ns.archive(v1, written.entry_ids["eln/sample.archive.json"])
    assert archive["data"]["name"] == "S 7"
    sizes = {file.path: file.size_bytes for file in ns.files(v1, ns.Upload(upload_id))}
    assert sizes["run/7/h2o.out"] == len(water["h2o.out"]) and sizes["note"] == 24

    asked = Asked(sandbox, upload_id)
    again = ns.put(v1, f"{upload_id}/eln", tmp_path / "sample.archive.json", journal=journal, patience=QUICK)
    assert (again.sent, again.kept, again.kept_by_size) == ((), ("eln/sample.archive.json",), ())
    assert again.entry_ids == written.entry_ids
    unknown = ns.put(v1, upload_id, tmp_path / "note", patience=QUICK)
    assert (unknown.sent, unknown.kept_by_size) == ((), ("note",)), "without a journal by size, and that is said"
    (tmp_path / "note").write_text("A NAME WITHOUT AN ENDING")
    changed = ns.put(v1, upload_id, tmp_path / "note", journal=journal, patience=QUICK)
    assert changed.sent == ("note",), "the same size, and another checksum"
    assert (asked.count("PUT"), asked.count("POST", "/action/process")) == (1, 0)
    ns.wait(v1, upload_id, patience=QUICK)


def folder_of(place: Path, files: int, size_bytes: int, silicon: dict[str, bytes]) -> Path:
    folder = place / "calc"
    for number in range(files):
        path = folder / f"run{number % 3}" / f"{number}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.Random(number).randbytes(size_bytes))
    (folder / "si.out").write_bytes(silicon["AcAg/si/si.out"])
    return folder


def test_a_folder_goes_in_parts_over_a_line_that_breaks_and_is_processed_once(
    connect: Connect, staged: ns.Upload, relay: Relay, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    client = connect("leonard", "1.4.3", url=relay.url)
    folder = folder_of(tmp_path, 12, 300_000, silicon)
    puts: list[Passing] = []

    def fault(passing: Passing) -> Fault | None:
        if passing.method != "PUT":
            return None
        puts.append(passing)
        return {2: Fault(lost=True), 3: Fault(status=413), 5: Fault(status=502)}.get(len(puts))

    relay.fault = fault
    done = ns.put(client, staged, folder, path="big", part_bytes=1_500_000, patience=imagined())
    assert len(done.sent) == 13 and done.kept == ()
    sent = [len(passing.body) for passing in puts]
    assert max(sent) < 1_600_000
    # what arrived though its answer got lost, or came as a proxy's page, did not go again
    assert sum(sent) < 1.15 * sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert all("trigger_processing=false" in passing.query for passing in puts)
    assert relay.count("POST", "/action/process") == 1
    seen = ns.wait(client, done, patience=QUICK)
    assert (seen.entries, seen.failed) == (2, 0)
    there = {file.path for file in ns.files(client, f"{staged.upload_id}/big/")}
    assert there == {f"big/{path.relative_to(tmp_path).as_posix()}" for path in folder.rglob("*") if path.is_file()}


def test_a_broken_sending_goes_on_at_its_part_and_what_was_not_processed_is(
    connect: Connect, sandbox: Sandbox, staged: ns.Upload, relay: Relay, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    client, journal = connect("leonard", "1.4.3", url=relay.url), tmp_path / "journal.sqlite"
    folder = folder_of(tmp_path, 6, 200_000, silicon)
    relay.fault = lambda passing: Fault(status=503) if passing.method == "PUT" and len(went()) > 2 else None
    relay.change = lambda passing: Passing("GET", passing.path) if relay.fault(passing) else passing

    def went() -> list[Passing]:
        return [passing for passing in relay.passed if passing.method == "PUT"]

    how: dict[str, Any] = {"part_bytes": 450_000, "journal": journal, "patience": imagined()}
    with pytest.raises(IncompleteTransfer, match="the same again goes on from there"):
        ns.put(client, staged, folder, **how)
    relay.fault = lambda passing: Fault(status=503) if passing.path.endswith("/process") else None
    before = len(went())
    with pytest.raises(ns.ServerError, match=f"nomad-swagger process {staged.upload_id}"):
        ns.put(client, staged, folder, **how)
    assert 1 <= len(went()) - before <= 2, "two of its parts were there"
    relay.fault, relay.change = (lambda passing: None), (lambda passing: passing)
    asked = Asked(sandbox, staged.upload_id)
    done = ns.put(client, staged, folder, **how)
    assert (done.sent, len(done.kept), done.kept_by_size) == ((), 7, ())
    assert (asked.count("PUT"), asked.count("POST", "/action/process")) == (0, 1)
    assert ns.wait(client, done, patience=QUICK).entries == 2
    ns.put(client, staged, folder, **how)
    assert asked.count("POST", "/action/process") == 1


def test_an_open_file_goes_from_where_it_stands_and_a_pipe_under_the_name_that_is_said(
    v1: Any, staged: ns.Upload, water: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "h2o.out").write_bytes(b"not this" + water["h2o.out"])
    pipe, end = os.pipe()
    os.write(end, b"12345")
    os.close(end)
    with (tmp_path / "h2o.out").open("rb") as file, os.fdopen(pipe, "rb") as piped:
        file.seek(8)
        assert ns.put(v1, staged, file, path="a", patience=QUICK).sent == ("a/h2o.out",)
        assert ns.put(v1, staged, piped, name="five.dat", process=False, patience=QUICK).sent == ("five.dat",)
        for source, name, words in ((io.BytesIO(b"x"), None, "has no name"), (tmp_path / "h2o.out", "x", "for one")):
            with pytest.raises(UsageError, match=words):
                ns.put(v1, staged, source, name=name)
    sizes = {one.path: one.size_bytes for one in ns.files(v1, staged)}
    assert (sizes["a/h2o.out"], sizes["five.dat"]) == (len(water["h2o.out"]), 5)


def test_a_zip_is_unpacked_where_it_is_put_and_known_by_its_files(
    v1: Any, staged: ns.Upload, pack: Callable[..., Any], water: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "more.zip").write_bytes(pack(water).read())
    done = ns.put(v1, staged, [tmp_path / "more.zip"], path="deep", patience=QUICK)
    assert set(done.sent) == {"deep/h2o.out", "deep/h2o.nw"}
    assert ns.wait(v1, done, patience=QUICK).entries == 2
    assert ns.put(v1, staged, tmp_path / "more.zip", path="deep", patience=QUICK).sent == ()


def test_files_are_removed_and_all_is_processed_again(
    v1: Any, sandbox: Sandbox, put: Callable[..., ns.Upload], silicon: dict[str, bytes]
) -> None:
    files = {**silicon, "b/si.out": silicon["AcAg/si/si.out"], "b/x.dat": b"1", "c/y.dat": b"2"}
    made = put(v1, files)
    upload_id = made.upload_id
    with pytest.raises(NotFound, match="Nothing of upload"):
        ns.remove(v1, made, ["c/y.dat", "no/such.dat"], patience=QUICK)
    for nothing in (upload_id, f"{upload_id}/", ns.Upload(upload_id)):
        with pytest.raises(UsageError, match="which file"):
            ns.remove(v1, nothing)
    asked = Asked(sandbox, upload_id)
    ns.remove(v1, f"{upload_id}/b/si.out", patience=QUICK)
    assert ns.wait(v1, made, patience=QUICK).entries == 1
    assert (asked.count("DELETE"), asked.count("POST", "process")) == (1, 0)
    (file,) = ns.files(v1, f"{upload_id}/c/")
    ns.remove(v1, file, patience=QUICK)
    ns.remove(v1, made, ["b/x.dat", "AcAg/si/si.in"], patience=QUICK)
    assert asked.count("POST", "/action/process") == 1
    ns.wait(v1, made, patience=QUICK)
    assert [file.path for file in ns.files(v1, made)] == ["AcAg/si/si.out"]
    again = ns.process(v1, made)
    assert again.running
    assert ns.wait(v1, again, patience=QUICK).entries == 1


def test_a_server_that_cannot_says_so_before_anything_is_sent(
    client: Any, sandbox: Sandbox, staged: ns.Upload, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    before = len(sandbox.requests)
    for deed in (
        lambda: ns.put(client, "u1", tmp_path / "x"),
        lambda: ns.remove(client, "u1/x"),
        lambda: ns.process(client, "u1"),
    ):
        with pytest.raises(UsageError, match=r"\(NOMAD v0\) cannot do that.*Nothing was sent"):
            deed()
    assert len(sandbox.requests) == before


def test_a_published_upload_is_refused_before_anything_is_sent(
    v1: Any, shelf: Callable[..., ns.Upload], silicon: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(UsageError, match="is published"):
        ns.put(v1, shelf(silicon).upload_id, tmp_path / "x", patience=QUICK)
    with pytest.raises(UsageError, match="would both be x"):
        ns.put(v1, "u1", [tmp_path / "x", tmp_path / "x"])
