"""A sandbox for commands that run in this process, and a way to run them as ``main`` does."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.registry import write_record
from nomad_swagger import instances, settings
from nomad_swagger.apispec.model import Spec
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.main import cli
from nomad_swagger.cli.words import shielded
from tests.cli.read_once import derive_once

LEONARD = "leonard.hofstadter@nomad-fairdi.tests.de"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture(scope="session")
def cli_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture(scope="session")
def cli_spec_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spec-cache")


@pytest.fixture
def say(
    silent_environment: Path,
    cli_sandbox: Sandbox,
    cli_spec_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Say:
    """Runs a command as leonard at the sandbox, in a folder of its own: ``say("uploads", "-o", "ids", code=0)``."""
    monkeypatch.chdir(tmp_path)
    for name, shared in derive_once().items():
        monkeypatch.setattr(Spec, name, shared)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end
    write_record(settings.state_folder() / instances.FOLDER, cli_sandbox.port, name="test", data=None)
    for name, value in {
        settings.ENV_CACHE: str(cli_spec_cache),
        settings.ENV_URL: "sandbox",
        settings.ENV_USER: LEONARD,
        settings.ENV_PASSWORD: "password",
    }.items():
        monkeypatch.setenv(name, value)

    def call(*words: str, code: int = 0) -> Said:
        capfd.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            with pytest.raises(SystemExit) as left:
                run(cli, shielded(words))
        out, err = capfd.readouterr()
        assert left.value.code == code, f"{words}: exit {left.value.code}\n{out}\n{err}"
        return Said(code, out, err)

    return call
