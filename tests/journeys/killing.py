"""Commands that are killed (SIGKILL), each in a process of its own, at a boundary between two requests or by the clock.

They speak through a relay, which knows the requests by kind: however often one looks whether an upload is processed, it
is one boundary. At the boundary that a test names the relay kills the command before the request reaches the server, in
its body, or behind it, when the server did what it was asked; or it only loses the answer.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nomad_sandbox import Sandbox
from tests.flows.relay import Fault, Passing, Relay
from tests.journeys.conftest import LEONARD
from tests.warm import Process, Warm

SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
SEED = int(os.environ.get("NOMAD_SWAGGER_SEED") or time.time_ns() % 10**6)
KILLS = ("before", "in the body", "behind")
_ID = re.compile(r"(?<=/uploads/)[\w-]{22}")
_LONGEST_S = 1800 if SOAK else 120


@dataclass(frozen=True)
class Break:
    """What happens to a command: it is killed, or an answer is lost, at the n-th such request; or the clock kills it.

    Attributes
    ----------
    kind : str
        One of `KILLS`, ``lost``, or ``clock``.
    """

    kind: str
    request: str = ""
    nth: int = 1
    after_s: float = 0.0


class Killer:
    """Runs commands at a sandbox through a relay, and breaks them."""

    def __init__(self, warm: Warm, box: Sandbox, version: str, place: Path) -> None:
        self._warm, self._place, self.relay = warm, place, Relay(box.url)
        path = {"v0": box.api_url_08, "v1": box.api_url_v1}[version].removeprefix(box.url)
        self._env = {**os.environ, "NOMAD_CLIENT_URL": self.relay.url + path, "NOMAD_CLIENT_USER": LEONARD}
        self._env |= {"NOMAD_CLIENT_PASSWORD": "password"}
        self._due: list[Break] = []
        self._process: Process | None = None
        self._met: Counter[str] = Counter()
        self._turn, self._started = threading.Lock(), threading.Event()
        self.happened: list[Break] = []
        self.relay.arriving = lambda method, path: self._at("in the body", _kind(method, path))
        self.relay.change = self._before
        self.relay.fault = self._behind

    def run(self, words: Sequence[str], planned: Sequence[Break] = ()) -> tuple[int, str, str]:
        """Run a command, break it as planned, each once, and give its exit code, -9 if killed, and its words."""
        with self._turn:
            self._due, self._met = list(planned), Counter()
        self._started.clear()
        folder = self._place / "said"
        folder.mkdir(exist_ok=True)
        with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
            into = {"stdout": out.fileno(), "stderr": err.fileno()}
            self._process = self._warm.start(words, env=self._env, cwd=self._place, piped=(), into=into)
            self._started.set()
            for one in planned:
                if one.kind == "clock":
                    self._by_the_clock(self._process, one)
            code = self._process.wait(_LONGEST_S)
            out.seek(0), err.seek(0)
            said = out.read().decode(), err.read().decode()
        assert "Traceback" not in said[1], said[1]
        return code, *said

    def kinds(self, since: int = 0) -> list[str]:
        """Give the requests by kind, each once, in their order."""
        return list(dict.fromkeys(_kind(one.method, one.path) for one in self.relay.passed[since:]))

    def __enter__(self) -> Killer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
        self.relay.close()

    def _by_the_clock(self, process: Process, planned: Break) -> None:
        try:
            process.wait(planned.after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            self.happened.append(planned)

    def _is_due(self, kind: str, request: str) -> bool:
        """Tell whether the break is now; each happens once."""
        with self._turn:
            self._met[f"{kind} {request}"] += 1
            met = self._met[f"{kind} {request}"]
            found = [one for one in self._due if (one.kind, one.request) == (kind, request) and met >= one.nth]
            if not found:
                return False
            self._due.remove(found[0])
            self.happened.append(found[0])
            return True

    def _at(self, kind: str, request: str) -> None:
        if self._is_due(kind, request):
            self._started.wait(_LONGEST_S)
            assert self._process is not None
            os.kill(self._process.pid, signal.SIGKILL)
            if kind != "behind":
                raise ConnectionAbortedError("the server never hears of it")

    def _before(self, passing: Passing) -> Passing:
        self._at("before", _kind(passing.method, passing.path))
        return passing

    def _behind(self, passing: Passing) -> Fault | None:
        request = _kind(passing.method, passing.path)
        self._at("behind", request)
        return Fault(lost=True) if self._is_due("lost", request) else None


def any_breaks(dice: random.Random, requests: Sequence[str], longest_s: float) -> list[Break]:
    """Give what may happen anywhere in a run: answers that get lost, and an end by the clock or at a request."""
    lost = [Break("lost", request) for request in dice.sample(list(requests), dice.randint(0, 2))]
    kill = Break(dice.choice(KILLS), dice.choice(requests))
    return [*lost, kill if dice.random() < 0.7 else Break("clock", after_s=dice.uniform(0, longest_s))]


def _kind(method: str, path: str) -> str:
    return f"{method} {_ID.sub('ID', path)}"
