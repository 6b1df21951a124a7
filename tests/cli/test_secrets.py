"""Secrets planted everywhere, every kind of command with every logger at DEBUG: none is in anything that was written.

What is searched: all files below the home folder (config, state, cache, downloads), the folder for temporary files, the
log file of all loggers, and both streams. A token may lie in the store of logins and in the file that was asked for.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.registry import write_record
from nomad_swagger import instances, settings
from tests.cli.conftest import Say

PASSWORD = "password"  # the toy accounts have this one, which is also a word
LABEL = "zebra-"
PLANTED = {
    "config password": f"{LABEL}in-the-config",
    "wrong password": f"{LABEL}that-was-refused",
    "wrong token": f"{LABEL}of-the-environment",
    "address": f"{LABEL}in-an-address",
    "query": f"{LABEL}in-a-query",
    "proxy": f"{LABEL}of-a-proxy",
}


def spellings(secret: str) -> Iterator[bytes]:
    yield secret.encode()
    yield quote(secret, safe="").encode()
    for user in ("leonard", "zoe"):
        yield base64.b64encode(f"{user}:{secret}".encode())


def found_in(folders: list[Path], secrets: dict[str, str], allowed: set[Path]) -> list[str]:
    """Give where a secret stands."""
    leaks = []
    for file in (file for folder in folders for file in folder.rglob("*") if file.is_file() and file not in allowed):
        content = file.read_bytes()
        leaks += [f"{name}: {file}" for name, secret in secrets.items() if any(s in content for s in spellings(secret))]
    return leaks


@pytest.fixture
def loggers(silent_environment: Path) -> Iterator[Path]:
    """Every logger at DEBUG, into one file."""
    file, root = silent_environment / "all.log", logging.getLogger()
    handler = logging.FileHandler(file)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    root.setLevel(before)
    handler.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def streams(say: Say, tmp_path: Path) -> Callable[..., str]:
    """Run a command, whatever its exit code, and keep what it wrote."""
    folder = tmp_path / "streams"
    folder.mkdir()

    def call(*words: str, codes: tuple[int, ...] = (0,)) -> str:
        loudly = () if words[0] == "config" else ("-vv",)
        for code in codes:
            try:
                said = say(*words, *loudly, code=code)
                break
            except AssertionError:
                if code == codes[-1]:
                    raise
        (folder / f"{len(list(folder.iterdir()))}.txt").write_text(said.out + said.err)
        return said.out

    return call


def test_a_planted_leak_is_found(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "leak").write_text(f"so it is {PLANTED['query']}, they say")
    (tmp_path / "basic").write_bytes(b"Authorization: Basic " + base64.b64encode(b"leonard:" + b"zebra-of-a-proxy"))
    leaks = found_in([tmp_path], PLANTED, set())
    assert sorted(leak.split(":")[0] for leak in leaks) == ["proxy", "query"]


def test_no_secret_is_in_anything_that_is_written(
    streams: Callable[..., str],
    cli_sandbox: Sandbox,
    silent_environment: Path,
    temporary: Path,
    loggers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, v1 = settings.config_file(), ("--url", cli_sandbox.api_url_v1)
    monkeypatch.setenv(settings.ENV_CACHE, str(silent_environment / "own-cache"))
    config.parent.mkdir(parents=True)
    config.write_text(
        f"profiles:\n  lab: {{url: '{cli_sandbox.api_url}', user: zoe, password: {PLANTED['config password']}}}\n"
        f"  far: {{url: 'http://127.0.0.1:9/api', proxy: 'http://zoe:{PLANTED['proxy']}@127.0.0.1:9'}}\n"
    )
    config.chmod(0o600)
    # as the environment's user on v0, then by a stored login on v1
    _use(streams, tmp_path, "--url", "sandbox")
    for name in (settings.ENV_USER, settings.ENV_PASSWORD):
        monkeypatch.delenv(name)
    _type(monkeypatch, PASSWORD)
    streams("login", "--user", "leonard", "--password-stdin", *v1)
    _use(streams, tmp_path, *v1)
    _type(monkeypatch, PASSWORD)
    streams("token", "create", "x", "--to", "token-file", "--scopes", "entries:read", "--password-stdin", *v1)
    # logins that are refused, wrong in every place
    _type(monkeypatch, PLANTED["wrong password"])
    for where in (v1, ("--url", "sandbox")):
        _type(monkeypatch, PLANTED["wrong password"])
        streams("login", "--user", "leonard", "--password-stdin", *where, codes=(3,))
    streams("uploads", "--profile", "lab", codes=(3,))
    streams("search", "--profile", "far", codes=(4, 6))
    streams("doctor", "--profile", "far", "-o", "json", codes=(1,))
    streams("config", "list")
    monkeypatch.setenv(settings.ENV_TOKEN, PLANTED["wrong token"])
    streams("uploads", *v1, codes=(3,))
    streams("whoami", *v1, codes=(3,))
    streams("search", *v1, codes=(3,))
    monkeypatch.delenv(settings.ENV_TOKEN)
    inside = cli_sandbox.api_url_v1.replace("http://", f"http://zoe:{PLANTED['address']}@")
    streams("search", "--url", inside, codes=(2,))
    for end in (f"/openapi.json?token={PLANTED['query']}", f"/nothing?token={PLANTED['query']}"):
        streams("search", "--url", cli_sandbox.api_url_v1 + end, codes=(0, 4, 1, 2, 3))
    # v0 takes an upload token in the query of its own address
    streams(
        "call",
        "uploads.upload",
        "--token",
        PLANTED["query"],
        "--local_path",
        "x",
        "--url",
        "sandbox-0.8",
        codes=(2, 3, 1),
    )
    tokens = _tokens()
    store, token_file = settings.state_folder() / "logins.json", tmp_path / "token-file"
    secrets = {**PLANTED, **tokens, "personal": token_file.read_text().strip()}
    assert len(tokens) >= 1
    leaks = found_in([silent_environment, temporary, tmp_path], secrets, {config, store, token_file})
    assert leaks == []
    assert loggers.stat().st_size > 10_000  # they did speak
    assert [file for file in (store, token_file) if file.stat().st_mode & 0o077] == []
    streams("logout", "--all")


def _use(streams: Callable[..., str], tmp_path: Path, *where: str) -> None:
    streams("whoami", *where)
    calc = Path(__file__).parents[2] / "tutorials" / "data" / "silicon"
    upload_id = streams("upload", str(calc), "--wait", "-o", "ids", *where).strip().splitlines()[-1]
    streams("uploads", *where)
    streams("search", "elements=Si", *where)
    streams("download", upload_id, "--to", f"down-{len(where[1])}", *where, codes=(0, 1, 2, 4))
    streams("ops", *where)
    streams("recipe", "uploads.get_uploads", "--style", "curl", *where)
    streams("logins", "-o", "json")
    streams("doctor", *where)
    streams("delete", upload_id, "--yes", *where, codes=(0, 2))


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def _tokens() -> dict[str, str]:
    from nomad_swagger.client.connect import token_store

    return {login.api_url: login.access_token for login in token_store().all()}


def test_a_cache_and_a_store_are_closed_to_others_under_any_umask(
    say: Say, cli_sandbox: Sandbox, silent_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(silent_environment / "deep" / name.lower()))
    monkeypatch.delenv(settings.ENV_CACHE)
    before = os.umask(0)
    try:
        write_record(settings.state_folder() / instances.FOLDER, cli_sandbox.port, name="test", data=None)
        _type(monkeypatch, PASSWORD)
        say("login", "--user", "leonard", "--password-stdin")
        say("search")
    finally:
        os.umask(before)
    for folder in (silent_environment / "deep").rglob("*"):
        if folder.is_dir():
            assert folder.stat().st_mode & 0o022 == 0, folder
    for folder in (settings.cache_folder(), settings.state_folder()):
        assert folder.stat().st_mode & 0o077 == 0
    assert (settings.state_folder() / "logins.json").stat().st_mode & 0o077 == 0
