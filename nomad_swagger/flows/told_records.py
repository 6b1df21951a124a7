"""Records of what else NOMAD tells: where data come from and whose they are, an embargo, what a server reads.

Read by :mod:`nomad_swagger.flows.records`, as the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


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
    """For how long only the owner, and those who share the data, see them."""

    months: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
