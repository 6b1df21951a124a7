"""Records of what else NOMAD tells: where data come from and whose they are, an embargo, what a server reads.

Read by :mod:`nomad_swagger.flows.records`, as the others.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Provenance:
    """What goes with data that are made of an entry: by what it was computed, and how to cite it."""

    code: str = ""
    functional: str = ""
    license: str = ""
    doi: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Credit:
    """Who made an entry, and when it came to NOMAD."""

    authors: tuple[str, ...] = ()
    uploaded: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def year(self) -> str:
        """Give the year; empty where it is not told."""
        return str(self.uploaded.year) if self.uploaded else ""


@dataclass(frozen=True)
class ServerInfo:
    """What a server says of itself: the programs whose files it reads."""

    codes: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Embargo:
    """For how long, and since when, only the owner, and those who share the data, see them."""

    months: int | None = None
    since: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def end(self) -> datetime | None:
        """Give when it is over; None where there is none, or the server does not tell."""
        if not self.months or self.since is None:
            return None
        years, month = divmod(self.since.month - 1 + self.months, 12)
        last = monthrange(self.since.year + years, month + 1)[1]
        return self.since.replace(year=self.since.year + years, month=month + 1, day=min(self.since.day, last))


@dataclass(frozen=True)
class Counted:
    """How many entries of an upload there are, and how many of them are done, as NOMAD counts them."""

    total: int = 0
    failed: int = 0
    succeeded: int | None = None
    done: int = 0
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def over(self) -> int:
        """Give how many are done, well or not."""
        return self.done if self.succeeded is None else self.succeeded + self.failed


@dataclass(frozen=True)
class LogLine:
    """A line of what NOMAD wrote while it processed an entry."""

    event: str = ""
    level: str = ""
    exception: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
