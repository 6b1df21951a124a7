"""One line of how a long work gets on: the last one on a terminal, elsewhere one each minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nomad_swagger.cli.output import note

_EVERY_S = 60.0


@contextmanager
def live_line(clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[str], None]]:
    """Give what shows the line."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("") as status:
            yield status.update
        return
    last: list[float] = []

    def said(words: str) -> None:
        if not last or clock() - last[0] >= _EVERY_S:
            last[:] = [clock()]
            note(words)

    yield said
