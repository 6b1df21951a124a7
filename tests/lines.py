"""A port that passes connections on; what becomes of each is a test's matter."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class Line(ABC):
    """Takes connections on a free port until it is closed, and hands each on with one to ``port``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    @abstractmethod
    def relay(self, client: socket.socket, server: socket.socket) -> None:
        """Begin to pass on what comes, without waiting for its end."""

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._port))
                except OSError:  # nobody is there any more
                    hang_up(client)
                else:
                    self.relay(client, server)


def hang_up(*ends: socket.socket) -> None:
    """Close both ends of a connection, also one that somebody waits at."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
