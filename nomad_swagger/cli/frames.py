"""Tables of pandas' on their way out: the terminal, stdout, or a file, which is written whole or not at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nomad_swagger.cli.output import note, parquet_out, plural, say, show_rows
from nomad_swagger.disk import write_atomically
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    import pandas

FORMATS = ("table", "csv", "parquet")
Write = Callable[["pandas.DataFrame"], None]


def frame_out(fmt: str, file: Path | None, *, overwrite: bool = False) -> Write:
    """Give what writes a table; what speaks against that is said now, before the table is fetched.

    Parameters
    ----------
    fmt : {"table", "csv", "parquet"}
    file : Path or None
        None is stdout.
    overwrite : bool
        Replace a file of that name.

    Raises
    ------
    UsageError
        The file is there already, a table for people is no file, or a terminal would get bytes.
    """
    if fmt == "table":
        if file is not None:
            raise UsageError("a file is csv or parquet: say -o csv")
        return _show
    if file is None:
        if fmt == "csv":
            return lambda table: say(_csv(table).rstrip("\n"), exact=True)
        out = parquet_out()
        return lambda table: _print(out, _content(table, fmt))
    if file.exists() and not overwrite:
        raise _already_there(file)
    return lambda table: _write(file, table, fmt, overwrite)


def _print(out: IO[bytes], content: bytes) -> None:
    sys.stdout.flush()
    out.write(content)


def _already_there(file: Path) -> UsageError:
    return UsageError(f"{file} is there already: choose another name, or say --replace")


def _write(file: Path, table: pandas.DataFrame, fmt: str, overwrite: bool) -> None:
    try:
        write_atomically(file, _content(table, fmt), replace=overwrite)
    except FileExistsError as error:
        raise _already_there(file) from error
    note(f"{file}: {len(table)} {plural('row', len(table))}")


def _content(table: pandas.DataFrame, fmt: str) -> bytes:
    if fmt == "csv":
        return _csv(table).encode()
    from nomad_swagger.science.frames import write_parquet

    buffer = io.BytesIO()
    write_parquet(table, buffer)
    return buffer.getvalue()


def _csv(table: pandas.DataFrame) -> str:
    return str(table.to_csv())


def _show(table: pandas.DataFrame) -> None:
    shown = table.reset_index().astype(object)
    columns = [str(name) for name in shown.columns]
    rows = shown.where(shown.notna(), None).to_dict("records")
    show_rows(rows, columns=columns, fmt="table", key=columns[0])
