"""Uploads that are killed between any two requests, with lost answers mixed in: the same line again ends them, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.cli.consent import Consent
from nomad_swagger.cli.sending import Asked, look_at, send_all
from nomad_swagger.flows import polling, resuming
from nomad_swagger.flows.records import Upload
from nomad_swagger.settings import Keycloak, Profile
from nomad_swagger.transfers.manifest import Rules
from tests.flows.relay import Fault, Relay
from tests.journeys.conftest import COMMAND, LEONARD

pytestmark = pytest.mark.journey

SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
LINES = 100 if SOAK else 10
REQUESTS = 12  # of a line that nobody kills, about
DATA = Path(__file__).parents[1] / "sandbox" / "data"


class Killed(BaseException):
    """Nothing of ours may catch it: a process that is killed runs no line more."""


class Line:
    """A client's connection on which things break: kills before a request, behind it, in the body; lost answers."""

    def __init__(self, client: Any) -> None:
        self._session = client.nomad.transport.session
        self._send: Callable[..., requests.Response] = self._session.send
        self._session.send = self._passing
        self.breaks: dict[int, str] = {}
        self.count = 0

    def _passing(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        self.count += 1
        what = self.breaks.get(self.count, "")
        if what == "before":
            raise Killed
        if what == "in the body" and request.body is not None:
            next(iter(request.body), None)  # type: ignore[arg-type]
            raise Killed
        answer = self._send(request, **how)
        if what == "behind":
            raise Killed
        if what == "lost":
            raise requests.exceptions.ConnectionError("lost")
        return answer

    def close(self) -> None:
        self._session.send = self._send


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def connect(box: Sandbox, version: str) -> Any:
    api_url = {"v0": box.api_url_08, "v1": box.api_url_v1}[version]
    profile = Profile(name="sandbox", url=api_url, keycloak=Keycloak(box.keycloak_url))
    return ns.connect(profile=profile, user=LEONARD, password="password")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that had all of an upload a moment ago is given less time than outside."""
    monkeypatch.setattr(resuming, "_SETTLES_S", 0.2)
    monkeypatch.setattr(polling.Patience, "__init__", _quick(polling.Patience.__init__))


def _quick(init: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, *given: Any, **more: Any) -> None:
        init(self, *given, **{"first_s": 0.01, "longest_s": 0.1, **more})

    return made


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_line_that_is_killed_at_any_request_makes_one_upload(
    box: Sandbox, version: str, tmp_path: Path, impatient: None
) -> None:
    seed = int(os.environ.get("NOMAD_SWAGGER_SEED", time.time_ns() % 10**6))
    print(f"seed {seed}")  # noqa: T201 - to repeat it
    dice, client = random.Random(seed), connect(box, version)
    line = Line(client)
    names = [f"{version}-{seed}-{number}" for number in range(LINES)]
    for name in names:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
        for times in range(dice.randint(1, 3)):
            kinds = ["before", "behind", "lost", "in the body"]
            at = line.count + (dice.randint(1, REQUESTS) if times else 1 + names.index(name) % REQUESTS)
            line.breaks = {at: dice.choice(kinds)}
            if _typed(client, folder):
                break
        line.breaks = {}
        assert _typed(client, folder) or _typed(client, folder), f"seed {seed}: {name} does not end"
    line.close()
    for name in names:
        made = list(ns.list_uploads(client, state="all", name=f"{name}.zip"))
        assert [upload.published for upload in made] == [True], f"seed {seed}: {name} is there as {made}"
        assert [entry.mainfile for entry in ns.search(client, upload_id=made[0].upload_id)] == [f"{name}/si.out"]


def _typed(client: Any, folder: Path) -> bool:
    """Type the line once, and tell whether it came to its end."""
    made: list[Upload] = []
    consent = Consent(yes=True)
    consent.watch(client)
    try:
        send_all(client, consent, [look_at(folder, Rules(), None)], Asked(publishes=True), made)
    except resuming.DoneBefore:
        return True
    except (Killed, ns.ConnectionLost, ns.ServerError):
        return False
    return made[-1].published


@pytest.mark.skipif(not SOAK, reason="minutes: make soak")
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_process_that_is_killed_by_the_clock_or_at_a_request_makes_one_upload(
    box: Sandbox, version: str, tmp_path: Path, silent_environment: Path
) -> None:
    seed = int(os.environ.get("NOMAD_SWAGGER_SEED", time.time_ns() % 10**6))
    print(f"seed {seed}")  # noqa: T201
    dice, relay = random.Random(seed), Relay(box.url)
    path = {"v0": box.api_url_08, "v1": box.api_url_v1}[version].removeprefix(box.url)
    env = {**os.environ, "NOMAD_CLIENT_URL": relay.url + path, "NOMAD_CLIENT_USER": LEONARD}
    env |= {"NOMAD_CLIENT_PASSWORD": "password"}
    running: list[subprocess.Popen[bytes]] = []
    breaks: dict[int, str] = {}

    def fault(_passing: Any) -> Fault | None:
        what = breaks.pop(len(relay.passed), "")
        if what == "kill" and running[-1].poll() is None:
            running[-1].send_signal(signal.SIGKILL)
        return Fault(lost=True) if what else None

    relay.fault = fault
    try:
        for number in range(LINES):
            folder = tmp_path / f"{version}-{seed}-{number}"
            folder.mkdir()
            (folder / "si.out").write_bytes((DATA / "si.out").read_bytes())
            for attempt in range(20):
                breaks.clear()
                if attempt < 3:
                    breaks[len(relay.passed) + dice.randint(1, REQUESTS)] = dice.choice(["kill", "lost"])
                running.append(subprocess.Popen([*COMMAND, "upload", str(folder), "--publish", "--yes"], env=env))
                if attempt < 3 and dice.random() < 0.3:
                    time.sleep(dice.uniform(0.3, 2.5))
                    running[-1].kill()
                if running[-1].wait(timeout=120) in (0, 2):
                    break
            made = list(ns.list_uploads(connect(box, version), state="all", name=f"{folder.name}.zip"))
            assert [upload.published for upload in made] == [True], f"seed {seed}: {folder.name} is there as {made}"
    finally:
        relay.close()
