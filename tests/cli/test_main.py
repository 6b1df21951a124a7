from __future__ import annotations

import pytest

from nomad_swagger.cli.main import COMMANDS
from tests.cli.conftest import Say


def test_every_command_explains_itself(say: Say) -> None:
    for name, (_, summary) in COMMANDS.items():
        assert f"nomad-swagger {name}" in say(name, "--help").out
        assert summary.endswith(".")


def test_the_commands_of_the_contract_are_there(say: Say) -> None:
    listed = say("--help").out
    words = "demo sandbox login logout whoami upload uploads wait publish delete search download archive ops call"
    for name in words.split():
        assert f"\n  {name} " in listed


def test_an_unknown_command_is_refused_with_the_nearest(say: Say) -> None:
    assert "did you mean 'publish'" in say("publsh", code=2).err


def test_without_a_word_there_is_help(say: Say) -> None:
    said = say(code=2)
    assert "Try it:" in said.out + said.err


@pytest.mark.parametrize("words", [("--url", "sandbox", "uploads"), ("uploads", "--url", "sandbox")])
def test_the_server_may_be_named_before_or_behind_the_command(
    say: Say, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOMAD_CLIENT_URL")
    monkeypatch.setenv("NOMAD_CLIENT_USER", "sheldon.cooper@nomad-fairdi.tests.de")  # who uploads nothing here
    assert "0 uploads" in say(*words).err
