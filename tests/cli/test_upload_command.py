"""``upload``: what goes up is known before, and the same line typed again never sends twice."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.flows.journal import row_of
from nomad_swagger.settings import sandbox_profile
from tests.cli.conftest import LEONARD, Say
from tests.rights import of_a_plain_user

DATA = Path(__file__).parents[1] / "sandbox" / "data"


@pytest.fixture
def leonard(silent_environment: Path, cli_sandbox: Sandbox) -> Iterator[Any]:
    client = ns.connect(profile=sandbox_profile(cli_sandbox.url), user=LEONARD, password="password")
    yield client
    for upload in list(ns.list_uploads(client)):
        with suppress(ns.ProcessingFailed):
            ns.wait(client, upload)
        ns.delete(client, upload)


@pytest.fixture
def silicon(tmp_path: Path) -> Path:
    folder = tmp_path / f"si-{time.monotonic_ns()}"  # a name of its own: uploads of other tests stay published
    folder.mkdir()
    for name in ("si.out", "si.in"):
        (folder / name).write_bytes((DATA / name).read_bytes())
    return folder


def test_a_dry_run_lists_what_goes_up_and_what_nomad_will_recognise_and_sends_nothing(
    say: Say, silicon: Path, cli_sandbox: Sandbox
) -> None:
    for name in (".git/config", ".restart", "POTCAR", "notes~"):
        (silicon / name).parent.mkdir(exist_ok=True)
        (silicon / name).write_bytes(b"x")
    before = _sent_to(cli_sandbox)
    said = say("upload", str(silicon), "--exclude", "*.in", "--dry-run")
    assert f"{silicon}: 3 files, " in said.out
    assert f"NOMAD will probably recognise: 1 file of Quantum ESPRESSO: {silicon.name}/si.out" in said.out
    assert "left out, version control: .git/" in said.err
    assert "left out, an editor's file: notes~" in said.err
    assert "left out, --exclude *.in: si.in" in said.err
    assert "1 hidden file goes up: .restart" in said.err
    assert "licensed with VASP" in said.err
    (told,) = json.loads(say("upload", str(silicon), "--dry-run", "-o", "json").out)
    assert [file["path"] for file in told["files"]] == [
        f"{silicon.name}/{name}" for name in (".restart", "POTCAR", "si.in", "si.out")
    ]
    assert {one["path"] for one in told["left_out"]} == {".git/", "notes~"}
    assert told["mainfiles"] == [{"path": f"{silicon.name}/si.out", "code": "Quantum ESPRESSO"}]
    assert told["limits"] == []
    assert _sent_to(cli_sandbox) == before


def _sent_to(box: Sandbox) -> int:
    return sum(1 for method, path, _ in box.requests if method in ("PUT", "POST") and "/uploads" in path)


def test_what_stands_in_the_way_is_named_and_nothing_is_sent(say: Say, silicon: Path, leonard: Any) -> None:
    before = [upload.upload_id for upload in ns.list_uploads(leonard)]
    (silicon / "run2").symlink_to("/etc")
    (silicon / "gone").symlink_to("nowhere")
    os.mkfifo(silicon / "pipe")
    said = say("upload", str(silicon), code=2)
    for words in ("run2: a link that leads out", "gone: a link that leads nowhere", "pipe: a named pipe"):
        assert words in said.err
    assert [upload.upload_id for upload in ns.list_uploads(leonard)] == before
    (silicon / "run2").unlink()
    said = say("upload", str(silicon), "--skip-unreadable", "--wait", "-o", "json")
    assert "warning: 2 names could not be read and are left out: gone" in said.err
    assert json.loads(said.out)[0]["entries"] == 1


def _troubled(folder: Path) -> None:
    """Fill a folder with every kind of trouble that we know."""
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "secret.txt").write_text("secret")
    for name, leads_to in {"out": "../elsewhere", "up": ".", "gone": "nowhere", "a": "b", "b": "a"}.items():
        (folder / name).symlink_to(leads_to)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "sock"))
    if os.geteuid() == 0:
        os.mknod(folder / "null", 0o20666, os.makedev(1, 3))
    for name in (".git/config", "closed/x.out", ".hidden", "two\nlines", "x" * 255, "empty"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).touch()
    (folder / "closed.out").touch()
    for name in ("closed", "closed.out"):
        (folder / name).chmod(0)
    with (folder / "sparse").open("wb") as file:
        file.truncate(5 << 30)
    (folder / "wide").mkdir()
    for number in range(20_000):
        (folder / "wide" / f"{number:05}").touch()


def test_a_folder_with_every_kind_of_trouble_is_told_name_by_name(
    say: Say, silicon: Path, cli_sandbox: Sandbox
) -> None:
    _troubled(silicon)
    before = _sent_to(cli_sandbox)
    unread = {"gone", "a", "b", "pipe", "sock", "closed/", "closed.out", *(["null"] if os.geteuid() == 0 else [])}
    with of_a_plain_user():
        refused = say("upload", str(silicon), code=2).err
        how = ("--skip-unreadable", "--follow-links", "--escape-names", "--dry-run", "-o", "json")
        (told,) = json.loads(say("upload", str(silicon), *how).out)
    (silicon / "closed").chmod(0o700)
    assert "cannot go up whole" in refused and "Nothing was sent" in refused
    out = {one["path"]: one for one in told["left_out"]}
    assert {path for path, one in out.items() if one["unread"]} == unread
    assert {path for path, one in out.items() if not one["unread"]} == {".git/", "up"}
    files = {file["path"].removeprefix(f"{silicon.name}/"): file for file in told["files"]}
    odd = {".hidden", "two\nlines", "x" * 255, "empty", "caf%E9", "sparse", "si.out", "si.in", "out/secret.txt"}
    assert set(files) == odd | {f"wide/{number:05}" for number in range(20_000)}
    assert (files["sparse"]["size_bytes"], files["empty"]["size_bytes"]) == (5 << 30, 0)
    assert [(one["old"], one["new"]) for one in told["renamed"]] == [("caf\\xe9", "caf%E9")]
    assert _sent_to(cli_sandbox) == before


def test_one_output_a_pipe_and_a_name_are_packed(
    say: Say, silicon: Path, leonard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(say("upload", str(silicon / "si.out"), "--wait", "-o", "json").out)[0]["entries"] == 1

    class Stdin:
        buffer = io.BytesIO((silicon / "si.out").read_bytes())

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Stdin())
    (row,) = json.loads(say("upload", "-", "--name", "si.out", "--wait", "-o", "json").out)
    assert (row["entries"], row["name"]) == (1, "si.out")


def test_the_same_line_again_prints_the_same_upload_and_once_published_says_so(
    say: Say, silicon: Path, leonard: Any
) -> None:
    first = say("upload", str(silicon), "-o", "ids").out
    said = say("upload", str(silicon), "-o", "ids")
    assert said.out == first
    assert "was sent before; it is not sent twice" in said.err
    assert say("upload", str(silicon), "--wait", "-o", "ids").out == first
    another = say("upload", str(silicon), "--again", "-o", "ids").out
    assert another != first
    assert say("upload", str(silicon), "--publish", "--yes", "-o", "ids").out == another
    said = say("upload", str(silicon), "--publish", "--yes", code=2)
    assert f"published: upload {another.strip()}. Nothing was sent. --again" in said.err
    (silicon / "si.in").write_text("changed")
    assert say("upload", str(silicon), "-o", "ids").out not in (first, another)


def test_an_upload_that_is_gone_on_the_server_is_made_anew(say: Say, silicon: Path, leonard: Any) -> None:
    first = say("upload", str(silicon), "--wait", "-o", "ids").out.strip()
    say("delete", first, "--yes")
    assert say("upload", str(silicon), "-o", "ids").out.strip() != first


def test_of_several_what_is_done_is_said_and_the_rest_is_done(say: Say, silicon: Path, leonard: Any) -> None:
    other = silicon.with_name(f"{silicon.name}-b")
    other.mkdir()
    (other / "si.out").write_bytes((DATA / "si.out").read_bytes())
    first = say("upload", str(silicon), "--publish", "--yes", "-o", "ids").out.strip()
    said = say("upload", str(silicon), str(other), "--publish", "--yes", "-o", "ids")
    assert f"published: upload {first}" in said.err
    assert len(said.out.split()) == 1
    assert say("upload", str(silicon), str(other), "--publish", "--yes", code=2).out == ""


def test_what_was_sent_twice_by_a_broken_command_is_not_chosen_between(say: Say, silicon: Path, leonard: Any) -> None:
    manifest = ns.manifest(silicon)
    row = row_of(leonard, manifest, f"{silicon.name}.zip", settings.state_folder() / "uploads.sqlite")
    row.begin(since="2000-01-01T00:00:00+00:00", known=[])
    row.mark("handed over", bytes=1)
    ids = {ns.wait(leonard, ns.upload(leonard, silicon)).upload_id for _ in range(2)}
    said = say("upload", str(silicon), code=1)
    assert all(upload_id in said.err for upload_id in ids)
    ns.delete(leonard, ids.pop())
    assert set(say("upload", str(silicon), "-o", "ids").out.split()) == ids


def test_what_another_sent_under_the_same_name_is_not_ones_own(say: Say, silicon: Path, leonard: Any) -> None:
    row = row_of(leonard, ns.manifest(silicon), f"{silicon.name}.zip", settings.state_folder() / "uploads.sqlite")
    row.begin(since="2000-01-01T00:00:00+00:00", known=[])
    row.mark("handed over", bytes=1, at=0)
    (silicon / "si.in").rename(silicon / "other.in")
    other = ns.wait(leonard, ns.upload(leonard, silicon)).upload_id
    (silicon / "other.in").rename(silicon / "si.in")
    assert say("upload", str(silicon), "-o", "ids").out.strip() != other


def test_two_commands_do_not_send_the_same_at_once(say: Say, silicon: Path, leonard: Any) -> None:
    row = row_of(leonard, ns.manifest(silicon), f"{silicon.name}.zip", settings.state_folder() / "uploads.sqlite")
    with row.claimed():
        assert "is being sent by another command" in say("upload", str(silicon), code=2).err
    say("upload", str(silicon))


def test_who_stops_a_wait_learns_that_it_is_sent(
    say: Say, silicon: Path, leonard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nomad_swagger.flows.waiting.wait", stopped)
        said = say("upload", str(silicon), "--wait", code=130)
    upload_id = next(iter(ns.list_uploads(leonard))).upload_id
    assert f"stopped. upload {upload_id} is sent: the same again goes on" in said.err
    assert say("upload", str(silicon), "--wait", "-o", "ids").out.split() == [upload_id]


def test_without_a_place_for_a_journal_it_is_sent_and_that_is_said(
    say: Say, silicon: Path, leonard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("nomad_swagger.flows.journal.row_of", full)
    said = say("upload", str(silicon), "-o", "ids")
    assert "no journal can be kept" in said.err
    assert len(said.out.split()) == 1
