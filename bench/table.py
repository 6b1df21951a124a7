"""Ways of doing one thing, what each took, and the table of it. Knows numbers and words; it must not run anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Clock = Literal["answer", "end", "own"]
"""Until the first line of output; until the process ends; or what the process itself reports."""


@dataclass(frozen=True)
class Aim:
    """What a way is held against.

    Attributes
    ----------
    most : float
    of : {"ratio", "ms", "MiB"}
        Of the time to the baseline's (both clocks', where there are two), of the time itself, or of the memory that the
        act adds to the process.
    text : str
        As the table shows it.
    """

    most: float
    of: Literal["ratio", "ms", "MiB"]
    text: str


@dataclass(frozen=True)
class Way:
    """One way of doing a thing: a command, and which clock tells how long it takes.

    Attributes
    ----------
    fresh : bool
        With an empty cache in each run.
    counted : bool
        Its instructions, too.
    """

    name: str
    command: Sequence[str]
    clock: Clock
    aims: tuple[Aim, ...] = ()
    env: Mapping[str, str] | None = None
    fresh: bool = False
    counted: bool = False


@dataclass(frozen=True)
class Took:
    """What a way took.

    Attributes
    ----------
    seconds : float
        By the way's clock.
    until_end_s : float or None
        To the end of the process, where the clock stops before it.
    added_mib : float or None
        Only where the process itself reports it.
    instructions : int or None
        To the end of the process, where they were counted.
    """

    seconds: float
    until_end_s: float | None = None
    added_mib: float | None = None
    instructions: int | None = None


@dataclass(frozen=True)
class _Measure:
    head: str
    of: Callable[[Took], float | None]
    shown: Callable[[float], str]
    has_ratio: bool = True


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


_MEASURES = (
    _Measure("time", lambda took: took.seconds, _time),
    _Measure("to the end", lambda took: took.until_end_s, _time),
    _Measure("instructions", lambda took: took.instructions, lambda count: f"{count / 1e6:,.0f} M"),
    _Measure("added memory", lambda took: took.added_mib, lambda mib: f"{mib:.0f} MiB", has_ratio=False),
)


@dataclass(frozen=True)
class Table:
    """The ways of doing one thing; the first is the baseline of the ratios unless another is named."""

    title: str
    ways: Sequence[Way]
    took: Mapping[str, Took]
    baseline: str = ""

    def lines(self) -> Iterator[str]:
        """Give the table as Markdown; a measure that no way has is left out."""
        measures = [
            measure for measure in _MEASURES if any(measure.of(took) is not None for took in self.took.values())
        ]
        heads = [head for measure in measures for head in self._heads(measure)]
        yield from (f"### {self.title}", "", f"| | {' | '.join(heads)} | aim | |")
        yield f"|---|{'---:|' * len(heads)}---|---|"
        for way in self.ways:
            cells = [cell for measure in measures for cell in self._cells(measure, way)]
            cells += [", ".join(aim.text for aim in way.aims), ", ".join(self.verdicts(way))]
            yield f"| {way.name} | {' | '.join(cells)} |"
        yield ""

    def verdicts(self, way: Way) -> Iterator[str]:
        """Tell of each aim whether it is met."""
        took = self.took[way.name]
        ratios = [ratio for measure in _MEASURES[:2] if (ratio := self._ratio(measure, took)) is not None]
        values = {"ratio": max(ratios), "ms": took.seconds * 1000, "MiB": took.added_mib or 0.0}
        for aim in way.aims:
            yield "met" if values[aim.of] <= aim.most else "**missed**"

    def _heads(self, measure: _Measure) -> list[str]:
        return [measure.head, *([f"x {self._base_name}"] if measure.has_ratio else [])]

    def _cells(self, measure: _Measure, way: Way) -> list[str]:
        took = self.took[way.name]
        value, ratio = measure.of(took), self._ratio(measure, took)
        cells = ["" if value is None else measure.shown(value)]
        return [*cells, "" if ratio is None else f"{ratio:.2f}"] if measure.has_ratio else cells

    def _ratio(self, measure: _Measure, took: Took) -> float | None:
        value, base = measure.of(took), measure.of(self.took[self._base_name])
        return None if value is None or base is None else value / base

    @property
    def _base_name(self) -> str:
        return self.baseline or self.ways[0].name
