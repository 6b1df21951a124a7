"""Pictures of counts: bars, a histogram over time or a number, the periodic table.

They are read on paper too: dark is much, no meaning is in the hue alone, every axis says what it has, and small print
says where the numbers come from. Needs matplotlib, of the extra ``[plot]``, and pyplot only where a window is asked
for. It must not know how anything was counted.
"""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import UsageError
from nomad_swagger.extras import needed_by
from nomad_swagger.science.colours import contrasting
from nomad_swagger.science.labels import compact, grouped, share, short
from nomad_swagger.science.periodic_table import F_BLOCKS, HEIGHT, N_GROUPS, PLACES
from nomad_swagger.science.picture import Caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, LogNorm

On = Callable[[float, float], "Axes"]
"""Gives the axes to draw on, for a width and a height in inches."""

_GREY, _PALE, _FAINT = "#5f5f5f", "#8a8a8a", "#d4d4d4"
_BAR = "#2f5d8a"  # dark enough for paper, and neither red nor green
_WIDTH_IN, _TABLE_IN = 6.3, (10.0, 5.75)  # the text of an A4 page; a slide
_BIG, _MEDIUM, _SMALL, _SMALLEST = 12, 9, 8, 6
_LINE_IN = 0.17
_WITHOUT_WINDOWS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")


@needed_by("a plot")
def sheet(width: float, height: float) -> Axes:
    """Give the axes of a new figure that stands in no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


@needed_by("a plot")
def window(width: float, height: float) -> Axes:
    """Give the axes of a new figure of pyplot's, which :func:`show` shows.

    Raises
    ------
    UsageError
        There is no display.
    """
    from matplotlib import pyplot

    check_window()
    return pyplot.figure(figsize=(width, height), layout="constrained").add_subplot()


@needed_by("a plot")
def check_window() -> None:
    """Make sure that a window can be shown.

    Raises
    ------
    UsageError
        There is no display.
    """
    from matplotlib import get_backend

    if get_backend().lower() in _WITHOUT_WINDOWS:
        raise UsageError("there is no display to show a picture on; write it to a file instead")


def show() -> None:
    """Show pyplot's windows until they are closed."""
    from matplotlib import pyplot

    pyplot.show()


def plot_values(counts: Mapping[Any, float], caption: Caption, *, top: int = 20, on: On = sheet) -> Axes:
    """Draw a bar for each of the most frequent values, with its number; what is left out is stated.

    Parameters
    ----------
    counts : mapping
        Value → number.
    caption : Caption
    top : int
        Bars at most.
    on : callable
        Where to draw.
    """
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    shown, others = ranked[:top], ranked[top:]
    rows = max(len(shown) + bool(others), 3)
    axes = on(_WIDTH_IN, 1.3 + 0.22 * rows)
    if not shown:
        return _nothing(axes, caption)
    names, numbers = [short(str(value)) for value, _ in shown], [number for _, number in shown]
    axes.barh(range(len(shown)), numbers, color=_BAR, height=0.72)
    for place, number in enumerate(numbers):
        _behind_bar(axes, f"{grouped(number)}{share(number, caption.total)}", number, place)
    if others:
        names.append(f"{grouped(len(others))} more")
        _behind_bar(axes, f"at most {grouped(others[0][1])} each", 0, len(shown))
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(ylim=(rows - 0.4, -0.6), xlim=(0, max(*numbers, 0) * 1.45 or 1))
    axes.set_xlabel(caption.counted, fontsize=_MEDIUM)
    axes.set_ylabel(caption.values, fontsize=_MEDIUM)
    axes.tick_params(axis="y", length=0)
    _count_axis(axes.xaxis)
    return _finish(axes, caption, without=("top", "right", "left"))


def plot_histogram(counts: Mapping[Any, float], caption: Caption, *, on: On = sheet) -> Axes:
    """Draw how many there are in each interval of time or of a number; single whole numbers get bars of their own.

    Parameters
    ----------
    counts : mapping
        Beginning of the interval → number, in order. Times are datetimes with a zone.
    """
    axes = on(_WIDTH_IN, 3.3)
    starts = list(counts)
    if not starts:
        return _nothing(axes, caption)
    in_time = isinstance(starts[0], datetime)
    widths = _widths(starts, caption.end, timedelta(days=1) if in_time else 1.0)
    single = not in_time and all(float(start).is_integer() for start in starts) and set(widths) == {1.0}
    left = [start - 0.5 for start in starts] if single else starts
    axes.bar(left, list(counts.values()), width=widths, align="edge", color=_BAR, edgecolor="white", linewidth=0.3)
    axes.set_xlim(left[0] - widths[0] / 2, left[-1] + 1.5 * widths[-1])
    if in_time:
        _time_axis(axes)
    elif single:
        _count_axis(axes.xaxis, grid=False, ticks=12)
    axes.set_xlabel(f"{caption.values} (UTC)" if in_time else caption.values, fontsize=_MEDIUM)
    axes.set_ylabel(caption.counted, fontsize=_MEDIUM)
    axes.set_ylim(0, max(*counts.values(), 0) * 1.06 or 1)
    _count_axis(axes.yaxis)
    return _finish(axes, caption)


def plot_elements(counts: Mapping[str, float], caption: Caption, *, on: On = sheet) -> Axes:
    """Draw the periodic table, each element's cell as dark as it is frequent (by the logarithm), with its number.

    What is no element is named below.
    """
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Rectangle

    strange = ", ".join(f"{value} ({grouped(number)})" for value, number in counts.items() if value not in PLACES)
    note = f"Not in the table: {short(strange, 120)}" if strange else ""
    lines = sum(len(text.splitlines()) for text in _above_and_below(caption, note, wide=True))
    axes = on(_TABLE_IN[0], _TABLE_IN[1] + _LINE_IN * lines)
    known = {symbol: number for symbol, number in counts.items() if symbol in PLACES and number > 0}
    colours = colormaps["viridis_r"]
    scale = LogNorm(1, 10 ** max(1, math.ceil(math.log10(max(known.values(), default=1)))))
    for symbol, (column, row) in PLACES.items():
        number = known.get(symbol)
        fill = colours(scale(max(number, 1))) if number else (1.0, 1.0, 1.0, 1.0)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=fill, edgecolor="white" if number else _FAINT))
        ink = contrasting(fill) if number else _PALE
        _in_cell(axes, symbol, column, row + (0.37 if number else 0.5), size=_BIG, color=ink, weight="bold")
        if number:
            _in_cell(axes, compact(number), column, row + 0.76, size=_SMALL, color=ink)
    for words, (column, row) in F_BLOCKS.items():
        _in_cell(axes, words, column, row + 0.5, size=_SMALLEST + 1, color=_GREY)
    axes.set(xlim=(-0.05, N_GROUPS + 0.05), ylim=(HEIGHT + 0.05, -0.05), aspect="equal")
    axes.axis("off")
    if known:
        _scale_in_gap(axes, colours, scale, caption)
    else:
        axes.text(7, 1.5, f"no {caption.counted}", ha="center", va="center", fontsize=_BIG, color=_GREY)
    return _finish(axes, caption, note=note, wide=True)


def _widths(starts: Sequence[Any], end: Callable[[Any], Any] | None, alone: Any) -> list[Any]:
    """Give the widths of intervals; what lies between the end of one and the next has no entries."""
    steps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    longest = [end(start) - start for start in starts] if end else [*steps, min(steps, default=alone)]
    return [min(pair) for pair in zip(longest, [*steps, longest[-1]], strict=True)]


def _behind_bar(axes: Axes, text: str, number: float, place: int) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # no line of the grid through a number
    at = (number, place)
    axes.annotate(text, at, (3, 0), textcoords="offset points", va="center", fontsize=_SMALL - 1, bbox=box)


def _in_cell(axes: Axes, text: str, column: float, y: float, *, size: float, **style: Any) -> None:
    axes.text(column + 0.5, y, text, ha="center", va="center", fontsize=size, **style)


def _count_axis(axis: Any, *, grid: bool = True, ticks: int = 5) -> None:
    """Label an axis with whole numbers, and draw lines to read them by behind the bars."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=ticks, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda number, _: grouped(number)))
    axis.axes.set_axisbelow(True)
    if grid:
        axis.grid(True, color=_FAINT, linewidth=0.5)


def _time_axis(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=timezone.utc, minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=timezone.utc))


def _scale_in_gap(axes: Axes, colours: Colormap, scale: LogNorm, caption: Caption) -> None:
    """Put the scale above the d block, where no element stands."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.ticker import FuncFormatter, NullLocator

    room = axes.inset_axes((3.0, 0.8, 8.0, 0.3), transform=axes.transData)
    bar = axes.figure.colorbar(ScalarMappable(scale, colours), cax=room, orientation="horizontal")
    bar.set_label(f"{caption.counted} (logarithmic)", fontsize=_MEDIUM)
    bar.ax.xaxis.set_minor_locator(NullLocator())
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda number, _: compact(number)))
    bar.ax.tick_params(labelsize=_SMALL)
    bar.outline.set_visible(False)


def _nothing(axes: Axes, caption: Caption) -> Axes:
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, f"no {caption.counted}", transform=axes.transAxes, ha="center", va="center", color=_GREY)
    return _finish(axes, caption, without=("top", "right", "left", "bottom"))


def _finish(
    axes: Axes, caption: Caption, *, without: Sequence[str] = ("top", "right"), note: str = "", wide: bool = False
) -> Axes:
    """Add title and small print, and take away the lines that say nothing."""
    for side in without:
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=_SMALL)
    axes.xaxis.get_offset_text().set_fontsize(_SMALL)
    above, below = _above_and_below(caption, note, wide=wide)
    axes.set_title(caption.title, loc="left", fontsize=_BIG, weight="bold", pad=8 + 12 * len(above.splitlines()))
    _beside(axes, above, "axes fraction", 1, 6, _SMALL)
    labelled = axes.axison and axes.get_xlabel()
    _beside(axes, below, axes.xaxis.label if labelled else "axes fraction", 0, -6, _SMALLEST)
    return axes


def _above_and_below(caption: Caption, note: str, *, wide: bool) -> tuple[str, str]:
    """Give the small texts in lines that fit: what was asked, and the small print."""
    above = textwrap.fill(caption.subtitle, 120 if wide else 62, max_lines=3, placeholder=" …")
    return above, "\n".join(textwrap.fill(text, 190 if wide else 84) for text in (note, caption.source) if text)


def _beside(axes: Axes, text: str, along_y: Any, y: float, points: float, size: float) -> None:
    """Put a text above (positive points) or below a place, in line with the axes' left side."""
    side, place = "bottom" if points > 0 else "top", ("axes fraction", along_y)
    style: dict[str, Any] = {"va": side, "fontsize": size, "color": _GREY, "parse_math": False}
    axes.annotate(text, (0, y), (0, points), xycoords=place, textcoords="offset points", **style)
