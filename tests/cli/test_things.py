"""``show``, ``open``, ``users``, ``help``, and an edit of who sees the data and what the upload is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from tests.cli.conftest import LEONARD, Say

DATA = Path(__file__).parents[1] / "sandbox" / "data"
SHELDON = "sheldon.cooper@nomad-fairdi.tests.de"
APIS = ("sandbox", "sandbox-v1")


@pytest.fixture(scope="module")
def upload_id(cli_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("things") / "si"
    folder.mkdir()
    (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
    client = ns.connect(profile=settings.sandbox_profile(cli_sandbox.url), user=LEONARD, password="password")
    upload = ns.wait(client, ns.upload(client, folder))
    yield upload.upload_id
    ns.delete(client, upload)


def test_an_upload_an_entry_and_a_dataset_are_shown_and_have_their_pages(say: Say, upload_id: str) -> None:
    entry_id = say("search", f"upload_id={upload_id}", "--owner", "user", "-o", "ids").out.strip()
    for api in APIS:
        shown = say("show", upload_id, "--url", api).out
        assert upload_id in shown
        assert "status" in shown
        assert "Si2" in say("show", entry_id, "--url", api).out
        assert json.loads(say("show", entry_id, "--url", api, "-o", "json").out)
        page = say("open", entry_id, "--url", api, "--no-browser").out
        assert "/gui/" in page
        assert entry_id in page
        assert say("open", "--url", api, "--no-browser").out.strip().endswith("/gui/")
    assert upload_id in say("open", upload_id, "--url", "sandbox-v1", "--no-browser").out
    say("dataset", "create", "things", entry_id)
    assert "/gui/dataset/id/" in say("open", "things", "--no-browser").out


@pytest.mark.parametrize("api", APIS)
def test_people_are_found_and_may_see_the_data_before_everybody_does(api: str, say: Say, upload_id: str) -> None:
    (user,) = json.loads(say("users", "sheldon", "--url", api, "-o", "json").out)
    assert user["name"] == "Sheldon Cooper"
    edited = say("edit", upload_id, "--share", SHELDON, "--url", api, "-o", "json")
    assert [row["quantity"] for row in json.loads(edited.out)] == ["reviewers"]


def test_an_upload_is_renamed_where_the_server_can(say: Say, upload_id: str) -> None:
    said = say("edit", upload_id, "--name", "silicon", "--url", "sandbox-v1", "-o", "json")
    assert json.loads(said.out)[0]["value"] == "silicon"
    assert upload_id in say("uploads", "--name", "silicon", "--url", "sandbox-v1", "-o", "ids").out
    assert "once, when it is made" in say("edit", upload_id, "--name", "x", "--url", "sandbox", code=2).err


def test_what_spec_diff_says_to_fail_does_fail_and_the_same_works_where_it_came_from(say: Say, upload_id: str) -> None:
    said = say("spec", "diff", "nomad-1.4.3", "nomad-0.8.6").out
    tried = {
        "token create": ("token", "create", "x"),
        "token list": ("token", "list"),
        "token rotate": ("token", "rotate", "x"),
        "token revoke": ("token", "revoke", "x"),
        "upload --into": ("upload", __file__, "--into", upload_id),
        "put": ("put", __file__, upload_id),
        "rm": ("rm", f"{upload_id}/si.in"),
        "process": ("process", upload_id),
        "edit --name": ("edit", upload_id, "--name", "y"),
    }
    listed = [line.strip().split("`")[1] for line in said.splitlines() if "` will fail" in line]
    assert listed == list(tried)
    for words in tried.values():
        for old in ("sandbox", "sandbox-0.8"):
            more = ("--yes",) if words[0] == "edit" else ()
            assert "Usage:" not in say(*words, *more, "--url", old, code=2).err, "the line is right, the server cannot"
    say(*tried["token list"], "--url", "sandbox-v1")
    say(*tried["edit --name"], "--url", "sandbox-v1")
    assert "will fail" not in say("spec", "diff", "nomad-0.7.9", "nomad-0.8.6").out


def test_help_says_what_help_of_a_command_says(say: Say) -> None:
    assert say("help", "dataset", "create").out.startswith("Usage: nomad-swagger dataset create")
    assert "Exit codes: 0 done" in say("help").out
    assert "try: nomad-swagger help search" in say("help", "serch", code=2).err
