"""The weather between a client and the embedded NOMAD: latency, a proxy's request rate, planned faults.

Knows numbers, time and addresses. It must not know sockets or what is served.

Source: the docs of NOMAD's central installation: a proxy allows 30 requests a second from one address and ten at once;
what is beyond gets its 503.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from nomad_sandbox.faults import Faults

_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>proxy of the embedded NOMAD</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class ProxyAnswer:
    """What a proxy answers in the place of NOMAD: a web page."""

    status: int
    retry_after_s: float | None = None

    @property
    def reason(self) -> str:
        """Number and words of the status."""
        known = {status.value: status.phrase for status in HTTPStatus}
        return f"{self.status} {known.get(self.status, 'Error')}"

    @property
    def body(self) -> bytes:
        """The page."""
        return _PAGE.format(self.reason).encode()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Type, length and, where it is said, when to come again."""
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(self.body)))]
        wait_s = self.retry_after_s
        return headers if wait_s is None else [*headers, ("Retry-After", f"{wait_s:g}")]


@dataclass(frozen=True)
class Rate:
    """How often one address may ask.

    Attributes
    ----------
    per_s : float
        Requests a second; as many may come at once after a pause.
    at_once : int or None
        How many may be answered at the same time.
    status : int
        What is answered beyond: 503, or 429 with ``Retry-After``.
    """

    per_s: float
    at_once: int | None = None
    status: int = 503


CENTRAL = Rate(30, at_once=10)


def read_rate(text: str) -> Rate:
    """Give the rate that ``central`` or ``N[,at-once=M][,status=429]`` says.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> read_rate("5,status=429")
    Rate(per_s=5.0, at_once=None, status=429)
    """
    if text.strip() == "central":
        return CENTRAL
    first, *rest = (part.strip() for part in text.split(","))
    told: dict[str, Any] = {}
    try:
        told["per_s"] = float(first)
        for part in rest:
            name, _, number = part.partition("=")
            told[{"at-once": "at_once", "status": "status"}[name]] = int(number)
        if told["per_s"] <= 0 or told.get("status", 503) not in (429, 503):
            raise ValueError(text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{text!r} is no rate; write central, 30, or 30,at-once=10,status=429") from error
    return Rate(**told)


class Gate:
    """Counts the requests of each address.

    Parameters
    ----------
    rate : Rate or None
        None lets everything pass.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, rate: Rate | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}
        self._inside: defaultdict[str, int] = defaultdict(int)

    def enter(self, address: str) -> ProxyAnswer | None:
        """Let a request in, or give what it is refused with; one that was let in must `leave`."""
        rate = self._rate
        if rate is None:
            return None
        with self._lock:
            now, most = self._clock(), max(rate.per_s, 1.0)
            left, last = self._left.get(address, (most, now))
            left = min(most, left + (now - last) * rate.per_s)
            crowded = rate.at_once is not None and self._inside[address] >= rate.at_once
            if crowded or left < 1:
                self._left[address] = left, now
                wait_s = max(1, math.ceil((1 - left) / rate.per_s))
                return ProxyAnswer(rate.status, wait_s if rate.status == HTTPStatus.TOO_MANY_REQUESTS else None)
            self._left[address] = left - 1, now
            self._inside[address] += 1
            return None

    def leave(self, address: str) -> None:
        """Count a request that was let in as answered."""
        if self._rate is not None:
            with self._lock:
                self._inside[address] -= 1


@dataclass(frozen=True)
class Conditions:
    """What lies between client and NOMAD.

    Attributes
    ----------
    latency_s : float
        Before each answer.
    closing : Event
        Set when the sandbox ends, so that nobody waits any longer.
    """

    faults: Faults
    gate: Gate
    latency_s: float = 0.0
    closing: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the sandbox."""
        if seconds > 0:
            self.closing.wait(seconds)
