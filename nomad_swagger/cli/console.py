"""The one that prints: it owns stdout, stderr, what is alive on them, and the questions.

Results go to stdout, everything else to stderr. Every text passes here, so that none commands the terminal, every
stream takes it whatever its encoding, and it stands above a bar that is alive. A process has one terminal, so this is
the one module with a state: what was said by ``--quiet`` and its like, and the bars that are drawn. ``begin`` makes it
anew.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import field
from pathlib import Path
from typing import IO, Protocol

import click

from nomad_swagger.cli.logs import LogFile, listen
from nomad_swagger.light import dataclass
from nomad_swagger.screen.cut import folded
from nomad_swagger.screen.plain import fitting, fitting_json, plain, plain_json, readable

_NO_TERMINAL = ("dumb", "unknown")
_BOLD, _RED, _YELLOW = "1", "1;31", "33"


class Alive(Protocol):
    """What draws on the terminal by itself, and steps aside for a text."""

    def hide(self) -> None:
        """Leave the terminal as if nothing had been drawn."""

    def show(self) -> None:
        """Draw again."""


@dataclass
class _State:
    quiet: bool = False
    progress: bool = True
    wide: bool = False
    log: LogFile | None = None
    alive: Alive | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)


_state = _State()


def begin() -> None:
    """Forget what an earlier command line of this process said."""
    if _state.log is not None:
        _state.log.close()
    _state.quiet, _state.progress, _state.wide, _state.log, _state.alive = False, True, False, None, None


def configure(*, quiet: bool | None = None, progress: bool | None = None, wide: bool | None = None) -> None:
    """Say how much is told; what is None stays as it is."""
    _state.quiet = _state.quiet if quiet is None else quiet
    _state.progress = _state.progress if progress is None else progress
    _state.wide = _state.wide if wide is None else wide


def log_into(path: Path) -> None:
    """Write what is told, and what is done, into a file too, behind what it has.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    _state.log = LogFile(path)


def say(text: str = "", *, exact: bool = False, folds: bool = False) -> None:
    """Print lines of a result.

    Parameters
    ----------
    text : str
    exact : bool
        It is for a program, such as a path or a recipe: as it is, but on a terminal.
    folds : bool
        It is prose: on a terminal its lines end between words.
    """
    shown = text if exact and not sys.stdout.isatty() else plain(text, lines=True)
    cells = width()
    _put(sys.stdout, folded(shown, cells) if folds and cells else shown)


def say_json(text: str) -> None:
    """Print JSON; it says the same in every encoding."""
    _put(sys.stdout, fitting_json(plain_json(text), encoding_of(sys.stdout)))


def say_lines(lines: list[tuple[str, bool]]) -> None:
    """Print the lines of a table, which are harmless already; a head is bold where there are styles."""
    _put(sys.stdout, "\n".join(_styled(sys.stdout, line, _BOLD) if head else line for line, head in lines))


def say_bytes(blocks: Iterable[bytes]) -> None:
    """Hand out a file: as it is, but on a terminal, where it is read."""
    if sys.stdout.isatty():
        for text in readable(blocks):
            sys.stdout.write(fitting(text, encoding_of(sys.stdout)))
    else:
        sys.stdout.flush()
        for block in blocks:
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    sys.stdout.flush()


def takes(text: str) -> bool:
    """Tell whether stdout has bytes for a text."""
    return fitting(text, encoding_of(sys.stdout)) == text


def note(message: str) -> None:
    """Say something that is not a result; ``--quiet`` keeps it back."""
    _logged("info", message)
    if not _state.quiet:
        _put(sys.stderr, plain(message, lines=True))


def warn(message: str) -> None:
    """Say what is wrong, and does not keep the command from its work."""
    _logged("warning", message)
    _put(sys.stderr, f"{_styled(sys.stderr, 'warning:', _YELLOW)} {plain(message, lines=True)}")


def fail(message: str) -> None:
    """Say why the command ends."""
    _logged("error", message)
    _put(sys.stderr, f"{_styled(sys.stderr, 'error:', _RED)} {plain(message, lines=True)}")


def hear(verbose: int) -> None:
    """Tell of what is logged: warnings, with -v what is done, twice each request."""
    listen(_told, verbose=verbose, everything=_state.log is not None)


def ask(question: str, *, hidden: bool = False) -> str:
    """Ask for a word on the terminal; ``hidden`` without echo."""
    with _aside(sys.stderr):
        answer: str = click.prompt(_harmless(question, sys.stderr), hide_input=hidden, err=True)
    return answer


def confirm(question: str) -> bool:
    """Ask for a yes where a person sees it, also when standard error is a file.

    Raises
    ------
    OSError
        There is no place to ask.
    """
    for stream, err in ((sys.stderr, True), (sys.stdout, False)):
        if stream.isatty():
            with _aside(stream):
                return click.confirm(_harmless(question, stream), err=err)
    with Path("/dev/tty").open("w", encoding="utf-8") as screen:
        screen.write(f"{plain(question)} [y/N]: ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def width() -> int | None:
    """Give the cells of a line of stdout; None where it is no terminal, and with ``--wide``."""
    if _state.wide or not sys.stdout.isatty():
        return None
    import shutil  # late: it brings all the packers

    return shutil.get_terminal_size().columns


def for_cell(text: str) -> str:
    """Give a text as a cell of a table on stdout may have it."""
    return _harmless(text, sys.stdout)


def dots() -> str:
    """Give what stands for what was cut."""
    return "…" if takes("…") else ".."


def draws() -> bool:
    """Tell whether bars are drawn: on a terminal that can, unless nobody wants them."""
    return reports() and sys.stderr.isatty() and os.environ.get("TERM") not in _NO_TERMINAL


def reports() -> bool:
    """Tell whether anybody wants to hear how far it is."""
    return _state.progress and not _state.quiet


def live(what: Alive | None) -> None:
    """Draw something that steps aside for every text, in the place of what was drawn; None draws nothing."""
    with _state.lock:
        if _state.alive is not None:
            _state.alive.hide()
        _state.alive = what
        if what is not None:
            what.show()


def alive() -> Alive | None:
    """Give what is drawn."""
    return _state.alive


def encoding_of(stream: IO[str]) -> str:
    """Give the encoding of a stream; one that does not tell takes everything."""
    return getattr(stream, "encoding", None) or "utf-8"


def take_everything() -> None:
    """Let stdout and stderr take every text, also what others print, such as click's help."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


class _aside:  # noqa: N801 - reads as a word: with _aside(stream)
    """What is alive steps aside while something is written to a terminal."""

    def __init__(self, stream: IO[str]) -> None:
        self._needed = stream.isatty()

    def __enter__(self) -> None:
        _state.lock.acquire()
        if self._needed and _state.alive is not None:
            _state.alive.hide()

    def __exit__(self, *_: object) -> None:
        try:
            if self._needed and _state.alive is not None:
                _state.alive.show()
        finally:
            _state.lock.release()


def _put(stream: IO[str], text: str) -> None:
    with _aside(stream):
        stream.write(f"{fitting(text, encoding_of(stream))}\n")
        stream.flush()


def _told(level: str, message: str) -> None:
    style = _YELLOW if level.startswith("warning") else ""
    _put(sys.stderr, f"{_styled(sys.stderr, level, style)} {plain(message, lines=True)}")


def _harmless(text: str, stream: IO[str]) -> str:
    return fitting(plain(text), encoding_of(stream))


def _logged(level: str, message: str) -> None:
    if _state.log is not None:
        _state.log.write(level, message)


def _styled(stream: IO[str], text: str, style: str) -> str:
    """Give a text in a style, where there are styles: NO_COLOR, CLICOLOR_FORCE, CLICOLOR and TERM decide."""
    said = os.environ.get
    if said("NO_COLOR") or not style:
        return text
    forced = said("CLICOLOR_FORCE", "0") not in ("", "0")
    styles = stream.isatty() and said("CLICOLOR") != "0" and said("TERM") not in _NO_TERMINAL
    return f"\x1b[{style}m{text}\x1b[0m" if forced or styles else text
