"""When to send a call again, and how long to wait before.

A table of small checks and one pause; whether a call *may* be sent again is declared on the call, not decided here.
Follows RFC 9110 §10.2.3 for Retry-After.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import field

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from nomad_swagger.light import dataclass
from nomad_swagger.settings import BACKOFF_LIMIT_S, BACKOFF_S, RETRIES

MAX_PAUSE_S = 10.0 * 365 * 86400  # beyond, a number is nonsense
RETRY_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to try again.

    Attributes
    ----------
    retries : int
        Attempts after the first.
    backoff_s, limit_s : float
        Before retry *n* we wait ``backoff_s * 2**n`` seconds, at most ``limit_s``, half of it by chance.
    sleep, chance : callable
        The clock and the dice.
    """

    retries: int = RETRIES
    backoff_s: float = BACKOFF_S
    limit_s: float = BACKOFF_LIMIT_S
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def pause_s(self, attempt: int, response: requests.Response | None = None) -> float:
        """Give the seconds to wait before the retry after ``attempt`` (from 0); Retry-After wins where it is sent."""
        asked = asked_pause_s(response)
        if asked is not None:
            return min(asked, self.limit_s)
        longest = min(math.ldexp(self.backoff_s, attempt), self.limit_s)
        return longest * (0.5 + self.chance() / 2)


def asked_pause_s(response: requests.Response | None) -> float | None:
    """Give the pause that an answer asks for (``Retry-After``), None where it asks for none."""
    value = response.headers.get("Retry-After") if response is not None else None
    if not value:
        return None
    try:
        if value.strip().isdecimal():  # urllib3 makes six hours of a day
            return min(float(value), MAX_PAUSE_S)
        seconds: float = Retry().parse_retry_after(value)
    except (InvalidHeader, ValueError, OverflowError):  # nonsense of a proxy: our own pause will do
        return None
    return seconds
