"""A polite rate of requests, over all threads of a client, which slows down where a server asks for that.

Knows clocks and one lock; it must not know what is sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_FIRST_GAP_S, _LONGEST_GAP_S = 0.005, 1.0
_RECOVERY = 0.95


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

    @property
    def per_s(self) -> float:
        """Give the rate, 0 for none; it can be set while requests are under way."""
        return 1 / self._gap_s if self._gap_s else 0.0

    @per_s.setter
    def per_s(self, per_s: float) -> None:
        with self._lock:
            self._gap_s = 1 / per_s if per_s else 0.0

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


class Backoff(Pace):
    """What a server's refusals make of the rate, over all threads of a client.

    Each refusal (429, 503) doubles the time between two requests, up to a second; each answer takes a twentieth off
    again, until there is none.
    """

    def refused(self) -> None:
        """Take note that the server had too many requests."""
        with self._lock:
            self._gap_s = min(max(self._gap_s * 2, _FIRST_GAP_S), _LONGEST_GAP_S)

    def answered(self) -> None:
        """Take note that it had not."""
        if self._gap_s:
            with self._lock:
                slower = self._gap_s * _RECOVERY
                self._gap_s = slower if slower > _FIRST_GAP_S / 2 else 0.0
