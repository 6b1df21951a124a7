"""The log of one calculation's processing, as the archive's ``logs`` operation gives it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nomad_sandbox.calcs import Calc
from nomad_sandbox.store import utc_now


class ProcessingLog:
    """Collects lines and writes them once.

    Parameters
    ----------
    calc : Calc
        Whose log it is; every line names it.
    """

    def __init__(self, calc: Calc) -> None:
        self._calc = calc
        self.lines: list[dict[str, Any]] = []

    def add(self, step: str, event: str, *, level: str = "INFO", **details: str) -> None:
        """Add a line.

        Parameters
        ----------
        **details : str
            Further keys of the line, ``exception`` or ``parser``.
        """
        self.lines.append(
            {
                "event": event,
                "level": level,
                "timestamp": utc_now(),
                "step": step,
                "upload_id": self._calc.upload_id,
                "calc_id": self._calc.calc_id,
                "mainfile": self._calc.mainfile,
                **details,
            }
        )

    def write(self, path: Path) -> None:
        """Write the lines as one JSON list."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.lines), "utf-8")
