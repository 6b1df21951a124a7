"""Where the log goes: what matters to the terminal, and all of it into the file of ``--log-file``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from nomad_swagger.errors import UsageError
from nomad_swagger.screen.plain import plain

_OURS = "nomad_swagger"
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LONG_S = 5.0  # a pause that a person wonders about
_BY_VERBOSITY = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Plain(logging.Formatter):
    """Lines in which nothing commands a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record), lines=True)


class LogFile:
    """A file that is written behind what it has."""

    def __init__(self, path: Path) -> None:
        try:
            self._handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(f"--log-file {path}: {error.strerror or error}") from error
        self._handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger(_OURS).addHandler(self._handler)

    def write(self, level: str, message: str) -> None:
        """Keep what is told on the terminal."""
        self._handler.handle(logging.LogRecord(f"{_OURS}.cli", _LEVELS[level], "", 0, message, None, None))

    def close(self) -> None:
        """Let go of the file."""
        logging.getLogger(_OURS).removeHandler(self._handler)
        self._handler.close()


class Terminal(logging.Handler):
    """Tells of what is logged by ``tell(level, words)``."""

    def __init__(self, tell: Callable[[str, str], None], *, verbose: int) -> None:
        super().__init__(_BY_VERBOSITY[min(verbose, len(_BY_VERBOSITY) - 1)])
        self.setFormatter(logging.Formatter("%(message)s"))
        self._tell, self._verbose = tell, verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Let of one call's attempts the first be told, and those that are waited for; with -v all of them."""
        again = getattr(record, "attempt", 0) > 0 and getattr(record, "pause_s", 0.0) < _LONG_S
        return bool(self._verbose or not again) and bool(super().filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one record, with -v also by which part of us."""
        where = f" {record.name}" if self._verbose else ""
        try:
            self._tell(f"{record.levelname.lower()}{where}:", self.format(record))
        except Exception:  # noqa: BLE001 - as every handler: a log that cannot be written ends no work
            self.handleError(record)


def listen(tell: Callable[[str, str], None], *, verbose: int, everything: bool) -> None:
    """Let the terminal hear of what is logged from now on, and of nothing twice.

    Our own loggers alone become talkative: those below us write whole URLs, tokens in them included.

    Parameters
    ----------
    tell : callable
    verbose : int
        How often ``-v`` was said.
    everything : bool
        There is a file that wants to know all.
    """
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, Terminal)]:
        root.removeHandler(handler)
    terminal = Terminal(tell, verbose=verbose)
    root.addHandler(terminal)
    logging.getLogger(_OURS).setLevel(logging.DEBUG if everything else terminal.level)
