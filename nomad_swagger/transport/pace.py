"""A polite rate of requests, over all threads of a client.

Knows clocks and one lock; it must not know what is sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """A polite rate: at most so many requests a second, over all threads. Without a rate it never waits."""

    def __init__(
        self,
        per_s: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap_s = 1 / per_s if per_s else 0.0
        self._clock, self._sleep = clock, sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is this thread's turn."""
        if not self._gap_s:
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._gap_s
        if turn > now:
            self._sleep(turn - now)
