"""How far it is: bars on a terminal, and a line every half minute where there is none.

All bars of a process share one display, whichever thread moves them. It steps aside for every text (`console`), and it
is gone when the work is done.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from nomad_swagger.cli import console
from nomad_swagger.cli.amounts import size_words
from nomad_swagger.light import dataclass
from nomad_swagger.screen.cut import in_path
from nomad_swagger.screen.plain import fitting, plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.progress import Progress as RichProgress

    from nomad_swagger.transport.bodies import Progress

HEARTBEAT_S = 30.0
_LONGEST_LABEL = 40
Clock = Callable[[], float]
Count = Callable[[int, int], None]


class _Display(Protocol):
    """What shows how far things are."""

    def add(self, label: str, *, in_bytes: bool) -> Progress:
        """Show one thing more; gives what moves it on."""


@contextmanager
def transfer_bars(*, clock: Clock = time.monotonic) -> Iterator[Callable[[str], Progress]]:
    """Give what makes a callback for one transfer: ``bar(label)(done, total)`` in bytes.

    Transfers of several threads share one display.

    Parameters
    ----------
    clock : callable
        Tells when a line is due where nothing is drawn.
    """
    with _display(clock) as display:
        yield lambda label: display.add(label, in_bytes=True)


@contextmanager
def transfer_bar(label: str) -> Iterator[Progress]:
    """Give the callback for a transfer that is alone."""
    with transfer_bars() as bar:
        yield bar(label)


@contextmanager
def counting_bar(label: str, *, clock: Clock = time.monotonic) -> Iterator[Count]:
    """Give a callback for things done of all: ``count(done, total)``."""
    with _display(clock) as display:
        yield display.add(label, in_bytes=False)


@contextmanager
def live_line(*, clock: Clock = time.monotonic) -> Iterator[Callable[[str], None]]:
    """Give what shows one line of how a long work gets on: the last one on a terminal, elsewhere one now and then."""
    if not console.draws():
        heart = Heartbeat(clock)
        yield lambda words: heart.beat(lambda: words)
        return
    from rich.console import Console
    from rich.spinner import Spinner

    spinner = Spinner("dots")
    console.live(_Shown(Console(file=sys.stderr, highlight=False), lambda: spinner))
    try:
        yield lambda words: spinner.update(text=plain(words))
    finally:
        console.live(None)


class Heartbeat:
    """Tells every half minute how far it is, where nothing is drawn; in between it is silent."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock, self._last_s = clock, clock()

    def beat(self, words: Callable[[], str]) -> None:
        """Say the words if a line is due."""
        if console.reports() and not console.draws() and self._clock() - self._last_s >= HEARTBEAT_S:
            console.note(words())
            self.begin()

    def begin(self) -> None:
        """Count from now on: something has just been said."""
        self._last_s = self._clock()


@contextmanager
def _display(clock: Clock) -> Iterator[_Display]:
    if not console.draws():
        yield _Lines(Heartbeat(clock))
        return
    alive = console.alive()
    if isinstance(alive, _Bars):
        with _Group(alive) as group:
            yield group
        return
    bars = _Bars()
    console.live(bars)
    try:
        yield bars
    finally:
        console.live(None)


class _Group:
    """Some of the bars of a display that another one opened; they go together."""

    def __init__(self, bars: _Bars) -> None:
        self._bars, self._tasks = bars, list[Any]()

    def __enter__(self) -> _Group:
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            self._bars.remove(task)

    def add(self, label: str, *, in_bytes: bool) -> Progress:
        task = self._bars.task(label, in_bytes=in_bytes)
        self._tasks.append(task)
        return self._bars.mover(task)


@dataclass
class _Told:
    done: int = 0
    total: int | None = None


class _Lines:
    """Things on their way as lines of a log."""

    def __init__(self, heart: Heartbeat) -> None:
        self._heart, self._under_way = heart, dict[str, _Told]()

    def add(self, label: str, *, in_bytes: bool) -> Progress:
        amount = size_words if in_bytes else str

        def move(done: int, total: int | None) -> None:
            self._under_way[label] = _Told(done, total)
            if total and done >= total:
                del self._under_way[label]
            self._heart.beat(lambda: self._words(label, amount))

        return move

    def _words(self, label: str, amount: Callable[[int], str]) -> str:
        told = self._under_way.get(label)
        if told is None:
            return f"{label}: done"
        others = len(self._under_way) - 1
        of_all = f" of {amount(told.total)}" if told.total else ""
        return f"{label}: {amount(told.done)}{of_all}" + (f", and {others} more under way" if others else "")


class _Shown:
    """What is drawn below all text. Each showing is a display of its own, so that nothing of ours is wiped out."""

    def __init__(self, screen: Console, renderable: Callable[[], RenderableType]) -> None:
        self._screen, self._renderable = screen, renderable
        self._live: Live | None = None

    def hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def show(self) -> None:
        from rich.live import Live

        self._live = Live(
            console=self._screen,
            get_renderable=self._renderable,
            refresh_per_second=10,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()


class _Bars:
    """Things on their way as bars."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._screen = Console(file=sys.stderr, highlight=False)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), _amounts())
        self._bars: RichProgress = RichProgress(*columns, console=self._screen, auto_refresh=False)
        self._shown = _Shown(self._screen, self._bars.get_renderable)
        self.show, self.hide = self._shown.show, self._shown.hide

    def add(self, label: str, *, in_bytes: bool) -> Progress:
        return self.mover(self.task(label, in_bytes=in_bytes))

    def task(self, label: str, *, in_bytes: bool) -> Any:
        """Give a new bar."""
        longest = min(_LONGEST_LABEL, max(self._screen.width - 45, 8))
        label = in_path(fitting(plain(label), self._screen.encoding), longest, "…" if self._is_utf8 else "..")
        return self._bars.add_task(label, total=None, in_bytes=in_bytes)

    def remove(self, task: Any) -> None:
        """Take a bar away."""
        self._bars.remove_task(task)

    def mover(self, task: Any) -> Progress:
        """Give what moves a bar; at its end it goes."""

        def move(done: int, total: int | None) -> None:
            self._bars.update(task, completed=done, total=total, visible=not total or done < total)

        return move

    @property
    def _is_utf8(self) -> bool:
        return self._screen.encoding.lower().startswith("utf")


def _amounts() -> Any:
    """Give the column behind a bar: how much of how much, and how fast where that is bytes."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Amounts(ProgressColumn):
        def render(self, task: Task) -> Text:
            done, total = int(task.completed), None if task.total is None else int(task.total)
            if not task.fields["in_bytes"]:
                return Text(f"{done} of {total}" if total is not None else str(done))
            words = size_words(done) if total is None else f"{size_words(done)} of {size_words(total)}"
            return Text(f"{words} {size_words(int(task.speed))}/s" if task.speed else words)

    return Amounts()
