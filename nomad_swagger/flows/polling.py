"""Look again and again until something is so.

Clocks and sleeps are arguments. Must not know uploads or entries, or how one looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeVar

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long and how often to look.

    Attributes
    ----------
    timeout_s : float
        When to give up.
    first_s, longest_s, growth : float
        The pause before the second look, the longest pause, and the factor between one and the next.
    clock, sleep : callable
    """

    timeout_s: float = 3600.0
    first_s: float = 0.1
    longest_s: float = 5.0
    growth: float = 1.5
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        if not self.timeout_s >= 0:
            raise UsageError(f"timeout_s is {self.timeout_s:g}: how long to wait is a number of seconds from 0")


class TimeIsUp(Exception):
    """The time was up before the thing was so; carries what was seen last."""

    def __init__(self, seen: Any) -> None:
        super().__init__()
        self.seen = seen


def wait_until(look: Callable[[], T], is_over: Callable[[T], bool], patience: Patience) -> T:
    """Look until it is over and give what was seen then.

    Raises
    ------
    TimeIsUp
        It was not over in time.
    """
    end = patience.clock() + patience.timeout_s
    pause_s = patience.first_s
    while True:
        seen = look()
        if is_over(seen):
            return seen
        left_s = end - patience.clock()
        if left_s <= 0:
            raise TimeIsUp(seen)
        patience.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * patience.growth, patience.longest_s)
