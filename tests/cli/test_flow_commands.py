"""The commands of the flow, in this process; ``tests/journeys`` runs them as a person does."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import sandbox_profile
from tests.cli.conftest import LEONARD, Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"


@pytest.fixture(autouse=True)
def clean_staging(silent_environment: Path, cli_sandbox: Sandbox) -> Iterator[None]:
    yield
    if cli_sandbox.store.value("SELECT count(*) FROM uploads WHERE NOT published"):
        client = ns.connect(profile=sandbox_profile(cli_sandbox.url), user=LEONARD, password="password")
        for upload in list(ns.list_uploads(client)):
            with suppress(ns.ProcessingFailed):
                ns.wait(client, upload)
            ns.delete(client, upload)


@pytest.fixture
def silicon(tmp_path: Path) -> Path:
    folder = tmp_path / "si"
    folder.mkdir()
    for name in ("si.out", "si.in"):
        (folder / name).write_bytes((DATA / name).read_bytes())
    return folder


def test_failed_entries_are_named_and_the_upload_is_fine(say: Say, silicon: Path) -> None:
    (silicon / "broken").mkdir()
    (silicon / "broken" / "a.out").write_bytes((silicon / "si.out").read_bytes()[:400])
    said = say("upload", str(silicon), "--wait", "-o", "json")
    (row,) = json.loads(said.out)
    assert (row["status"], row["entries"], row["failed"]) == ("SUCCESS", 2, 1)
    assert "failed entry: si/broken/a.out: parser failed with exception" in said.err
    again = say("wait", row["upload_id"], "-o", "ids")
    assert again.out == f"{row['upload_id']}\n"
    assert "failed entry: si/broken/a.out: parser failed with exception" in again.err


def test_what_was_made_is_shown_also_when_a_later_one_fails(say: Say, silicon: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_text("no zip")
    assert "is no zip archive" in say("upload", str(silicon), "bad.zip", "--wait", code=2).err  # nothing is sent
    said = say("upload", str(silicon), "bad.zip", "--as-is", "--wait", "-o", "csv", code=5)
    _, first, second = said.out.splitlines()
    assert ",SUCCESS," in first
    assert ",FAILURE," in second
    assert "bad .zip/.tar file" in said.err


def test_a_path_that_is_not_there_is_found_before_anything_is_sent(
    say: Say, silicon: Path, cli_sandbox: Sandbox
) -> None:
    before = len(cli_sandbox.requests)
    assert "missing.zip" in say("upload", str(silicon), "missing.zip", code=2).err
    assert "nothing to upload" in say("upload", code=2).err
    assert "--name is for one upload" in say("upload", str(silicon), str(silicon), "--name", "x", code=2).err
    assert len(cli_sandbox.requests) == before


def test_from_upload_to_publish_in_one_command(say: Say, silicon: Path) -> None:
    said = say("upload", str(silicon), "--publish", "--yes", "--name", "mine", "-o", "csv")
    row = dict(zip(*(line.split(",") for line in said.out.splitlines()), strict=True))
    assert (row["name"], row["published"], row["entries"]) == ("mine", "yes", "1")
    assert row["upload_id"] in say("uploads", "--state", "published", "-o", "ids").out.split()
    assert row["upload_id"] not in say("uploads", "-o", "ids").out.split()


def test_publish_and_delete_ask_on_a_terminal_and_take_no_for_an_answer(
    say: Say, silicon: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    upload_id = say("upload", str(silicon), "--wait", "-o", "ids").out.strip()
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    answers: list[str] = []

    def no(prompt: str) -> str:
        answers.append(prompt)
        return "n"

    monkeypatch.setattr("click.termui.visible_prompt_func", no)
    for act in ("publish", "delete"):
        say(act, upload_id, code=130)
    assert len(answers) == 2
    say("delete", upload_id, "--yes")
    assert len(answers) == 2
    say("wait", upload_id, code=4)


def test_downloads_side_by_side_and_one_after_the_other_give_the_same(say: Say, silicon: Path, tmp_path: Path) -> None:
    upload_id = say("upload", str(silicon), "--publish", "--yes", "-o", "ids").out.strip()
    targets = [f"{upload_id}/si/si.out", f"{upload_id}/si/si.in", f"{upload_id}/si/", upload_id]
    for jobs in ("1", "3"):
        printed = say("download", *targets, "--jobs", jobs, "--to", f"dl{jobs}").out.split()
        assert printed == [f"dl{jobs}/{name}" for name in ("si.out", "si.in", "si.zip", f"{upload_id}.zip")]
        assert (tmp_path / printed[0]).read_bytes() == (silicon / "si.out").read_bytes()
    query = say("download", f"upload_id={upload_id}", "elements=Si", "--to", "query").out.strip()
    with zipfile.ZipFile(tmp_path / query) as archive:
        assert f"{upload_id}/si/si.out" in archive.namelist()
    assert "not both" in say("download", f"upload_id={upload_id}", upload_id, code=2).err


def test_a_file_in_the_way_is_kept_unless_told(say: Say, silicon: Path, tmp_path: Path) -> None:
    upload_id = say("upload", str(silicon), "--publish", "--yes", "-o", "ids").out.strip()
    (tmp_path / "si.out").write_text("mine")
    assert "--replace" in say("download", f"{upload_id}/si/si.out", code=2).err
    say("download", f"{upload_id}/si/si.out", "--replace")
    assert (tmp_path / "si.out").read_bytes() == (silicon / "si.out").read_bytes()


def test_a_search_counts_and_a_table_stops_at_twenty(say: Say, cli_sandbox: Sandbox) -> None:
    upload_id = cli_sandbox.add_entries(50)
    said = say("search", f"upload_id={upload_id}")
    assert len(said.out.splitlines()) == 21
    assert "20 of 50 entries" in said.err
    assert len(say("search", f"upload_id={upload_id}", "-o", "ids").out.split()) == 50
    assert len(say("search", f"upload_id={upload_id}", "-o", "ids", "--limit", "7").out.split()) == 7
    both = say("search", f"upload_id={upload_id}", "n_atoms=2", "code=VASP", "code=NWChem", "-o", "ndjson").out
    assert {json.loads(line)["code"] for line in both.splitlines()} == {"VASP", "NWChem"}


def test_an_old_name_is_translated_with_a_warning(say: Say, cli_sandbox: Sandbox) -> None:
    said = say("search", "code_name=VASP", "-o", "ids", "--url", cli_sandbox.api_url_08)
    assert "warning: 'code_name' is called 'dft.code_name' on this server" in said.err


def test_fields_of_the_whole_answer_can_be_chosen(say: Say, cli_sandbox: Sandbox) -> None:
    upload_id = cli_sandbox.add_entries(1)
    said = say("search", f"upload_id={upload_id}", "-o", "json", "--include", "formula", "--include", "atoms")
    (row,) = json.loads(said.out)
    assert set(row["raw"]) == {"formula", "atoms"}


def test_whoami_tells_which_source_won(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"{LEONARD} at" in say("whoami").out
    assert "(password from environment)" in say("whoami").out
    monkeypatch.delenv("NOMAD_CLIENT_USER")
    monkeypatch.delenv("NOMAD_CLIENT_PASSWORD")
    assert say("whoami").out.startswith("anonymous at ")
    assert "needs a login" in say("uploads", code=3).err


def test_a_login_without_a_terminal_says_how_to_do_it(say: Say) -> None:
    assert "--password-stdin" in say("login", "--user", LEONARD, code=3).err


def test_what_nomad_read_nothing_of_is_exit_5_unless_that_is_allowed(say: Say, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("no calculation")
    said = say("upload", "empty", "--wait", "-o", "ids", code=5)
    upload_id = said.out.strip()
    assert "no calculation was recognised" in said.err
    assert "no calculation was recognised" in say("wait", upload_id, code=5).err
    assert upload_id in say("wait", upload_id, "--allow-failed").out
    assert say("upload", "empty", "--wait", "--allow-failed", "-o", "ids").out
    assert "Nothing was published" in say("upload", "empty", "--publish", "--yes", code=5).err
    assert "Nothing was published" in say("publish", upload_id, "--yes", code=5).err
    assert say("uploads", "--state", "published", "-o", "ids").out.split().count(upload_id) == 0


def test_a_file_that_call_once_took_with_o_is_told_where_it_goes_now(say: Say) -> None:
    said = say("call", "raw.get", "--upload_id", "u", "--path", "a", "-o", "a.out", code=2)
    assert "a file goes --to a.out" in said.err
