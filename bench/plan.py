"""What every row needs to know of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """One run of the bench.

    Attributes
    ----------
    url : str
        The server that answers; its two APIs are ``small/api`` and ``large/api``.
    sink : str
        The server that swallows uploads.
    folder : Path
        Where the served files lie.
    home : Path
        An empty home folder; what is measured runs in it.
    quick : bool
        Fewer rounds and less to transfer.
    """

    url: str
    sink: str
    folder: Path
    home: Path
    quick: bool

    @property
    def api(self) -> str:
        return f"{self.url}/small/api"

    def rounds(self, full: int, quick: int) -> int:
        return quick if self.quick else full
