"""Records on their way out, in the format that was asked for: a table for people, the rest for programs."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import IO, Any

from nomad_swagger.cli import console
from nomad_swagger.errors import UsageError
from nomad_swagger.jsontext import json_text
from nomad_swagger.screen.tables import cell, lay_out


def show_rows(records: Iterable[Any], *, columns: Sequence[str], fmt: str, key: str) -> int:
    """Print records and give their number.

    Parameters
    ----------
    records : iterable of dataclass or mapping
        Printed as they come, but for a table, which needs all of them.
    columns : sequence of str
        What a table and csv show, the most important first: a narrow table leaves out the last.
    fmt : {"table", "json", "ndjson", "csv", "ids"}
    key : str
        What ``ids`` prints, and what a table never cuts.
    """
    rows = (_row(record) for record in records)
    return _WRITERS[fmt](rows, columns, key)


def show_json(value: Any, *, nan: bool = False) -> None:
    """Print one value as JSON, indented for a person and compact for a pipe; NaN is null unless it is asked for."""
    indent = 2 if sys.stdout.isatty() else None
    console.say_json(json_text(value, nan=nan, indent=indent, default=_plain))


def parquet_out() -> IO[bytes]:
    """Give where Parquet goes to, which is no terminal.

    Raises
    ------
    UsageError
        Nobody redirects it.
    """
    if sys.stdout.isatty():
        raise UsageError("Parquet is no text: send it into a file, … -o parquet > entries.parquet")
    sys.stdout.flush()
    return sys.stdout.buffer


def _row(record: Any) -> dict[str, Any]:
    return asdict(record) if is_dataclass(record) and not isinstance(record, type) else dict(record)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], key: str) -> int:
    listed = list(rows)
    if not listed:
        return 0
    laid = lay_out(listed, columns, key=key, width=console.width(), clean=console.for_cell, dots=console.dots())
    console.say_lines(laid.lines)
    if laid.left_out:
        console.note(f"no room for {', '.join(laid.left_out)}: --wide shows all")
    return len(listed)


def _json(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], _key: str) -> int:
    listed = list(rows)
    show_json(listed)
    return len(listed)


def _ndjson(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], _key: str) -> int:
    count = 0
    for row in rows:
        count += 1
        console.say_json(json_text(row, default=_plain))
    return count


def _csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], _key: str) -> int:
    console.say(_csv_line(columns), exact=True)
    count = 0
    for row in rows:
        count += 1
        console.say(_csv_line([cell(row.get(column), clean=str) for column in columns]), exact=True)
    return count


def _csv_line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)  # what ends a line is quoted in a value
    return line.getvalue().removesuffix("\r\n")


def _ids(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], key: str) -> int:
    count = 0
    for row in rows:
        count += 1
        console.say(str(row[key]), exact=True)
    return count


_WRITERS: Mapping[str, Callable[[Iterable[Mapping[str, Any]], Sequence[str], str], int]] = {
    "table": _table,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "ids": _ids,
}
