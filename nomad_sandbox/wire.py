"""How requests come from the socket and answers leave it, and what goes wrong on the way where that is planned.

Knows cheroot's internals: limits of a request's head, connections that say nothing, bytes, resets. It must not know
what is served.

A peculiarity of v0 that clients must live with: a long stream of raw files has no Content-Length and no chunks and ends
with the connection, so a server that dies leaves an answer that looks whole.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.wsgi import Gateway_10, Server

from nomad_sandbox.addresses import ALIVE_PATH, below
from nomad_sandbox.conditions import Conditions, ProxyAnswer
from nomad_sandbox.faults import Fault
from nomad_sandbox.limits import HEAD_BYTES, LINE_BYTES
from nomad_sandbox.lobby import Lobby

DRAIN_BYTES = 1 << 16
LAST_WORDS_S = 0.2
THREADS = 16
MOST_THREADS = 512
MOST_CONNECTIONS = 5000
PIECES_PER_S = 20
# a close is a reset then, also for what was written and not yet sent
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
Record = Callable[[tuple[str, str, int]], None]


class _Broken(BaseException):
    """The connection ends here; above all ``except Exception`` of what is being served."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class _ShortBody:
    """A request's body that can be read up to a number of bytes."""

    def __init__(self, source: Any, size_bytes: int) -> None:
        self._source, self._left = source, size_bytes

    def _take(self, data: bytes) -> bytes:
        self._left -= len(data)
        return data

    def _limit(self, size: int | None) -> int:
        if self._left <= 0:
            raise _Broken(reset=True)
        return self._left if size is None or size < 0 else min(size, self._left)

    def read(self, size: int | None = None) -> bytes:
        """Give bytes, fewer than asked for near the break."""
        return self._take(self._source.read(self._limit(size)))

    def readline(self, size: int | None = None) -> bytes:
        """Give a line."""
        return self._take(self._source.readline(self._limit(size)))


class NomadRequest(HTTPRequest):
    """A request to the embedded NOMAD."""

    instead: ProxyAnswer | None = None
    _planned: tuple[Fault, ...] = ()
    _sent = 0

    def read_request_line(self) -> bool:
        """Read the first line, which has a shorter limit than all of the head."""
        self.rfile.maxlen = LINE_BYTES
        good: bool = super().read_request_line()  # type: ignore[no-untyped-call]
        self.rfile.maxlen = HEAD_BYTES
        return good

    def parse_request(self) -> None:
        """Read the head; a refused client gets the time to read why before the connection is closed."""
        super().parse_request()
        if not self.ready:
            self.conn.say_last_words()

    def respond(self) -> None:
        """Answer, through the weather that was ordered."""
        path = unquote_to_bytes(self.path).decode("utf-8", "replace")
        if path == ALIVE_PATH:
            super().respond()
            return
        conditions, address = self.server.conditions, self.conn.remote_addr
        conditions.pause(conditions.latency_s)
        self.instead = conditions.gate.enter(address)
        refused, body = self.instead is not None, self.conn.rfile
        try:
            self._plan(path)
            super().respond()
        except _Broken as broken:
            self.close_connection = True
            self.conn.reset = broken.reset
        finally:
            self.conn.rfile = body
            if not refused:
                conditions.gate.leave(address)

    def _plan(self, path: str) -> None:
        method = self.method.decode("latin-1")
        if self.instead is None:
            self._planned = tuple(self.server.conditions.faults.of(method, below(path)))
        for fault in self._planned:
            if fault.kind == "reset" and not fault.size_bytes:
                self.server.record((method, path, 0))
                raise _Broken(reset=True)
            if fault.kind == "html" or fault.kind.isdigit():
                self.instead = ProxyAnswer(fault.status, fault.retry_after_s)
        if self.instead is not None:
            self.server.record((method, path, self.instead.status))
        for fault in self._faults("cut-upload"):
            self.conn.shorten_body(fault.size_bytes)

    def _faults(self, *kinds: str) -> Iterator[Fault]:
        return (fault for fault in self._planned if fault.kind in kinds)

    def send_headers(self) -> None:
        """Write the headers, after what is left of the request's body was read away in small pieces."""
        headers = {key.lower(): value.lower() for key, value in self.outheaders}
        if headers.get(b"connection") == b"close":
            self.close_connection = True
            if b"content-length" not in headers:
                # cheroot chunks for HTTP/1.1 clients only; the status line is not made from this
                self.response_protocol = "HTTP/1.0"
        self._drain()
        if not any(self._faults("lost-answer")):
            super().send_headers()

    def _drain(self) -> None:
        """Read what is left of the body; cheroot would read it in one piece, and leave a chunked one there."""
        if self.chunked_read:
            try:
                while not self.rfile.closed and self.rfile.read(DRAIN_BYTES):
                    pass
            except ValueError:  # it broke off
                self.close_connection = True
            return
        while getattr(self.rfile, "remaining", 0) > 0 and self.rfile.read(DRAIN_BYTES):
            pass

    def lose_answer(self) -> None:
        """End here if the answer is to be lost."""
        if any(self._faults("lost-answer")):
            raise _Broken(reset=True)

    def write(self, chunk: bytes) -> None:
        """Write a piece of the answer's body."""
        self.lose_answer()
        for fault in self._faults("cut", "reset", "stall"):
            if self._sent + len(chunk) > fault.size_bytes:
                self._write(chunk[: fault.size_bytes - self._sent])
                if fault.kind == "stall":
                    self.server.conditions.pause(fault.seconds)
                raise _Broken(reset=fault.kind != "cut")
        self._write(chunk)

    def _write(self, chunk: bytes) -> None:
        slow = next(self._faults("slow"), None)
        step = len(chunk) if slow is None else max(1, slow.size_bytes // PIECES_PER_S)
        for start in range(0, len(chunk), max(step, 1)):
            piece = chunk[start : start + step]
            super().write(piece)
            self._sent += len(piece)
            if slow is not None:
                self.server.conditions.pause(len(piece) / slow.size_bytes)


class NomadGateway(Gateway_10):
    """Calls the application, but where a proxy answers in its place."""

    def respond(self) -> None:
        """Answer."""
        instead = self.req.instead
        if instead is None:
            super().respond()
        else:
            self.start_response(instead.reason, instead.headers)
            self.write(instead.body)
        self.req.lose_answer()  # one without a body, too


class NomadConnection(HTTPConnection):
    """A connection of such requests."""

    RequestHandlerClass = NomadRequest
    reset = False

    def shorten_body(self, size_bytes: int) -> None:
        """Let the connection break after so many bytes of the body that comes now."""
        self.rfile = _ShortBody(self.rfile, size_bytes)

    def say_last_words(self) -> None:
        """End our side, and read for a moment what still comes: closed at once, the answer would be lost."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(LAST_WORDS_S)
            for _ in range(16):
                if not self.socket.recv(DRAIN_BYTES):
                    break

    def _close_kernel_socket(self) -> None:
        if self.reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        else:
            super()._close_kernel_socket()  # type: ignore[misc]  # not in its stubs


class NomadServer(Server):
    """A server whose workers are for requests alone: a connection that says nothing, or half a request, costs none.

    Parameters
    ----------
    address : pair of host and port
    conditions : Conditions
    record : callable
        Gets (method, path, status) of what never came to the application; the status of a reset is 0.
    """

    def __init__(self, address: tuple[str, int], *, conditions: Conditions, record: Record) -> None:
        super().__init__(address, None, numthreads=THREADS, max=MOST_THREADS, request_queue_size=512)
        self.gateway = NomadGateway
        self.ConnectionClass = NomadConnection
        self.conditions = conditions
        self.record = record
        self.shutdown_timeout = 1
        self.keep_alive_conn_limit = MOST_CONNECTIONS
        self.max_request_header_size = HEAD_BYTES
        self._lobby = Lobby(self._employ, self.timeout)

    def process_conn(self, conn: HTTPConnection) -> None:
        """Give a connection to a worker as soon as it has said what it wants."""
        if conn.last_used is None:
            self._connections.put(conn)  # type: ignore[attr-defined]  # not in its stubs
        else:
            self._lobby.enter(conn)

    def stop(self) -> None:
        """Stop serving."""
        self._lobby.close()
        super().stop()

    def _employ(self, conn: HTTPConnection) -> None:
        waiting, threads = self.requests.qsize, self.requests._threads
        if waiting >= self.requests.idle and len(threads) < MOST_THREADS:
            threads.append(self.requests._spawn_worker())  # its own way to grow waits for a tenth of a second
        super().process_conn(conn)
