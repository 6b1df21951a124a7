"""``mirror``: run, plan, status, verify and export, as a person types them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.cli.conftest import Say

FILE_BYTES = 2000


@pytest.fixture(scope="module")
def upload_id(cli_sandbox: Sandbox) -> str:
    return cli_sandbox.add_entries(3, file_bytes=FILE_BYTES)


def test_a_mirror_is_planned_made_looked_at_verified_and_listed(say: Say, upload_id: str, tmp_path: Path) -> None:
    query, to = f"upload_id={upload_id}", ("--to", "copy")
    planned = json.loads(say("mirror", "plan", query, "--archives", *to, "-o", "json", "--url", "sandbox-v1").out)
    assert (planned["uploads"], planned["entries"], planned["files"], planned["fits"]) == (1, 3, 3, True)
    assert planned["size_bytes"] >= 3 * FILE_BYTES
    assert "1 uploads, 3 entries" in say("mirror", "plan", query, *to, "--url", "sandbox-v1").out
    made = say("mirror", "run", query, *to, "--archives", "--url", "sandbox-v1")
    assert made.out.strip() == str(tmp_path / "copy")
    assert "3 entries, 3 files, 3 archives" in made.err
    told = json.loads(say("mirror", "status", "copy", "-o", "json").out)
    assert (told["complete"], told["running"], told["files"]) == (True, False, 3)
    assert "every sha256 right" in say("mirror", "verify", "copy").out
    rows = list(csv.DictReader(io.StringIO(say("mirror", "export", "copy").out)))
    files = [row for row in rows if row["kind"] == "file"]
    assert len(files) == 3
    assert {(row["upload_id"], row["size_bytes"], row["license"]) for row in files} == {
        (upload_id, str(FILE_BYTES), "CC BY 4.0")
    }
    assert all(row["entry_id"] and len(row["sha256"]) == 64 for row in files)


def test_a_changed_byte_is_exit_8_and_the_line_that_is_printed_mends_it(
    say: Say, upload_id: str, tmp_path: Path
) -> None:
    say("mirror", "run", f"upload_id={upload_id}", "--to", "copy", "--url", "sandbox-v1")
    name = f"{upload_id}/synthetic/000001/main.out"
    path = tmp_path / "copy" / name
    path.write_bytes(b"x" * FILE_BYTES)
    found = say("mirror", "verify", "copy", code=8)
    assert f"changed: {name}" in found.out
    line = f"nomad-swagger mirror run --to {tmp_path / 'copy'} --resume"
    assert line in found.err
    say(*line.split()[1:])  # no --url: the mirror knows its server
    assert "every sha256 right" in say("mirror", "verify", "copy").out


def test_metadata_alone_and_what_contradicts_itself(say: Say, upload_id: str, tmp_path: Path) -> None:
    query = f"upload_id={upload_id}"
    say("mirror", "run", query, "--to", "copy", "--metadata-only")
    names = {path.name for path in (tmp_path / "copy").iterdir() if not path.name.startswith(".")}
    assert names == {"ledger.sqlite", "metadata", "nomad-mirror.json"}
    assert {row["kind"] for row in csv.DictReader(io.StringIO(say("mirror", "export", "copy").out))} == {
        "metadata",
        "entry",
    }
    for words, said in (
        (["--to", "new"], "a mirror of what?"),
        (["--to", "new", "--resume"], "is no mirror yet"),
        (["--to", "copy", "--resume", "--update"], "say one of them"),
        ([query, "--to", "copy", "--everything"], "takes no query"),
        ([query, "--to", "copy", "--metadata-only", "--archives"], "takes no --files"),
        (["code=VASP", "--to", "copy", "--resume"], "Choose another folder"),
    ):
        assert said in say("mirror", "run", *words, code=2).err
    assert "is no mirror" in say("mirror", "status", ".", code=2).err
    assert not (tmp_path / "new").exists()


def test_a_mirror_that_is_not_complete_is_exit_6_and_says_how_to_go_on(
    say: Say, upload_id: str, cli_sandbox: Sandbox
) -> None:
    say("mirror", "run", f"upload_id={upload_id}", "--to", "copy", "--metadata-only", "--url", "sandbox-v1")
    cli_sandbox.faults.plan("404@/archive/query")
    try:
        failed = say("mirror", "run", "--to", "copy", "--resume", "--archives", code=6)
    finally:
        cli_sandbox.faults.clear()
    assert "items did not come" in failed.err
    assert "To go on: nomad-swagger mirror run --to" in failed.err
    assert "archives/00001 (failed" in say("mirror", "status", "copy").err
    assert "to go on" in say("mirror", "verify", "copy", code=6).err
