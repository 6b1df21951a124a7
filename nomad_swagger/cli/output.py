"""The one place that prints: results to stdout in the format that was asked for, notes and progress to stderr."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import click

from nomad_swagger.errors import UsageError
from nomad_swagger.jsontext import json_text
from nomad_swagger.transport.bodies import Progress

if TYPE_CHECKING:
    from nomad_swagger.calls.plan import Plan
    from nomad_swagger.client.nomad import Nomad

_NO_LIMIT = 10_000


def note(message: str) -> None:
    """Say something that is not a result."""
    click.echo(message, err=True)


def say(text: str = "") -> None:
    """Print a line of a result that is text."""
    click.echo(text)


def show_plan(nomad: Nomad, plan: Plan) -> None:
    """Print a plan: in words, its requests in order, and what each must show afterwards."""
    from nomad_swagger.explore.plan_as_text import plan_text

    click.echo(plan_text(nomad, plan))


def show_json(value: Any, *, nan: bool = False) -> None:
    """Print one value as JSON, indented for a person and compact for a pipe; NaN is null unless it is asked for."""
    indent = 2 if sys.stdout.isatty() else None
    click.echo(json_text(value, nan=nan, indent=indent, default=_plain))


def show_rows(records: Iterable[Any], *, columns: Sequence[str], fmt: str, key: str) -> int:
    """Print records and give their number.

    Parameters
    ----------
    records : iterable of dataclass or mapping
        Printed as they come, but for a table, which needs all of them.
    columns : sequence of str
        What a table and csv show.
    fmt : {"table", "json", "ndjson", "csv", "ids"}
    key : str
        What ``ids`` prints.
    """
    rows = (_row(record) for record in records)
    return _WRITERS[fmt](rows, columns, key)


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


@contextmanager
def transfer_bars() -> Iterator[Callable[[str], Progress]]:
    """Give what makes a callback for one transfer, which draws a bar on a terminal and is silent elsewhere.

    Transfers of several threads share one display.
    """
    if not sys.stderr.isatty():
        yield lambda label: lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def bar(label: str) -> Progress:
            task = bars.add_task(label, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield bar


@contextmanager
def counting_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callback for things done of all, which draws a bar on a terminal and is silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def transfer_bar(label: str) -> Iterator[Progress]:
    """Give the callback for a transfer that is alone."""
    with transfer_bars() as bar:
        yield bar(label)


def stage_notes() -> Callable[[Any], None]:
    """Give a callback that notes each new stage of an upload once."""
    last: list[str] = []

    def seen(upload: Any) -> None:
        words = f"{upload.stage or '-'} ({upload.status or '-'})"
        words += f", {upload.entries} {plural('entry', upload.entries)}" if upload.entries else ""
        words += f", {upload.failed} failed" if upload.failed else ""
        if last != [words]:
            last[:] = [words]
            note(f"upload {upload.upload_id}: {words}")

    return seen


def plural(word: str, count: int | None) -> str:
    """Give a word for one or for many.

    Examples
    --------
    >>> plural("entry", 1), plural("entry", 2), plural("upload", 0)
    ('entry', 'entries', 'uploads')
    """
    if count == 1:
        return word
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _row(record: Any) -> dict[str, Any]:
    return asdict(record) if is_dataclass(record) and not isinstance(record, type) else dict(record)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], key: str) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - called while one is handled; whoever runs us ends quietly, as for every format

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == key)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    if table.row_count:
        PipeConsole(file=sys.stdout, width=None if sys.stdout.isatty() else _NO_LIMIT, soft_wrap=False).print(table)
    return table.row_count


def _json(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], _key: str) -> int:
    listed = list(rows)
    show_json(listed)
    return len(listed)


def _ndjson(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], _key: str) -> int:
    count = 0
    for row in rows:
        count += 1
        click.echo(json_text(row, default=_plain))
    return count


def _csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], _key: str) -> int:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow([_cell(row.get(column)) for column in columns])
    return count


def _ids(rows: Iterable[Mapping[str, Any]], _columns: Sequence[str], key: str) -> int:
    count = 0
    for row in rows:
        count += 1
        click.echo(row[key])
    return count


_WRITERS: Mapping[str, Callable[[Iterable[Mapping[str, Any]], Sequence[str], str], int]] = {
    "table": _table,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "ids": _ids,
}
