"""Planned faults: what shall go wrong, with which calls, how often.

A fault is written ``KIND[:DETAIL[,DETAIL…]][@TARGET]``; a comma does for the colon.
Knows how that is read and when a fault's turn is. It must not know sockets: `nomad_sandbox.wire` makes a fault happen.

==================  ==============================================================================================
``cut:5MB``         the answer ends after so many bytes of its body: the connection closes as if all was said
``reset:5MB``       the same, but the connection is reset; without a size before any byte of an answer, nothing done
``stall:5MB``       after so many bytes nothing comes any more, and the connection stays open (``seconds=60``)
``slow:100kB``      the body comes at so many bytes a second (100 kB without a size)
``cut-upload:5MB``  the connection is reset after so many bytes of the request's body
``lost-answer``     the call is done, and the connection is reset in the place of an answer
``html``            a web page is answered, as by a proxy in between, and nothing done (``status=200``)
``503``, ``429`` …  that status is answered, as by a proxy in between, and nothing done (``retry-after=2``)
==================  ==============================================================================================

More details, for every kind: a number up to 1 is how likely it is (``503:0.1``), ``times=N`` ends it after N times,
``after=N`` lets N calls pass first. A target is a word of `TARGETS`, or a piece of the path that begins with ``/``.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nomad_sandbox.limits import read_size

_SIZED = {"cut": None, "reset": 0, "stall": 0, "slow": 100_000, "cut-upload": 0}
_OTHERS = ("lost-answer", "html")
_NUMBERS = {"times": int, "after": int, "status": int, "retry-after": float, "seconds": float, "chance": float}
KINDS = (*_SIZED, *_OTHERS, "503")

# What a word after @ means: method and path below the API's address. v0 publishes and processes again by one operation,
# which only its body tells apart.
TARGETS: Mapping[str, str] = {
    "raw": r"(GET|POST) (.*/raw(/.*)?|/nomad-public/.*)",
    "archive": r"(GET|POST) .*/archive(/.*)?",
    "search": r"(GET|POST) /(repo/|entries|entries/query)",
    "upload": r"(PUT|POST) /uploads/?|PUT /uploads/[^/]+/raw(/.*)?",
    "uploads": r"GET /uploads(/[^/]*)?",
    "publish": r"POST /uploads/[^/]+(/action/publish)?",
    "process": r"POST /uploads/[^/]+(/action/process)?",
    "delete": r"DELETE /uploads/[^/]+",
    "edit": r"POST /(repo/edit|uploads/[^/]+/edit|entries/edit(_v0)?)",
    "dataset": r"[A-Z]+ /datasets(/.*)?",
    "login": r"(GET|POST) /(realms/.*|auth(/.*)?)",
    "spec": r"GET /(swagger|openapi)\.json",
}


@dataclass(frozen=True)
class Fault:
    """One planned fault.

    Attributes
    ----------
    kind : str
        One of `KINDS`, or a status.
    target : str
        A key of `TARGETS`, a piece of a path, or nothing for every call.
    size_bytes : int
    chance : float
        How likely it happens to a call that it is meant for.
    times, after : int or None, int
        How often at most; how many calls pass before.
    status : int
        What ``html`` or a number answers.
    retry_after_s : float or None
    seconds : float
        How long ``stall`` holds.
    """

    text: str
    kind: str
    target: str = ""
    size_bytes: int = 0
    chance: float = 1.0
    times: int | None = None
    after: int = 0
    status: int = 200
    retry_after_s: float | None = None
    seconds: float = 60.0

    def meets(self, method: str, path: str) -> bool:
        """Tell whether a call, by its path below the API's address, is one that this fault is meant for."""
        if not self.target:
            return True
        if self.target not in TARGETS:
            return self.target in path
        return re.fullmatch(TARGETS[self.target], f"{method} {path}") is not None


def read_fault(text: str) -> Fault:
    """Give the fault that a text plans.

    Raises
    ------
    ValueError
        It cannot be read; the message says how it is written.

    Examples
    --------
    >>> fault = read_fault("cut:5MB,times=1@raw")
    >>> fault.kind, fault.size_bytes, fault.times, fault.target
    ('cut', 5000000, 1, 'raw')
    """
    plan, _, target = text.strip().partition("@")
    kind, _, details = plan.replace(":", ",", 1).partition(",")
    is_status = kind.isdigit() and 400 <= int(kind) <= 599
    if not is_status and kind not in (*_SIZED, *_OTHERS):
        raise ValueError(
            f"{text!r}: no fault of ours is called {kind!r}; there are {', '.join(KINDS)} and other statuses"
        )
    if target and target not in TARGETS and not target.startswith("/"):
        raise ValueError(
            f"{text!r}: nothing is called {target!r}; name one of {', '.join(TARGETS)}, or a /piece of a path"
        )
    values: dict[str, object] = {"status": int(kind)} if is_status else {}
    for detail in filter(None, (part.strip() for part in details.split(","))):
        values |= _detail(text, kind, detail)
    default = _SIZED.get(kind, 0)
    if "size_bytes" not in values and default is None:
        raise ValueError(f"{text!r}: say after how many bytes, like {kind}:5MB")
    return Fault(**{"text": text, "kind": kind, "target": target, "size_bytes": default or 0, **values})  # type: ignore[arg-type]


def _detail(text: str, kind: str, detail: str) -> dict[str, object]:
    name, equals, value = detail.partition("=")
    if not equals:
        return _bare(text, kind, detail)
    if name not in _NUMBERS:
        raise ValueError(f"{text!r}: {name!r} is no detail of a fault; there are {', '.join(_NUMBERS)}")
    try:
        number = _NUMBERS[name](value)
    except ValueError as error:
        raise ValueError(f"{text!r}: {name} is a number, not {value!r}") from error
    return {"retry_after_s" if name == "retry-after" else name: number}


def _bare(text: str, kind: str, detail: str) -> dict[str, object]:
    """Read a number without a name: up to 1 a chance, else a size."""
    try:
        chance = float(detail)
    except ValueError:
        chance = 2.0
    if 0 <= chance <= 1:
        return {"chance": chance}
    if kind not in _SIZED:
        raise ValueError(f"{text!r}: {detail!r} is no chance; write a number between 0 and 1")
    try:
        return {"size_bytes": read_size(detail)}
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from error


@dataclass
class Faults:
    """The plan of one sandbox, which can be changed while it runs.

    Parameters
    ----------
    seed : int
        Of the chances, so that a run can be repeated.
    """

    seed: int
    _planned: list[Fault] = field(default_factory=list)
    _met: dict[Fault, int] = field(default_factory=dict)
    _happened: dict[Fault, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chances = random.Random(self.seed)  # noqa: S311 - no secret

    def plan(self, *texts: str) -> None:
        """Plan more faults."""
        with self._lock:
            self._planned += [read_fault(text) for text in texts]

    def clear(self) -> None:
        """Plan nothing any more, and begin to count again."""
        with self._lock:
            self._planned.clear()
            self._met.clear()
            self._happened.clear()

    def happened(self) -> dict[str, int]:
        """Give how often each fault happened."""
        with self._lock:
            return {fault.text: self._happened.get(fault, 0) for fault in self._planned}

    def of(self, method: str, path: str) -> list[Fault]:
        """Give what goes wrong with a call."""
        with self._lock:
            return [fault for fault in self._planned if fault.meets(method, path) and self._is_turn(fault)]

    def _is_turn(self, fault: Fault) -> bool:
        met = self._met[fault] = self._met.get(fault, 0) + 1
        done = self._happened.get(fault, 0)
        if met <= fault.after or (fault.times is not None and done >= fault.times):
            return False
        if fault.chance < 1 and self._chances.random() >= fault.chance:
            return False
        self._happened[fault] = done + 1
        return True


def read_faults(texts: Iterable[str], *, seed: int) -> Faults:
    """Give the plan of some texts.

    Raises
    ------
    ValueError
    """
    faults = Faults(seed)
    faults.plan(*texts)
    return faults
