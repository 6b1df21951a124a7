"""``put``, ``upload --into``, ``rm`` and ``process``, on v1; v0 refuses them before anything is sent."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.cli.conftest import Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"
V1 = ("--url", "sandbox-v1")


@pytest.fixture
def upload_id(say: Say, tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "begun"
    folder.mkdir()
    (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
    upload_id = say("upload", str(folder), "--wait", *V1, "-o", "ids").out.strip()
    yield upload_id
    for left in say("uploads", *V1, "-o", "ids").out.split():
        say("wait", left, *V1, "--allow-failed")
        say("delete", left, "--yes", *V1)


def puts(sandbox: Sandbox) -> int:
    return sum(method == "PUT" for method, *_ in sandbox.requests)


def test_files_are_put_told_removed_and_processed(
    say: Say, upload_id: str, tmp_path: Path, cli_sandbox: Sandbox
) -> None:
    for name in ("h2o.out", "si.in"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    (tmp_path / "s.archive.json").write_text('{"data": {"name": "S 7"}}')

    said = say("upload", "h2o.out", "s.archive.json", "--into", f"{upload_id}/run", "--wait", *V1, "-o", "json")
    (row,) = json.loads(said.out)
    assert (row["upload_id"], row["entries"]) == (upload_id, 3)
    assert sorted(row["sent"]) == ["run/h2o.out", "run/s.archive.json"]
    entry_id = row["entry_ids"]["run/s.archive.json"]
    assert f"entry {entry_id}: run/s.archive.json" in said.err and "/gui/" in said.err
    before = puts(cli_sandbox)
    again = say("put", "h2o.out", "s.archive.json", f"{upload_id}/run", *V1)
    assert "2 files not sent again: there already, with the same checksum" in again.err
    assert entry_id in again.out and puts(cli_sandbox) == before

    assert "trigger_processing" in say("put", upload_id, "si.in", "--dry-run", *V1).out
    assert puts(cli_sandbox) == before
    say("put", upload_id, "si.in", *V1)  # the upload may be said first, too
    listed = say("ls", upload_id, *V1, "-o", "ids").out.split()
    assert f"{upload_id}/si.in" in listed or "si.in" in listed, listed

    assert "say --yes" in say("rm", f"{upload_id}/run/h2o.out", *V1, code=2).err
    say("rm", f"{upload_id}/run/h2o.out", f"{upload_id}/si.in", "--yes", *V1)
    assert say("rm", f"{upload_id}/run/h2o.out", "--yes", *V1, code=4).out == ""
    (row,) = csv.DictReader(io.StringIO(say("process", upload_id, "--wait", *V1, "-o", "csv").out))
    assert row["entries"] == "2"


class Stdin:
    """Standard input of a command."""

    def __init__(self, content: bytes | None) -> None:
        self.buffer, self._is_terminal = io.BytesIO(content or b""), content is None

    def isatty(self) -> bool:
        return self._is_terminal


def test_a_pipe_is_put_under_its_name_and_not_sent_twice(
    say: Say, upload_id: str, cli_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    water = (DATA / "h2o.out").read_bytes()

    def piped(content: bytes | None, *words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", Stdin(content))
        said = say(*words, *V1, "-o", "json", code=code)
        return said.err if code else str(json.loads(said.out)[0]["sent"])

    assert piped(water, "put", "-", f"{upload_id}/run", "--name", "h2o.out") == "['run/h2o.out']"
    say("wait", upload_id, *V1)
    before = puts(cli_sandbox)
    assert piped(water, "upload", "-", "--into", f"{upload_id}/run", "--name", "h2o.out") == "[]"
    assert "say what the file is to be called (--name" in piped(water, "put", "-", upload_id, code=2)
    assert "is no name of a file" in piped(water, "put", "-", upload_id, "--name", "a/b", code=2)
    assert "nothing came" in piped(b"", "put", "-", upload_id, "--name", "b", code=2)
    for words in (("upload", "-"), ("put", "-", upload_id, "--name", "b")):
        assert "that is a terminal" in piped(None, *words, code=2), "it would never end"
    assert puts(cli_sandbox) == before
    (entry,) = say("search", f"upload_id={upload_id}", "code=NWChem", "--owner", "user", *V1, "-o", "ids").out.split()
    assert entry


def test_what_cannot_be_put_is_said_before_anything_is_sent(
    say: Say, upload_id: str, tmp_path: Path, cli_sandbox: Sandbox
) -> None:
    (tmp_path / "x.dat").write_text("x")
    before = puts(cli_sandbox)
    assert "cannot do that" in say("put", "x.dat", upload_id, code=2).err, "v0"
    assert "PATH… UPLOAD" in say("put", upload_id, *V1, code=2).err
    assert "no file or folder y.dat" in say("put", "y.dat", upload_id, *V1, code=2).err
    assert "for a new upload" in say("upload", "x.dat", "--into", upload_id, "--name", "n", *V1, code=2).err
    assert "was not found" in say("put", "x.dat", "doesNotExist0000000000", *V1, code=4).err
    assert "all of an upload" in say("rm", upload_id, "--yes", *V1, code=2).err.lower()
    assert puts(cli_sandbox) == before


def test_by_the_operation_itself_a_file_goes_to_the_top_too(say: Say, upload_id: str, tmp_path: Path) -> None:
    (tmp_path / "top.txt").write_text("x")
    words = ("call", "uploads.put_upload_raw_path", "--upload_id", upload_id, "--path", "", "--file", "top.txt")
    assert json.loads(say(*words, *V1).out)["upload_id"] == upload_id
    say("wait", upload_id, *V1)
    assert say("cat", f"{upload_id}/top.txt", *V1).out == "x"
    assert "must not have . or .." in say(*words[:5], "../x", *words[6:], *V1, code=2).err
