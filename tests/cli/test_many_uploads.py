"""``wait``, ``publish``, ``delete`` and ``edit`` of many uploads: one table, one question, exit by the worst."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.cli.conftest import Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"
NOBODYS = "doesNotExist0000000000"


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    made = []
    for name in ("one", "two", "hollow"):
        (tmp_path / name).mkdir()
        content = b"nothing" if name == "hollow" else (DATA / "si.out").read_bytes()
        (tmp_path / name / "si.out").write_bytes(content)
        made.append(str(tmp_path / name))
    return made


@pytest.fixture
def ids(say: Say, folders: list[str]) -> Iterator[list[str]]:
    yield say("upload", *folders, "-o", "ids").out.split()
    for upload_id in say("uploads", "-o", "ids").out.split():
        say("wait", upload_id, "--allow-failed")
        say("delete", upload_id, "--yes")


def rows(text: str) -> dict[str, dict[str, str]]:
    return {row["upload_id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_many_are_waited_for_published_edited_and_deleted_in_one_command_each(
    say: Say, ids: list[str], monkeypatch: pytest.MonkeyPatch, cli_sandbox: Sandbox
) -> None:
    one, two, hollow = ids
    said = say("wait", one, NOBODYS, hollow, two, one, "-o", "csv", code=5)
    table = rows(said.out)
    assert list(table) == [one, NOBODYS, hollow, two], "each once, in the order in which they were said"
    assert [table[upload_id]["entries"] for upload_id in (one, two, hollow)] == ["1", "1", "0"]
    assert "no calculation was recognised" in table[hollow]["error"] and not table[one]["error"]
    assert "2 of 4 uploads failed" in said.err

    refused = say("publish", one, two, code=2)
    assert "publish 2 uploads at http" in refused.err.lower() and "2 entries of 2 uploads" in refused.err
    shown = say("publish", one, NOBODYS, two, "--dry-run")
    assert shown.out.count("(cannot be taken back)") == 2 and "Nothing was sent" in shown.out
    assert not {one, two} & set(say("uploads", "--state", "published", "-o", "ids").out.split())

    assert "Set comment to 'both' at" in say("edit", one, two, "--comment", "both", code=2).err
    assert say("edit", one, two, code=2).err.count("nothing to edit") == 1, "what is no upload's fault is said once"
    (entry_id,) = say("search", f"upload_id={two}", "--owner", "user", "-o", "ids").out.split()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{one}\n{NOBODYS}\n{entry_id} {two}"))
    said = say("edit", "-", "--comment", "both", "--yes", "-o", "csv", code=4)
    table = rows(said.out)
    assert [(key, row["quantities"], row["entries"]) for key, row in table.items()] == [
        (one, "comment", "1"),
        (NOBODYS, "", ""),
        (two, "comment", "1"),
    ]
    assert "no entry and no upload" in table[NOBODYS]["error"] and "1 of 3 uploads failed" in said.err
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{one}\n"))
    assert "say --yes" in say("delete", "-", code=2).err, "standard input is read, so nobody can answer there"

    said = say("publish", one, hollow, NOBODYS, "--yes", "-o", "csv", "--embargo-months", "3", code=5)
    table = rows(said.out)
    assert (table[one]["published"], table[hollow]["published"]) == ("yes", "no")
    assert "/gui/" in said.err and "under embargo for 3 months until 20" in said.err
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{two}\n{hollow} {NOBODYS}"))
    said = say("delete", "-", "--yes", "-o", "csv", code=4)
    assert [row["status"] for row in rows(said.out).values()] == ["DELETED", "DELETED", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "no id came" in say("wait", "-", code=2).err


def test_one_alone_is_as_it_was(say: Say, ids: list[str]) -> None:
    assert "error" not in say("wait", ids[0]).out
    assert say("wait", NOBODYS, code=4).out == ""
    said = say("delete", ids[0], "--yes")
    assert (said.out, f"upload {ids[0]}: deleted" in said.err) == ("", True)
