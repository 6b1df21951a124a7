"""A line that cuts, and a server of files with and without ranges, for what comes down."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.send import Transport
from tests.conftest import Web
from tests.lines import Line, hang_up


class Cutter(Line):
    """A relay that hangs up on each connection after so many bytes, and counts what it let through.

    With ``bytes_per_s`` a connection is as slow as that; with ``hold_bytes`` each is silent after so many, until
    :meth:`let_go`. ``held`` and ``connections`` count how many are, and were made.
    """

    def __init__(self, port: int, cut_bytes: int = 0, *, bytes_per_s: int = 0, hold_bytes: int = 0) -> None:
        self.cut_bytes, self.passed_bytes, self.bytes_per_s = cut_bytes, 0, bytes_per_s
        self._hold_bytes, self._goes, self.held, self.connections = hold_bytes, threading.Event(), 0, 0
        self._counting = threading.Lock()
        super().__init__(port)

    def let_go(self) -> None:
        self._hold_bytes = 0
        self._goes.set()

    def close(self) -> None:
        self.let_go()
        super().close()

    def relay(self, client: socket.socket, server: socket.socket) -> None:
        self.connections += 1
        threading.Thread(target=self._relay, args=(client, server), daemon=True).start()

    def _relay(self, client: socket.socket, up: socket.socket) -> None:
        threading.Thread(target=_pump, args=(client, up), daemon=True).start()
        passed = 0
        with suppress(OSError):
            while data := up.recv(1 << 16):
                if self.cut_bytes:
                    data = data[: self.cut_bytes - passed]
                passed += len(data)
                self.passed_bytes += len(data)
                client.sendall(data)
                if self.bytes_per_s:
                    time.sleep(len(data) / self.bytes_per_s)
                if self.cut_bytes and passed >= self.cut_bytes:
                    break
                if self._hold_bytes and passed >= self._hold_bytes:
                    self._hold()
        hang_up(client, up)

    def _hold(self) -> None:
        with self._counting:
            self.held += 1
        self._goes.wait()
        with self._counting:
            self.held -= 1


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)


class Shelf:
    """A server of files: ``ranges`` says whether it knows HTTP's ranges, ``etag`` what it says of a content."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.ranges, self.etags = True, True
        self.asked: list[tuple[str, str]] = []
        self.sent_bytes = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(shelf: Shelf) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = shelf.contents[self.path]
            span = self.headers.get("Range", "")
            shelf.asked.append((self.path, span))
            etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            same = self.headers.get("If-Range", etag) == etag
            if span and shelf.ranges and same:
                first, _, last = span.removeprefix("bytes=").partition("-")
                begin = int(first) if first else max(len(content) - int(last), 0)
                end = min(int(last) + 1 if first and last else len(content), len(content))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}")
                content = content[begin:end]
            else:
                self.send_response(200)
            if shelf.ranges:
                self.send_header("Accept-Ranges", "bytes")
            if shelf.etags:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            shelf.sent_bytes += len(content)  # before: whoever has read it all may look at once
            with suppress(OSError):
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def transport() -> Transport:
    return Transport()


@pytest.fixture
def call(web: Web) -> Callable[..., PreparedCall]:
    return lambda **more: PreparedCall("GET", f"{web.url}/x", operation="raw.get", repeatable=True, **more)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    server = Shelf()
    yield server
    server.close()


@pytest.fixture
def cutter() -> Iterator[Callable[[int, int], Cutter]]:
    made: list[Cutter] = []

    def make(port: int, cut_bytes: int) -> Cutter:
        made.append(Cutter(port, cut_bytes))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """Gives the names of all files below a folder."""
    return lambda folder: sorted(path.name for path in folder.rglob("*") if path.is_file())
