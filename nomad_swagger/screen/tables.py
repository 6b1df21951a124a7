"""Rows laid out for the width there is: the one function for every table that a person reads.

Knows widths, kinds of columns and words; where the rows come from and where the lines go is the caller's. Ids are never
cut, paths lose their middle, texts end behind a word, numbers stand right. What finds no room goes, the last columns
first; and where there is too little for a table at all, a record is a few lines.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from nomad_swagger.light import dataclass
from nomad_swagger.screen.cut import cell_len, in_path, in_the_middle, in_words
from nomad_swagger.screen.plain import plain

_GAP = 2
_NARROW = 60  # below that a record is a few lines
_ISO_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
# The least that a column of a kind may have and be worth showing; the others need all of theirs.
_LEAST = {"path": 14, "text": 18, "prose": 30}
# Columns whose values are sentences that are read in whole, and those that matter less than where they stand says.
_PROSE = frozenset({"words"})
_LATER = frozenset({"stage", "with_embargo", "sha256", "upload_id"})

Cells = Sequence[str]


@dataclass(frozen=True)
class Laid:
    """A table as lines.

    Attributes
    ----------
    lines : list of (line, whether it is a head)
    left_out : tuple of str
        Columns that found no room.
    """

    lines: list[tuple[str, bool]]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    natural: int
    cells: Cells

    @property
    def least(self) -> int:
        return min(self.natural, max(_LEAST.get(self.kind, self.natural), cell_len(self.name)))


def lay_out(
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str],
    *,
    key: str,
    width: int | None,
    clean: Callable[[str], str] = plain,
    dots: str = "…",
) -> Laid:
    """Lay rows out.

    Parameters
    ----------
    rows : iterable of mapping
    columns : sequence of str
        What is shown, the most important first.
    key : str
        The column that names a row; it is never cut. Where it is none of the columns, the first one names a row.
    width : int or None
        In cells of a terminal; None is all that it takes, with nothing cut or left out.
    clean : callable
        Makes a value's text harmless, and such that it can be printed.
    dots : str
        What stands for what was cut.

    Examples
    --------
    >>> rows = [{"id": "a1", "path": "one/two/three/four/five.out", "entries": 3}]
    >>> for line, _ in lay_out(rows, ["id", "path", "entries"], key="id", width=60).lines:
    ...     print(line)
    id  path                         entries
    a1  one/two/three/four/five.out        3
    """
    listed = list(rows)
    made = [_column(name, [row.get(name) for row in listed], key, width is not None, clean) for name in columns]
    if width is None:
        return Laid(_grid(made, [column.natural for column in made], dots))
    head = key if key in columns else columns[0]
    chosen = _chosen(made, head, width)
    if width < _NARROW or len(chosen) < min(2, len(made)):
        return Laid(_records(made, head, width, dots))
    widths = _widths(chosen, width)
    left_out = tuple(column.name for column in made if column not in chosen)
    return Laid(_grid(chosen, widths, dots), left_out)


def cell(value: object, *, short: bool = False, clean: Callable[[str], str] = plain) -> str:
    """Give one value as text: yes and no, lists with commas, nothing for None; times ``short`` or in whole.

    Examples
    --------
    >>> cell(True), cell(["Si", "O"]), cell(None), cell("2020-03-18T10:20:30+00:00", short=True)
    ('yes', 'Si, O', '', '2020-03-18 10:20')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        value = value.isoformat(timespec="seconds")
    text = clean(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
    time = _ISO_TIME.fullmatch(text) if short else None
    return f"{time[1]} {time[2]}" if time else text


def _column(name: str, values: Sequence[object], key: str, short: bool, clean: Callable[[str], str]) -> _Column:
    cells = [cell(value, short=short, clean=clean) for value in values]
    natural = max(map(cell_len, [name, *cells]))
    return _Column(name, _kind(name, values, cells, key), natural, cells)


def _kind(name: str, values: Sequence[object], cells: Cells, key: str) -> str:
    said = [value for value in values if value is not None]
    if said and all(_is_number(value) for value in said):
        return "number"
    if name in (key, "id") or name.endswith("_id") or all(isinstance(value, (bool, datetime)) for value in said):
        return "whole"
    if name in _PROSE:
        return "prose"
    return "path" if any(cells) and all(_is_path(one) for one in cells if one) else "text"


def _is_path(text: str) -> bool:
    return "/" in text and " " not in text


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[\d.]+%|", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _chosen(columns: Sequence[_Column], key: str, width: int) -> list[_Column]:
    """Give the columns that find room, the most important first served, in the order in which they stand."""
    chosen, left = [], width + _GAP
    for column in sorted(columns, key=lambda column: (column.name != key, column.name in _LATER)):
        if column.least + _GAP <= left:
            chosen.append(column)
            left -= column.least + _GAP
    return [column for column in columns if column in chosen]


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """Give each column the least that it needs, and share the rest among those that could do with more."""
    widths = [column.least for column in columns]
    left = width - sum(widths) - _GAP * (len(columns) - 1)
    while left > 0:
        wanting = [at for at, column in enumerate(columns) if widths[at] < column.natural]
        if not wanting:
            break
        for at in wanting[:left]:
            more = min(max(left // len(wanting), 1), columns[at].natural - widths[at])
            widths[at] += more
            left -= more
    return widths


def _grid(columns: Sequence[_Column], widths: Sequence[int], dots: str) -> list[tuple[str, bool]]:
    if not columns or not columns[0].cells:
        return []
    lines = [(_line(columns, widths, [column.name for column in columns]), True)]
    for cells in zip(*(column.cells for column in columns), strict=True):
        parts = [_cut(column, text, width, dots) for column, text, width in zip(columns, cells, widths, strict=True)]
        for at in range(max(map(len, parts))):
            lines.append((_line(columns, widths, [part[at] if at < len(part) else "" for part in parts]), False))
    return lines


def _line(columns: Sequence[_Column], widths: Sequence[int], cells: Cells) -> str:
    padded = []
    for column, width, text in zip(columns, widths, cells, strict=True):
        room = " " * (width - cell_len(text))
        padded.append(room + text if column.kind == "number" else text + room)
    return (" " * _GAP).join(padded).rstrip()


def _cut(column: _Column, text: str, width: int, dots: str) -> list[str]:
    """Give the lines of a cell: one, but of sentences."""
    if cell_len(text) <= width:
        return [text]
    if column.kind == "prose":
        return _wrapped(text, width, dots)
    return [_shortened(column, text, width, dots)]


def _shortened(column: _Column, text: str, width: int, dots: str) -> str:
    """Give a cell in one line: of a path whole steps, of a text whole words."""
    if _is_path(text):
        return in_path(text, width, dots)
    return (in_words if column.kind in ("text", "path") else in_the_middle)(text, width, dots)


def _wrapped(text: str, width: int, dots: str) -> list[str]:
    words = " ".join(in_path(word, width, dots) for word in text.split())
    return textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False) or [""]


def _records(columns: Sequence[_Column], key: str, width: int, dots: str) -> list[tuple[str, bool]]:
    """Give each record as its name and a line for every value that it has."""
    others = [column for column in columns if column.name != key]
    head = next(column for column in columns if column.name == key)
    label = max((cell_len(column.name) for column in others), default=0) + _GAP
    lines: list[tuple[str, bool]] = []
    for number, name in enumerate(head.cells):
        lines.append((_shortened(head, name, width, dots) if name else "-", True))
        for column in others:
            lines += [(line, False) for line in _fact(column, column.cells[number], label, width, dots)]
    return lines


def _fact(column: _Column, text: str, label: int, width: int, dots: str) -> list[str]:
    if not text:
        return []
    room = width - _GAP - label
    if column.kind == "whole" and cell_len(text) > room:
        return [f"  {column.name}", f"    {in_the_middle(text, width - 2 * _GAP, dots)}"]
    parts = [in_path(text, room, dots)] if _is_path(text) else _wrapped(text, room, dots)
    heads = [f"  {column.name}".ljust(_GAP + label), *[" " * (_GAP + label)] * (len(parts) - 1)]
    return [head + part for head, part in zip(heads, parts, strict=True)]
