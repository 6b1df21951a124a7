"""``dataset`` and ``edit``, in this process; what cannot be taken back is never done unasked."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.cli.conftest import Said, Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"
_number = itertools.count(1)


@pytest.fixture
def published(say: Say, tmp_path: Path) -> str:
    folder = tmp_path / "si"
    folder.mkdir()
    for name in ("si.out", "si.in"):
        (folder / name).write_bytes((DATA / name).read_bytes())
    return say("upload", str(folder), "--publish", "--yes", "-o", "ids").out.strip()


@pytest.fixture
def name() -> str:
    return f"set {next(_number)}"


def rows(said: Said) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said.out)))


def posts(sandbox: Sandbox) -> int:
    return sum(method != "GET" and "/datasets" in path for method, path, _ in sandbox.requests)


def test_an_edit_prints_what_was_changed_and_for_how_many(say: Say, published: str) -> None:
    said = say("edit", published, "--comment", "PBE", "--reference", "https://a.example/1", "-o", "csv")
    assert [(row["quantity"], row["entries"]) for row in rows(said)] == [("comment", "1"), ("references", "1")]
    assert "1 entry of 1 upload edited" in said.err
    (hit,) = json.loads(say("search", f"upload_id={published}", "-o", "json").out)
    assert (hit["comment"], hit["references"]) == ("PBE", ["https://a.example/1"])
    say("edit", f"upload_id={published}", "code=Quantum Espresso", "--comment", "", "--no-references")
    (hit,) = json.loads(say("search", f"upload_id={published}", "-o", "json").out)
    assert (hit["comment"], hit["references"]) == ("", [])


def test_an_edit_that_cannot_be_meant_is_a_usage_error(say: Say, published: str) -> None:
    assert "nothing to edit" in say("edit", published, code=2).err
    assert "contradict" in say("edit", published, "--reference", "x", "--no-references", code=2).err
    assert "not both" in say("edit", published, "code=VASP", "--comment", "x", code=2).err
    assert "has no entries; nothing was sent" in say("edit", "code=none", "--comment", "x", code=2).err
    assert "nobody with the address" in say("edit", published, "--coauthor", "no@example.org", code=2).err
    assert "no entry and no upload" in say("edit", "nonsense", "--comment", "x", code=4).err


def test_an_edit_that_nomad_refuses_ends_with_1_and_names_the_value(say: Say, published: str) -> None:
    said = say("edit", published, "--comment", "x", "--coauthor", "nobody-123", code=1)
    assert "coauthors 'nobody-123': User does not exist; nothing was changed" in said.err
    assert json.loads(say("search", f"upload_id={published}", "-o", "json").out)[0]["comment"] == ""


def test_a_dataset_from_its_making_to_its_end(say: Say, published: str, name: str) -> None:
    dataset_id = say("dataset", "create", name, "-o", "ids").out.strip()
    say("dataset", "add", name, published)
    (row,) = rows(say("dataset", "show", name, "-o", "csv"))
    assert (row["dataset_id"], row["entries"], row["published"]) == (dataset_id, "1", "1")
    assert [row["name"] for row in rows(say("dataset", "list", "--prefix", name, "-o", "csv"))] == [name]
    assert "deleted by the server" in say("dataset", "remove", name, published).err
    assert "no dataset" in say("dataset", "show", name, code=4).err
    say("dataset", "create", name, f"upload_id={published}")
    assert "already" in say("dataset", "create", name, code=1).err
    say("dataset", "delete", name, "--yes")
    assert say("dataset", "list", "--prefix", name, "-o", "ids").out == ""


def test_a_doi_on_a_pipe_needs_yes_and_nothing_is_sent_without(
    say: Say, published: str, name: str, cli_sandbox: Sandbox
) -> None:
    say("dataset", "create", name, published)
    before = posts(cli_sandbox)
    said = say("dataset", "doi", name, code=2)
    assert "cannot be taken back" in said.err
    assert "--yes" in said.err
    assert posts(cli_sandbox) == before
    assert rows(say("dataset", "show", name, "-o", "csv"))[0]["doi"] == ""
    doi = say("dataset", "doi", name, "--yes", "-o", "ids").out.strip()
    assert doi.startswith("10.17172/NOMAD/")
    assert "cannot be deleted" in say("dataset", "delete", name, "--yes", code=2).err


def test_a_doi_and_a_deletion_on_a_terminal_are_asked_for_and_take_no_for_an_answer(
    say: Say, published: str, name: str, cli_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    say("dataset", "create", name, published)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    asked: list[str] = []
    answers = {"n": 130, "y": 0}

    def reply(answer: str) -> None:
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: asked.append(prompt) or answer)

    before = posts(cli_sandbox)
    reply("n")
    say("dataset", "doi", name, code=answers["n"])
    say("dataset", "delete", name, code=answers["n"])
    assert posts(cli_sandbox) == before
    reply("y")
    assert say("dataset", "doi", name, "-o", "ids").out.startswith("10.17172/NOMAD/")
    assert len(asked) == 3
