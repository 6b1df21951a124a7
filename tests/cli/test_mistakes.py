"""A new user's mistakes, each at both generations: the next command is named, and does what it is named for.

The list is ``mistakes.yaml``. One test for each generation, since a row costs less than the frame around it.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
import requests

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_sandbox.limits import Limits
from nomad_swagger import settings
from nomad_swagger.advice import table
from nomad_swagger.cli.advice import advise
from nomad_swagger.cli.exit_codes import in_a_row
from nomad_swagger.cli.failures import _extra_for
from nomad_swagger.disk import read_yaml
from nomad_swagger.errors import (
    ConnectionLost,
    InvalidRequest,
    MissingExtra,
    NomadError,
    ServerError,
    UnknownArgument,
    UsageError,
)
from nomad_swagger.science.frames import frame
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import error_of
from tests.cli.conftest import LEONARD, Say

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "sandbox" / "data"
ROWS: list[dict[str, Any]] = read_yaml(Path(__file__).with_name("mistakes.yaml").read_text("utf-8"))
SHELDON = "sheldon.cooper@nomad-fairdi.tests.de"


def test_a_new_users_list_is_long() -> None:
    assert len(ROWS) >= 60


@pytest.fixture(scope="module")
def things(cli_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the list's commands are about; both generations show the same store."""
    folder = tmp_path_factory.mktemp("mistakes")
    profile = settings.sandbox_profile(cli_sandbox.url)
    leonard = ns.connect(profile=profile, user=LEONARD, password="password")
    sheldon = ns.connect(profile=profile, user=SHELDON, password="password")
    (folder / "si").mkdir()
    (folder / "si" / "si.out").write_bytes((DATA / "si.out").read_bytes())
    (folder / "none").mkdir()
    (folder / "none" / "notes.txt").write_text("x")
    (folder / "half" / "broken").mkdir(parents=True)
    (folder / "half" / "si.out").write_bytes((DATA / "si.out").read_bytes())
    (folder / "half" / "broken" / "a.out").write_bytes((DATA / "si.out").read_bytes()[:400])

    def made(client: ns.NomadClient, name: str) -> str:
        return str(ns.wait(client, ns.upload(client, folder / name)).upload_id)

    published, theirs = made(leonard, "si"), made(sheldon, "si")
    ns.publish(leonard, published)
    ns.publish(sheldon, theirs)
    with closing(create_server(("127.0.0.1", 0))) as server:
        closed = server.getsockname()[1]
    return {
        "published": published,
        "theirs": theirs,
        "entry": next(iter(ns.search(sheldon, upload_id=theirs))).entry_id,
        "fresh": made(leonard, "si"),
        "ripe sandbox": made(leonard, "si"),
        "ripe sandbox-v1": made(leonard, "si"),
        "failed": made(leonard, "half"),
        "empty": made(leonard, "none"),
        "port": str(cli_sandbox.port),
        "closed": str(closed),
        "folder": str(folder),
    }


@pytest.mark.parametrize("url", ["sandbox", "sandbox-v1"])
def test_each_mistake_names_the_next_command_and_that_succeeds(
    url: str, say: Say, things: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("si", "empty"):
        (Path.cwd() / name).mkdir()
    (Path.cwd() / "si" / "si.out").write_bytes((DATA / "si.out").read_bytes())
    (Path.cwd() / "empty" / "notes.txt").write_text("x")
    wrong = [
        words
        for row in ROWS
        if row.get("only", url) == url
        for words in _tried(row, {**things, "url": url, "ripe": things[f"ripe {url}"]}, say, monkeypatch)
    ]
    assert not wrong, "\n\n".join(wrong)


def _tried(row: dict[str, Any], known: Mapping[str, str], say: Say, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Type a row's command and the next one, and tell what is not as the row has it."""
    typed, wanted = row["typed"].format(**known), row["next"].format(**known)
    with monkeypatch.context() as patched:
        for name, value in row.get("set", {}).items():
            if value is None:
                patched.delenv(name, raising=False)
            else:
                patched.setenv(name, str(value).format(**known))
        with _stdin(""):
            try:
                said = say(*shlex.split(typed), code=row["code"])
            except AssertionError as error:
                yield f"{typed}\n{error}"
                return
    commands = re.findall(r"^  try: (?:nomad-swagger )?(.*)$", said.err, re.MULTILINE)
    named = [one for one in commands if one == wanted or (row.get("begins") and one.startswith(wanted))]
    if not named:
        yield f"{typed}\n  wanted: {wanted}\n  {said.err}"
    if row.get("says", "") not in said.err:
        yield f"{typed}\n  says not {row['says']!r}: {said.err}"
    if row.get("shell"):
        subprocess.run(shlex.split(wanted), check=True, capture_output=True)
    elif named and "not_run" not in row:
        with _stdin(row.get("stdin", "")):
            try:
                say(*shlex.split(row["run"].format(**known) if "run" in row else named[0]))
            except AssertionError as error:
                yield f"{typed}\n  the next command: {error}"
    if "password" in row.get("stdin", ""):
        say("logout", "--all")


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(f"{text}\n")
    try:
        yield
    finally:
        sys.stdin = before


def test_the_limit_of_unpublished_uploads_is_no_fault_of_the_arguments(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path.cwd() / "si").mkdir()
    (Path.cwd() / "si" / "si.out").write_bytes((DATA / "si.out").read_bytes())
    with Sandbox(limits=Limits(unpublished=0)) as box:
        for api in ("sandbox", "sandbox-v1"):
            profile = settings.sandbox_profile(box.url, api)
            monkeypatch.setenv(settings.ENV_URL, profile.url)
            monkeypatch.setenv(settings.ENV_KEYCLOAK_URL, profile.keycloak.server_url if profile.keycloak else "")
            said = say("upload", "si", "--url", profile.url, code=1)
            assert f"try: nomad-swagger uploads --url {profile.url}" in said.err
            assert "Check the arguments" not in said.err
            say("uploads", "--url", profile.url)


@pytest.mark.parametrize(
    ("error", "typed", "commands"),
    [
        (UsageError("GET x: Missing dependencies for SOCKS support."), "uploads", ["pip install 'requests[socks]'"]),
        (
            ServerError("x: 501 NOT IMPLEMENTED: x is not part of the sandbox", status=501),
            "call x.y --url sandbox",
            ["nomad-swagger ops --url sandbox"],
        ),
        (
            ConnectionLost("GET x: certificate verify failed: self-signed certificate"),
            "uploads",
            ["nomad-swagger config list"],
        ),
        (
            MissingExtra("`demo` needs flask: pip install 'nomad-swagger[sandbox]'"),
            "demo",
            ["pip install 'nomad-swagger[sandbox]'"],
        ),
        (
            InvalidRequest("x: 400: The plain HTTP request was sent to HTTPS port", status=400),
            "uploads --url http://n.x/api",
            ["nomad-swagger uploads --url https://n.x/api"],
        ),
    ],
)
def test_what_no_sandbox_does_has_its_next_command_too(error: NomadError, typed: str, commands: list[str]) -> None:
    known = advise(error, shlex.split(typed))
    assert list(known.commands) == commands
    assert "try again later" not in known.words


def test_a_pause_that_a_server_asks_for_is_told() -> None:
    answer = requests.Response()
    answer.status_code, answer.headers["Retry-After"] = 429, "86400"
    answer._content = b""
    error = error_of(answer, PreparedCall("GET", "https://n.example/api", operation="a.b"))
    assert "It asks for a pause of 86400 s (24 hours). Wait that long" in str(error)


@pytest.mark.parametrize(
    ("command", "extra"), [("demo", "sandbox"), ("dashboard", "dashboard"), ("sandbox", "sandbox")]
)
def test_a_missing_library_is_brought_by_the_extra_of_the_command(command: str, extra: str) -> None:
    ours = _extra_for(ModuleNotFoundError(name="werkzeug.serving"), [command, "--port", "0"])
    assert f"pip install 'nomad-swagger[{extra}]'" in str(ours)


def test_python_is_told_which_extra_brings_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"a table needs pandas: pip install 'nomad-swagger\[pandas\]'"):
        frame([], {})


def test_no_name_is_offered_twice() -> None:
    assert UnknownArgument("pth", ["path", "path"]).nearest == ("path",)


def test_readme_and_guide_say_the_exit_codes_of_the_table() -> None:
    for file in ("README.md", "docs/guide.md"):
        text = " ".join((ROOT / file).read_text("utf-8").replace("`", "").split())
        assert in_a_row() in text, f"{file} should say: {in_a_row()}"


def test_every_row_of_the_table_says_something() -> None:
    assert all(row.python or row.shell or row.tries for row in table())


def test_python_is_not_told_what_to_type_and_the_shell_not_what_to_call() -> None:
    for row in table():
        assert not re.search(r"\w+=[ ,.;)]|\w+\(", row.shell), row
        assert "--yes" not in row.python, row
