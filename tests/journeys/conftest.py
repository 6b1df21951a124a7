"""A real sandbox process, and the command line as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.warm import Process, Warm

COMMAND = [sys.executable, "-m", "nomad_swagger"]
LEONARD = "leonard.hofstadter@nomad-fairdi.tests.de"


@dataclass
class Box:
    """A sandbox in a process of its own."""

    process: Process
    url: str

    @property
    def api_url(self) -> str:
        return f"{self.url}/prod/rae/api"

    @property
    def api_url_08(self) -> str:
        return f"{self.url}/prod/rae-0.8/api"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()


Start = Callable[..., Box]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(silent_environment: Path, tmp_path: Path, warm: Warm) -> Iterator[Start]:
    """Starts a sandbox: ``start("--data", folder)``; all of them end with the test."""
    boxes: list[Box] = []

    def launch(*options: str, port: int = 0) -> Box:
        process = warm.start(["sandbox", "--port", str(port), *options], cwd=tmp_path, piped=["stdout"])
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "NOMAD 0.7.9" in line, "the sandbox did not start"
        boxes.append(Box(process, line.split()[-1].removesuffix("/prod/rae/api")))
        return boxes[-1]

    yield launch
    for box in boxes:
        box.stop()


@pytest.fixture
def run(silent_environment: Path, tmp_path: Path, warm: Warm) -> Run:
    """Runs a command: ``run("search", "elements=Si", code=2)``; the sandbox that runs here unless told otherwise."""

    def call(
        *words: str, code: int = 0, user: str | None = LEONARD, given: str | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        login = {"NOMAD_CLIENT_USER": user, "NOMAD_CLIENT_PASSWORD": "password"} if user else {}
        environment = {**os.environ, "NOMAD_CLIENT_URL": "sandbox", **login, **env}
        done = warm.run(words, given=given or "", cwd=tmp_path, env=environment)
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture(scope="session")
def tutorial_data() -> Path:
    return Path(__file__).parents[2] / "tutorials" / "data"
