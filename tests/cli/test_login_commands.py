"""login, logins, logout, whoami, token, config and doctor, in this process against a sandbox."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nomad_sandbox import Sandbox
from nomad_swagger import settings
from tests.cli.conftest import LEONARD, Say

_WORD = "p4ss-w0rd-that-nobody-sees"


@pytest.fixture
def nobody(say: Say, monkeypatch: pytest.MonkeyPatch) -> Say:
    """The commands without a login in the environment."""
    monkeypatch.delenv(settings.ENV_USER)
    monkeypatch.delenv(settings.ENV_PASSWORD)
    return say


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def type_in(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    return type_in


@pytest.fixture
def v1(cli_sandbox: Sandbox) -> tuple[str, str]:
    """v1 by its address: no Keycloak is named for it."""
    return "--url", cli_sandbox.api_url_v1


def test_a_login_says_what_is_kept_and_until_when(nobody: Say, typed: Any, v1: Any) -> None:
    typed("password")
    said = nobody("login", "--user", LEONARD, "--password-stdin", *v1)
    assert f"as {LEONARD}" in said.err and "app token: until 20" in said.err
    who = nobody("whoami", *v1).out
    assert f"{LEONARD} at" in who and "(stored login)" in who and "until: 20" in who and "Leonard Hofstadter" in who
    facts = json.loads(nobody("whoami", "-o", "json", *v1).out)
    assert (facts["kept"], facts["source"]) == ("app token", "stored")
    (row,) = json.loads(nobody("logins", "-o", "json").out)
    assert (row["who"], row["kept"], row["server"]) == (LEONARD, "app token", v1[1])
    assert "until" in nobody("logins").out
    assert "logged out of" in nobody("logout", *v1).err
    assert "no login is stored" in nobody("logins").err


def test_all_logins_are_forgotten_at_once(nobody: Say, typed: Any, v1: Any) -> None:
    for where in (v1, ("--url", "sandbox")):
        typed("password")
        nobody("login", "--user", LEONARD, "--password-stdin", *where)
    assert "2 logins forgotten" in nobody("logout", "--all").err
    assert nobody("logins", "-o", "ids").out == ""


def test_anonymous_is_nobody_in_every_command(say: Say) -> None:
    assert say("whoami", "--anonymous").out.startswith("anonymous at ")
    assert "needs a login" in say("uploads", "--anonymous", code=3).err
    say("search", "--anonymous")


def test_two_ways_to_log_in_are_one_too_many(nobody: Say) -> None:
    assert "one of them" in nobody("login", "--device", "--browser", code=2).err


def test_a_page_to_log_in_on_needs_a_login_server(nobody: Say, v1: Any) -> None:
    assert "none is named" in nobody("login", "--device", *v1, code=2).err


def test_reading_rights_search_and_do_not_upload(nobody: Say, typed: Any, v1: Any, tmp_path: Path) -> None:
    typed("password")
    reading = "entries:read,uploads:read,datasets:read"
    nobody("login", "--user", LEONARD, "--password-stdin", "--scopes", reading, "--days", "2", *v1)
    nobody("search", *v1)
    nobody("uploads", *v1)
    (tmp_path / "calc").mkdir()
    (tmp_path / "calc" / "a.txt").write_text("x")
    refused = nobody("upload", "calc", *v1, code=3).err
    assert "uploads:write" in refused and "--scopes" in refused
    assert "scopes: datasets:read, entries:read, uploads:read, users:read" in nobody("whoami", *v1).out


def test_a_token_is_made_listed_replaced_used_and_revoked(say: Say, typed: Any, v1: Any, tmp_path: Path) -> None:
    made = say("token", "create", "ci", "--scopes", "entries:read", "--days", "7", *v1)
    assert made.out.startswith("nomad_pat_") and "entries:read, users:read" in made.err
    listed = json.loads(say("token", "list", "-o", "json", *v1).out)
    (row,) = [row for row in listed if row["name"] == "ci"]
    assert "nomad_pat_" not in json.dumps(listed)
    file = tmp_path / "token"
    assert say("token", "rotate", row["id"], "--to", str(file), *v1).out == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in say("token", "rotate", row["id"], "--to", str(file), *v1, code=2).err
    typed(file.read_text())
    say("login", "--token-stdin", *v1)
    assert "is revoked" in say("token", "revoke", row["id"], *v1).err


def test_an_app_token_makes_no_tokens_so_the_password_is_asked_for(nobody: Say, typed: Any, v1: Any) -> None:
    typed("password")
    nobody("login", "--user", LEONARD, "--password-stdin", *v1)
    typed("")
    assert "--password-stdin" in nobody("token", "create", "x", *v1, code=3).err
    typed("password")
    made = nobody("token", "create", "x", "--scopes", "entries:read", "--password-stdin", *v1)
    assert made.out.startswith("nomad_pat_")


def test_the_config_says_each_value_and_where_it_comes_from(say: Say) -> None:
    rows = {row["key"]: row for row in json.loads(say("config", "list", "-o", "json").out)}
    assert rows[settings.ENV_PASSWORD] == {"key": settings.ENV_PASSWORD, "value": "***", "source": "environment"}
    assert rows["profiles.central.url"]["source"] == "built in"
    assert say("config", "path").out.strip() == str(settings.config_file())


def test_a_value_is_set_with_the_comments_kept_and_the_file_closed(say: Say, typed: Any) -> None:
    file = settings.config_file()
    file.parent.mkdir(parents=True)
    file.write_text("# mine\nprofiles:\n  lab:  # the institute\n    url: https://lab.example/api\n")
    say("config", "set", "default", "lab")
    typed(_WORD)
    said = say("config", "set", "profiles.lab.password")
    assert _WORD not in said.out + said.err
    text = file.read_text()
    assert "# mine" in text and "# the institute" in text and _WORD in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert say("config", "get", "profiles.lab.password").out == "***\n"
    assert say("config", "get", "default").out == "lab\n"
    file.chmod(0o644)
    assert "others can read it" in say("config", "list").err


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("config", "set", "defalt", "lab"), "default"),
        (("config", "set", "profiles.lab.pasword", "x"), "password"),
        (("config", "get", "profiles.central.ulr"), "profiles.central.url"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(say: Say, words: tuple[str, ...], nearest: str) -> None:
    assert nearest in say(*words, code=2).err
    assert not settings.config_file().exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("defalt: lab", "did you mean 'default'"),
        (f"profiles: {{lab: {_WORD}}}", "no block of keys"),
        (f"profiles: {{lab: {{password: *{_WORD}}}}}", "line 1"),
        (f"profiles: {{lab: {{password: !{_WORD} x}}}}", "line 1"),
        (f"profiles: [{_WORD}]", "one block per name"),
        (f"{_WORD}", "one block per name"),
        (f"profiles: {{lab: {{pasword: {_WORD}}}}}", "did you mean 'password'"),
        (f"profiles: {{lab: {{password: [{_WORD}]}}}}", "must be text"),
        (f"profiles: {{lab: {{keycloak: {{server: {_WORD}}}}}}}", "server_url"),
    ],
)
def test_a_config_that_is_none_is_refused_and_never_quoted(say: Say, text: str, words: str) -> None:
    file = settings.config_file()
    file.parent.mkdir(parents=True)
    file.write_text(text)
    file.chmod(0o600)
    said = say("search", code=2)
    assert words in said.err
    assert _WORD not in said.out + said.err


def test_the_doctor_tells_what_is_there_and_nothing_secret(say: Say) -> None:
    rows = {row["what"]: row for row in json.loads(say("doctor", "-o", "json").out)}
    assert rows["server"]["state"] == rows["login"]["state"] == rows["clock"]["state"] == "good"
    assert '"password"' not in json.dumps(rows)
    assert "nothing is in the way" in say("doctor").err


def test_the_doctor_says_what_is_in_the_way(say: Say, closed_port: str, silent_environment: Path) -> None:
    said = say("doctor", "--url", f"{closed_port}/api", code=1)
    assert "in the way: server" in said.err
    settings.state_folder().chmod(0o777)
    assert "folder state" in say("doctor", code=1).err
