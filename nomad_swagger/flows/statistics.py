"""Statistics: how many entries of a search have which value of a quantity.

Knows what a count is to a scientist; how it is asked for is in :mod:`nomad_swagger.flows.counting`, and how it looks in
:mod:`nomad_swagger.science.plots`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger import display
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.asked import as_found
from nomad_swagger.flows.counting import Question, name_and_kind
from nomad_swagger.light import dataclass
from nomad_swagger.science.labels import grouped
from nomad_swagger.science.picture import Caption
from nomad_swagger.words import Interval, Owner

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

    from nomad_swagger.client.client import NomadClient

# What a notebook shows.
_SHOWN = 20
# What an interval of time is called, and how many days or months it has.
_INTERVALS = {
    "1d": ("day", 1, 0),
    "1w": ("week", 7, 0),
    "1M": ("month", 0, 1),
    "1q": ("quarter", 0, 3),
    "1y": ("year", 0, 12),
}


@dataclass(frozen=True, repr=False)
class Statistics:
    """How many entries have which value.

    Attributes
    ----------
    quantity : str
        By the server's name.
    kind : {"values", "times", "numbers"}
    counts : mapping
        Value → number of entries, the most frequent first; times (the beginnings of intervals, UTC) and numbers (their
        lower ends, in NOMAD's unit) in order. An entry with several values is in several counts; of numbers in nested
        sections (``results.material.topology``) NOMAD counts the sections.
    total : int
        Entries that match, whatever values they have.
    interval : str or float or None
        Of times and numbers; None where the server chose it.
    metric : str
        What else was asked for; empty for nothing.
    metrics : mapping
        Value → metric.
    complete : bool
        The server gave all values, with their metrics; a ``limit`` of the caller does not count as less. Entries that
        have no value at all are in :attr:`without`.
    word : str
        What the caller called the quantity, by our own word where there is one.
    query : mapping
        Which entries, as the caller said it.
    url : str
        The API that was asked.
    asked : datetime
        When (UTC).
    raw : tuple
        NOMAD's answers.
    """

    quantity: str
    kind: str
    counts: Mapping[Any, int]
    total: int
    interval: str | float | None = None
    metric: str = ""
    metrics: Mapping[Any, float] = field(default_factory=dict)
    complete: bool = True
    word: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    asked: datetime | None = None
    raw: tuple[Any, ...] = ()

    @property
    def without(self) -> int:
        """Give how many entries are at least in none of the counts: they have no value, or one beyond the limit."""
        return max(self.total - sum(self.counts.values()), 0)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give value, entries, share (of the total, 0 to 1; None of nothing), and the metric by its name."""
        for value, entries in self.counts.items():
            row = {"value": value, "entries": entries, "share": entries / self.total if self.total else None}
            yield row | ({self.metric: self.metrics.get(value)} if self.metric else {})

    def to_pandas(self) -> DataFrame:
        """Give a table with the columns value, entries, share, and the metric's where one was asked for.

        Needs the extra ``[pandas]``. Times are UTC; ``value`` is text where values are words.
        """
        from nomad_swagger.science import frames

        kinds = {"times": frames.TIME, "numbers": frames.NUMBER}
        columns = {"value": kinds.get(self.kind, frames.TEXT), "entries": frames.COUNT, "share": frames.NUMBER}
        rows = self.rows() if self.kind in kinds else ({**row, "value": _word(row["value"])} for row in self.rows())
        return frames.frame(rows, columns | ({self.metric: frames.NUMBER} if self.metric else {}))

    def plot(
        self, path: str | Path | None = None, *, ax: Axes | None = None, top: int = 20, window: bool = False
    ) -> Axes:
        """Draw it: elements as a periodic table, times and numbers as a histogram, other values as bars.

        Needs the extra ``[plot]``. Where a metric was asked for, it is what is drawn.

        Parameters
        ----------
        path : str or Path, optional
            A file to write: png, svg or pdf.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure, of a size that fits.
        top : int
            How many bars at most; what is left out is stated.
        window : bool
            The new figure is one of pyplot's, for ``matplotlib.pyplot.show()``.

        Returns
        -------
        Axes

        Raises
        ------
        UsageError
            A file of another kind.
        """
        from nomad_swagger.science import picture, plots

        if path is not None:
            picture.check_format(path)
        on = (lambda width, height: ax) if ax is not None else plots.window if window else plots.sheet
        drawn = self.metrics if self.metric else self.counts
        if self.word == "elements":
            axes = plots.plot_elements(drawn, self._caption(), on=on)
        elif self.kind == "values":
            axes = plots.plot_values(drawn, self._caption(), top=top, on=on)
        else:
            axes = plots.plot_histogram(drawn, self._caption(), on=on)
        if path is not None:
            picture.save(axes, path)
        return axes

    def _caption(self) -> Caption:
        said = [f"{name} = {_word(value)}" for name, value in self.query.items() if value is not None]
        when = f", {self.asked:%Y-%m-%d %H:%M} UTC" if self.asked else ""
        cut = "" if self.complete else "; the server gave a part only"
        cut += f"; {grouped(self.without)} entries in none of the counts" if self.without else ""
        called = " ".join(self.word.split(".")[-2:]).replace("_", " ")
        entries = f"{grouped(self.total)} {'entry' if self.total == 1 else 'entries'}"
        period = _INTERVALS.get(str(self.interval), ("",))[0]
        return Caption(
            title=f"{entries} by {called}",
            subtitle=", ".join(said),
            values=self._label(called),
            counted=f"{self.metric or 'entries'}{f' per {period}' if period else ''}",
            source=f"{self.url}{when}{cut}",
            total=None if self.metric else self.total,
            end=None if self.interval is None else self._end,
        )

    def _label(self, called: str) -> str:
        whole = all(float(value).is_integer() for value in self.counts) if self.kind == "numbers" else True
        return called if whole else f"{called} (SI unit)"

    def _end(self, start: Any) -> Any:
        """Give where an interval ends that begins there."""
        if self.kind == "numbers":
            return start + self.interval
        _, days, months = _INTERVALS[str(self.interval)]
        year, month = divmod(start.month - 1 + months, 12)
        return start.replace(year=start.year + year, month=month + 1) + timedelta(days=days)

    def _repr_html_(self) -> str:
        rows = list(itertools.islice(self.rows(), _SHOWN))
        columns = ["value", "entries", "share", *([self.metric] if self.metric else [])]
        title = f"{self.quantity}: {len(rows)} of {len(self.counts)} values, {self.total} entries"
        shown = [[_shown(column, row[column]) for column in columns] for row in rows]
        return display.grid(title, [self.quantity, *columns[1:]], shown)

    def __repr__(self) -> str:
        return f"<Statistics of {self.quantity}: {len(self.counts)} {self.kind}, {self.total} entries>"


def statistics(
    client: NomadClient,
    quantity: str,
    *,
    owner: Owner = "public",
    interval: Interval | float | None = None,
    metric: str | None = None,
    limit: int | None = None,
    query: Mapping[str, Any] | None = None,
    **quantities: Any,
) -> Statistics:
    """Count the entries of a search by the values of a quantity.

    Parameters
    ----------
    client : NomadClient
    quantity : str
        What to count by: ``elements``, ``only_elements``, ``formula``, ``code``, ``upload_id``, ``entry_id``,
        ``dataset``, ``doi`` or ``upload_time`` on every NOMAD, or a name of the server's own. Times are counted by
        interval; numbers too, where the server can.
    owner, query, **quantities
        Which entries, as :func:`nomad_swagger.flows.search.search` takes them.
    interval : {"1d", "1w", "1M", "1q", "1y"} or float, optional
        Of times (by default a month), or the width of the intervals of numbers, in NOMAD's unit of the quantity.
    metric : str, optional
        What else to give for each value, by the server's name: ``dft.calculations`` (0.8), ``n_calculations`` (v1).
    limit : int, optional
        The most frequent values only; of times and numbers nothing is left out.

    Raises
    ------
    UnknownArgument
        No such quantity.
    UsageError
        It cannot be counted, or not in this way on this server.
    InvalidRequest
        The server does not have the metric, or not for this quantity.

    Source: NOMAD 0.7.9 and 0.8.6 (``repo/quantity``, ``repo/?statistics``), 1.4.3 (aggregations of ``entries/query``).

    Examples
    --------
    >>> found = statistics(client, "code", elements=["Si"], limit=3)    # doctest: +SKIP
    >>> found.counts                                                    # doctest: +SKIP
    {'VASP': 1204, 'FHI-aims': 311, 'exciting': 12}
    """
    if limit is not None and limit < 1:
        raise UsageError(f"limit is the number of values wanted, not {limit}")
    wanted = {**(query or {}), **quantities}
    question = Question(client, as_found(client, wanted), owner, metric)
    name, kind = name_and_kind(client.nomad, quantity)
    if kind == "values":
        if interval is not None:
            raise UsageError(f"{name} is counted by value, not by interval: leave interval out")
        tally = question.values(name, limit)
    else:
        tally = (question.times if kind == "times" else question.numbers)(name, interval)
    words = client.nomad.generation.quantities
    return Statistics(
        quantity=name,
        kind=kind,
        counts=tally.entries,
        total=question.total(tally),
        interval=tally.interval,
        metric=metric or "",
        metrics=tally.metrics,
        complete=tally.complete,
        word=next((word for word, known in words.items() if name in known.names), quantity),
        query={"owner": owner, **wanted},
        url=client.nomad.api_url,
        asked=datetime.now(timezone.utc),
        raw=tuple(tally.answers),
    )


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _shown(column: str, value: Any) -> Any:
    if column == "share":
        return None if value is None else f"{value:.1%}"
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value
