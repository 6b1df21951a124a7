"""For every test: an environment that says nothing, and a web server that does what a test's script says."""

from __future__ import annotations

import atexit
import gc
import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.ports import at_its_port
from tests.warm import Warm

# a busy machine is no failure: what is slow is the bench's matter
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

# Which descriptions were found valid by a test of this process: looking again takes a second or more for each.
_VALID: set[str] = set()
_FOREIGN = ("NOMAD_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_KEPT_BYTES = 1 << 20
_COLLECTOR = (50_000, 20, 20)


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Hide the user's settings, logins, caches and proxies; gives the home folder that a test may fill."""
    for name in list(os.environ):
        if name.upper().startswith(_FOREIGN):
            monkeypatch.delenv(name)
    # not pytest's own: that counts all folders that there are, for each of some ten thousand tests
    home = Path(tempfile.mkdtemp(prefix="home-"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    kept = home / "cache" / "nomad-swagger"
    kept.mkdir(parents=True, mode=0o700)
    (kept / "compiled").symlink_to(_compiled(), target_is_directory=True)
    for name in _VALID:
        (kept / name).touch()
    yield home
    _VALID.update(path.name for path in kept.glob("valid-*"))
    shutil.rmtree(home, ignore_errors=True)


@cache
def _compiled() -> Path:
    """Give the folder of what this process has worked out of descriptions: working it out again takes long."""
    folder = Path(tempfile.mkdtemp(prefix="compiled-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: ten thousand tests and all modules, which it would walk each time.

    It still runs, less often: a worker of the tests may take some more memory than one of a user.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTOR)


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process that starts commands without importing everything again."""
    running = Warm()
    yield running
    running.close()


@dataclass
class Asked:
    """A request as it arrived. Of a long body only the beginning is kept."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = field(repr=False)
    size_bytes: int
    sha256: str

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass
class Reply:
    """What to answer.

    ``announced`` is the Content-Length to lie with, None for a body that the end of the connection ends. ``pause_s``
    comes before the answer, ``stall_s`` in the middle of a body that is announced longer than it is.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    announced: int | None = -1
    hang_up: bool = False
    pause_s: float = 0.0
    stall_s: float = 0.0

    @classmethod
    def json(cls, content: Any, status: int = 200, **headers: str) -> Reply:
        return cls(status, json.dumps(content).encode(), {"Content-Type": "application/json", **headers})

    @classmethod
    def text(cls, content: str, status: int = 200, kind: str = "text/html") -> Reply:
        return cls(status, content.encode(), {"Content-Type": kind})

    @classmethod
    def to(cls, location: str, status: int = 302) -> Reply:
        return cls(status, b"", {"Location": location})


class Web:
    """A server on loopback. Answers the replies one after the other, the last one for ever; or by ``answer``."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self.replies: list[Reply] = [Reply()]
        self.answer: Callable[[Asked], Reply] = self._next
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        # a client that hangs up is part of a test
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    def _next(self, asked: Asked) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def script(self, *replies: Reply) -> None:
        self.replies = list(replies)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            asked = Asked(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                *_receive(self),
            )
            web.asked.append(asked)
            reply = web.answer(asked)
            with suppress(ConnectionError):
                _send(self, reply)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _receive(handler: BaseHTTPRequestHandler) -> tuple[bytes, int, str]:
    digest, kept, size = hashlib.sha256(), b"", 0
    for block in _blocks(handler):
        digest.update(block)
        size += len(block)
        kept += block[: _KEPT_BYTES - len(kept)]
    return kept, size, digest.hexdigest()


def _blocks(handler: BaseHTTPRequestHandler) -> Iterator[bytes]:
    if handler.headers.get("Transfer-Encoding") == "chunked":
        while size := int(handler.rfile.readline(), 16):
            yield handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return
    left = int(handler.headers.get("Content-Length") or 0)
    while left and (block := handler.rfile.read(min(left, 1 << 16))):
        left -= len(block)
        yield block


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    time.sleep(reply.pause_s)
    if reply.hang_up:
        handler.close_connection = True
        return
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if reply.announced is None:
        handler.send_header("Connection", "close")
    else:
        handler.send_header("Content-Length", str(len(reply.body) if reply.announced < 0 else reply.announced))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(reply.body)
        time.sleep(reply.stall_s)
    if reply.announced is None or reply.announced > len(reply.body):
        handler.close_connection = True


@pytest.fixture
def web() -> Iterator[Web]:
    server = at_its_port(Web)
    yield server
    server.close()


@pytest.fixture
def other_web() -> Iterator[Web]:
    """A second server: another origin, since its port is another."""
    server = Web()
    yield server
    server.close()


@pytest.fixture
def closed_port() -> str:
    """The URL of a port where nobody listens."""
    server = Web()
    server.close()
    return server.url


@pytest.fixture
def reply() -> type[Reply]:
    return Reply
