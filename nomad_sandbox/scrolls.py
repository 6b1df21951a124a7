"""Open scrolls: long result lists that are read part by part, over some minutes.

Like a search engine's, a scroll keeps the list as it was when it was opened. It must not know HTTP.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

KEEP_ALIVE_S = 300.0


class NoSuchScroll(Exception):
    """An id that is unknown, used up or too old."""


@dataclass
class _Scroll:
    numbers: Sequence[int]
    size: int
    expires_s: float
    position: int = 0


@dataclass(frozen=True)
class Part:
    """The next part of a scroll.

    Attributes
    ----------
    scroll_id : str or None
        None after the end.
    numbers : sequence of int
        Entries; empty at the end.
    total : int
    """

    scroll_id: str | None
    numbers: Sequence[int]
    total: int


class Scrolls:
    """All open scrolls of a sandbox."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._scrolls: dict[str, _Scroll] = {}

    def open(self, numbers: Sequence[int], size: int) -> Part:
        """Open a scroll and give its first part."""
        scroll_id = secrets.token_urlsafe(48)
        with self._lock:
            now = self._clock()
            self._scrolls = {key: scroll for key, scroll in self._scrolls.items() if scroll.expires_s > now}
            self._scrolls[scroll_id] = _Scroll(numbers, size, now + KEEP_ALIVE_S)
        return self.read(scroll_id)

    def read(self, scroll_id: str) -> Part:
        """Give the next part; after the last one an empty part without id ends the scroll.

        Raises
        ------
        NoSuchScroll
        """
        with self._lock:
            scroll = self._scrolls.get(scroll_id)
            if scroll is None or scroll.expires_s <= self._clock():
                raise NoSuchScroll(scroll_id)
            numbers = scroll.numbers[scroll.position : scroll.position + scroll.size]
            scroll.position += len(numbers)
            scroll.expires_s = self._clock() + KEEP_ALIVE_S
            if not numbers:
                del self._scrolls[scroll_id]
            return Part(scroll_id if numbers else None, numbers, len(scroll.numbers))
