"""Streams that cannot carry every character: the commands do their work and say so with their right code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.main import cli
from nomad_swagger.cli.words import shielded
from nomad_swagger.settings import Keycloak, Profile
from tests.cli.conftest import LEONARD, Say
from tests.cli.screens import Screen

NAME = "Ångström 硅 → 😀"
_SILICON = Path(__file__).parents[2] / "tutorials" / "data" / "silicon"


@pytest.fixture(scope="module")
def entry(cli_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> ns.Entry:
    """An entry whose every text has characters that few encodings have."""
    packed = tmp_path_factory.mktemp("packed") / "silicon.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in _SILICON.iterdir():
            archive.write(file, f"{NAME}/{file.name}")
    profile = Profile(name="own", url=cli_sandbox.api_url, keycloak=Keycloak(cli_sandbox.keycloak_url))
    client = ns.connect(profile=profile, spec="nomad-0.7.9", user=LEONARD, password="password")
    upload = ns.wait(client, ns.upload(client, packed, name=NAME))
    ns.edit(client, upload, comment=NAME)
    (found,) = ns.search(client, owner="user", upload_id=upload.upload_id)
    return found


def lines_of(entry: ns.Entry, url: str) -> dict[tuple[str, ...], int]:
    """Give command lines, each with its right code."""
    at = ["--url", url, "--spec", {"sandbox": "nomad-0.7.9", "sandbox-v1": "nomad-1.4.3"}[url]]
    mine = ["--owner", "user", f"upload_id={entry.upload_id}"]
    lines = {
        (*at, *words, *(["-o", fmt] if fmt else [])): 0
        for words in (["search", *mine], ["uploads"], ["ls", entry.upload_id, "-R"])
        for fmt in ("", "json", "ndjson", "csv", "ids")
    }
    lines |= {
        (*at, "wait", entry.upload_id): 0,
        (*at, "download", f"{entry.upload_id}/{entry.mainfile}", "--to", f"to {url}"): 0,
        (*at, "download", entry.upload_id, "--dry-run"): 0,
        (*at, "edit", entry.upload_id, "--comment", NAME, "--dry-run"): 0,
        (*at, "archive", entry.entry_id): 0,
        (*at, "cat", f"{entry.upload_id}/{entry.mainfile}"): 0,
        (*at, "cite", entry.entry_id): 0,
        (*at, "show", entry.entry_id): 0,
        (*at, "show", entry.upload_id): 0,
        (*at, "open", entry.entry_id, "--no-browser"): 0,
        (*at, "users", "sheldon"): 0,
        (*at, "whoami"): 0,
        (*at, "dataset", "create", NAME, "--dry-run"): 0,
        (*at, "dataset", "show", NAME): 4,
        (*at, "stats", "code", "--owner", "user"): 0,
        (*at, "publish", entry.upload_id, "--comment", NAME, "--dry-run"): 0,
        (*at, "upload", NAME, "--dry-run"): 2,  # it is not there
        (*at, "mirror", "plan", *mine): 0,
        (*at, "mirror", "status", NAME): 2,
        (*at, "call", f"no.{NAME}"): 2,
        (*at, "recipe", "search", f"path={NAME}"): 0,
        (*at, "ops", "search"): 0,
        ("tutorials", "--to", f"{NAME}/{url}"): 0,
        (*at, "describe", f"no.{NAME}"): 2,
        (*at, "wait", f"{NAME}"): 4,
        (*at, "delete", entry.upload_id): 2,
        (*at, "uploads", f"--{NAME}"): 2,
        ("--help",): 0,
        ("search", "--help"): 0,
    }
    return lines


@pytest.mark.parametrize(
    ("encoding", "tty"),
    [("cp1252", True), ("ascii", True), ("latin-1", True), ("ascii", False)],
    ids=["cp1252 terminal", "ascii terminal", "latin-1 terminal", "ascii pipe"],
)
def test_every_command_ends_with_its_right_code(
    encoding: str, tty: bool, entry: ns.Entry, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    del say  # its environment is what is wanted
    url = "sandbox" if tty else "sandbox-v1"
    for words, right in lines_of(entry, url).items():
        out, err = Screen(encoding, tty=tty), Screen(encoding, tty=tty)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as left:
            run(cli, shielded(words))
        assert left.value.code == right, (words, out.raw_text, err.raw_text)
        if words[-1] == "json":
            assert NAME in json.dumps(json.loads(out.raw_text), ensure_ascii=False), (
                "json says the same in every encoding"
            )


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "cp1252:strict"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda variables: " ".join(f"{name}={value}" for name, value in variables.items()),
)
def test_a_process_with_a_narrow_encoding_prints(
    variables: dict[str, str], entry: ns.Entry, say: Say, tmp_path: Path
) -> None:
    del say
    words = ["--spec", "nomad-0.7.9", "search", "--owner", "user", f"upload_id={entry.upload_id}"]
    done = subprocess.run(
        [sys.executable, "-m", "nomad_swagger", *words],
        capture_output=True,
        env={**os.environ, **variables, settings.ENV_CACHE: os.environ[settings.ENV_CACHE]},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"\\u7845" in done.stdout
