"""A relay in front of a real sandbox that loses answers and cuts bodies, as a test says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OWN_HEADERS = ("connection", "transfer-encoding", "content-length")


@dataclass
class Passing:
    """A request on its way through."""

    method: str
    path: str
    query: str = ""
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass
class Fault:
    """What to do to an answer.

    Attributes
    ----------
    kept_bytes : int
        How much of the body gets through; -1 for all of it.
    lost : bool
        Nothing gets through, though the server did what it was asked.
    status : int
        Another status than the server's, 0 for its own; the body is then a proxy's page.
    instead : bytes
        What is answered with 200 instead of the server's word.
    """

    kept_bytes: int = -1
    lost: bool = False
    status: int = 0
    instead: bytes | None = None


class Relay:
    """Passes requests on to a server, and its answers back; ``fault`` may spoil them."""

    def __init__(self, upstream: str, port: int = 0) -> None:
        self.passed: list[Passing] = []
        self.carried_bytes = 0
        self.fault: Callable[[Passing], Fault | None] = lambda passing: None
        self.change: Callable[[Passing], Passing] = lambda passing: passing
        self.arriving: Callable[[str, str], None] = lambda method, path: None  # the body is not read yet
        self.dead = False
        self._upstream = urlsplit(upstream).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str, ending: str = "") -> int:
        return sum(1 for passing in self.passed if passing.method == method and passing.path.endswith(ending))

    def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._upstream, timeout=60)
        try:
            connection.request(method, target, body or None, headers)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            self.close_connection = True
            if relay.dead:
                return
            path, _, query = self.path.partition("?")
            relay.arriving(self.command, path)
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            if len(body) < size:
                return  # its sender is gone, and no proxy makes a request of a part
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
            passing = Passing(self.command, path, query, body, headers)
            relay.passed.append(passing)
            asked = relay.change(passing)
            status, answered, content = relay.ask(asked.method, asked.target, headers, asked.body)
            fault = relay.fault(passing) or Fault()
            if fault.lost:
                return
            if fault.instead is not None:
                status, content = 200, fault.instead
            self.send_response(fault.status or status)
            for name, value in answered:
                if name.lower() not in _OWN_HEADERS:
                    self.send_header(name, value)
            self.send_header("Connection", "close")  # as v0 does: the end of the connection is the end of the body
            kept = content if fault.kept_bytes < 0 else content[: fault.kept_bytes]
            relay.carried_bytes += len(kept)
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(kept)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass

        def log_message(self, *args: object) -> None:
            pass

    return Handler
