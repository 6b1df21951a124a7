"""A line to a server that breaks each time so many bytes went up it, on whichever connection they go."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

from tests.lines import Line, hang_up

_AT_ONCE = struct.pack("ii", 1, 0)  # closing is a reset


class BreakingLine(Line):
    """Passes connections on to a port, and resets the one that carries the byte at which it is time.

    Attributes
    ----------
    up_bytes : int
        What went up, of all connections.
    lost_bytes : int
        Of them what went up on a connection that was reset, since its last answer: of a request that came to nothing.
    breaks : int
    """

    def __init__(self, port: int, every_bytes: int) -> None:
        self.up_bytes = self.lost_bytes = self.breaks = 0
        self._every_bytes, self._counting = every_bytes, threading.Lock()
        super().__init__(port)

    def relay(self, client: socket.socket, server: socket.socket) -> None:
        _Connection(self, client, server)

    def count(self, more: int) -> int:
        """Count bytes that want to go up, and give how many of them may; fewer when it breaks."""
        with self._counting:
            left = self._every_bytes * (self.breaks + 1) - self.up_bytes
            self.up_bytes += min(more, left)
            return min(more, left)

    def broken(self, lost_bytes: int) -> None:
        with self._counting:
            self.breaks += 1
            self.lost_bytes += lost_bytes


class _Connection:
    def __init__(self, line: BreakingLine, client: socket.socket, server: socket.socket) -> None:
        self._line, self._client, self._server, self._unanswered = line, client, server, 0
        for pump in (self._up, self._down):
            threading.Thread(target=pump, daemon=True).start()

    def _up(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(1 << 16):
                allowed = self._line.count(len(data))
                self._unanswered += allowed
                self._server.sendall(data[:allowed])
                if allowed < len(data):
                    self._line.broken(self._unanswered)
                    for end in (self._client, self._server):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    break
        hang_up(self._client, self._server)

    def _down(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(1 << 16):
                self._unanswered = 0
                self._client.sendall(data)
        hang_up(self._client, self._server)
