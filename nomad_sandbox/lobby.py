"""Where a connection waits whose request is not there yet: a half said head costs no worker.

Knows sockets and the end of a head. It must not know what is served.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable

from cheroot.server import HTTPConnection

from nomad_sandbox.limits import HEAD_BYTES, LINE_BYTES

_END = re.compile(rb"\r?\n\r?\n")
_LOOK_S = 0.02  # how often to look what came meanwhile
_REST_S = 0.1  # for whoever gets a connection whose time is over


class Lobby:
    """Connections that have begun to speak.

    Parameters
    ----------
    serve : callable
        Takes a connection whose request's head is there, or will not come any more.
    patience_s : float
        How long a head may take.
    """

    def __init__(self, serve: Callable[[HTTPConnection], None], patience_s: float) -> None:
        self._serve, self._patience_s = serve, patience_s
        self._waiting: dict[HTTPConnection, float] = {}
        self._lock = threading.Lock()
        self._came, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="sandbox-lobby")

    def enter(self, conn: HTTPConnection) -> None:
        """Take a connection that has something to say; one that has said enough is served at once."""
        if _has_head(conn):
            self._serve(conn)
            return
        with self._lock:
            self._waiting[conn] = time.monotonic()
            if self._thread.ident is None:
                self._thread.start()
        self._came.set()

    def close(self) -> None:
        """Close what waits here."""
        self._closing.set()
        self._came.set()
        if self._thread.ident is not None:
            self._thread.join()
        for conn in self._waiting:
            conn.close()
        self._waiting.clear()

    def _watch(self) -> None:
        while not self._closing.wait(_LOOK_S):
            self._came.clear()
            for conn, since in list(self._waiting.items()):
                late = time.monotonic() - since > self._patience_s
                if late:
                    conn.socket.settimeout(_REST_S)
                if late or _has_head(conn):
                    with self._lock:
                        del self._waiting[conn]
                    self._serve(conn)
            if not self._waiting:
                self._came.wait()


def _has_head(conn: HTTPConnection) -> bool:
    """Tell whether a worker can go on with what is there: all of a head, too much for one, or the end."""
    if conn.rfile.has_data():
        return True
    try:
        said = conn.socket.recv(HEAD_BYTES, socket.MSG_PEEK)
    except OSError:
        return True
    if said and not said[:1].isalpha():
        return True  # no request begins so: TLS on a plain port, say, which is answered at once
    line_is_long = b"\n" not in said[:LINE_BYTES] and len(said) >= LINE_BYTES
    return not said or line_is_long or len(said) >= HEAD_BYTES or _END.search(said) is not None
