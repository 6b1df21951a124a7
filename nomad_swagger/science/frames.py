"""Tables of records and of values from archives; names and types of the columns do not depend on what was found.

A column has one of the kinds below, in pandas as in Parquet, also if there is no row. Needs pandas, and pyarrow for
Parquet, of the extra ``[pandas]``. It must not know where rows come from.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from nomad_swagger.errors import UsageError
from nomad_swagger.extras import needed_by
from nomad_swagger.science.units import factor, unit_of_name
from nomad_swagger.science.values import Archive, value

if TYPE_CHECKING:
    import pandas
    import pyarrow

TEXT, TRUTH, NUMBER, COUNT, TIME, TEXTS, OBJECT = "text", "truth", "number", "count", "time", "texts", "object"
INDEX = "entry_id"

# Lists and whatever else has no type of its own stay Python's.
_PANDAS: Mapping[str, str] = {
    TEXT: "string",
    TRUTH: "boolean",
    NUMBER: "float64",
    COUNT: "Int64",
    TIME: "datetime64[us, UTC]",
    TEXTS: "object",
    OBJECT: "object",
}
# What the annotation of a record's field says, but for "| None".
_ANNOTATED: Mapping[str, str] = {
    "str": TEXT,
    "bool": TRUTH,
    "int": COUNT,
    "float": NUMBER,
    "datetime": TIME,
    "tuple[str, ...]": TEXTS,
}
_GROUP_ROWS = 10_000

Columns = Mapping[str, str]
"""Column → its kind."""


def columns_of(record: type[Any]) -> dict[str, str]:
    """Give the columns of a record: the fields of a dataclass that are in its repr, by their annotations.

    Examples
    --------
    >>> from dataclasses import dataclass, field
    >>> @dataclass
    ... class Entry:
    ...     entry_id: str
    ...     elements: tuple[str, ...] = ()
    ...     raw: dict = field(default_factory=dict, repr=False)
    >>> columns_of(Entry)
    {'entry_id': 'text', 'elements': 'texts'}
    """
    return {known.name: _ANNOTATED[str(known.type).removesuffix(" | None")] for known in fields(record) if known.repr}


@needed_by("a table")
def frame(rows: Iterable[Any], columns: Columns, *, index: str | None = None) -> pandas.DataFrame:
    """Give rows as a table.

    Parameters
    ----------
    rows : iterable of mapping or dataclass
        What is missing, or None, is NA there, and NaN among numbers.
    columns : mapping of str to str
        The names of the columns, in their order, each with its kind.
    index : str, optional
        A column to become the index.

    Examples
    --------
    >>> frame([{"formula": "Si2", "entries": 3}], {"formula": TEXT, "entries": COUNT}).dtypes.astype(str).to_list()
    ['string', 'Int64']
    """
    import pandas as pd

    listed = [_row(row, columns) for row in rows]
    series = {name: _series([row[name] for row in listed], kind) for name, kind in columns.items()}
    table = pd.DataFrame(series, columns=list(columns))
    return table if index is None else table.set_index(index)


def archives_frame(
    archives: Iterable[Archive], columns: Mapping[str, str | tuple[str, str | None]]
) -> pandas.DataFrame:
    """Give values of archives as a table: a row for each, with its entry's id as index.

    Parameters
    ----------
    archives : iterable of Archive
    columns : mapping
        Column → path, or (path, unit). A column whose name ends in a unit (``energy_eV``) is given in that; other
        numbers are in SI units, as NOMAD has them, and so are those of a pair whose unit is None.

    Returns
    -------
    pandas.DataFrame
        Numbers are float64, with NaN where an archive has none; texts are strings; a column with lists, or of several
        types, holds Python objects.

    Raises
    ------
    UsageError
        An unknown unit; or a value that is no number for a column that has a unit.
    """
    if INDEX in columns:
        raise UsageError(f"{INDEX!r} is the index of the table already: give the column another name")
    wanted = {name: _path_and_unit(name, column) for name, column in columns.items()}
    rows = [
        {INDEX: archive.entry_id} | {name: _value(archive, name, *where) for name, where in wanted.items()}
        for archive in archives
    ]
    kinds = {name: _kind([row[name] for row in rows]) for name in wanted}
    return frame(rows, {INDEX: TEXT, **kinds}, index=INDEX)


@needed_by("a table")
def write_parquet(table: pandas.DataFrame, file: IO[bytes]) -> None:
    """Write a table as Parquet; its index is a column of it, and lists are list columns.

    Raises
    ------
    UsageError
        A column has values that Parquet has no common type for.
    """
    import pyarrow as pa

    try:
        table.to_parquet(file, engine="pyarrow")
    except pa.ArrowException as error:
        raise UsageError(f"a column has values of several types, which Parquet cannot hold: {error}") from error


@needed_by("a table")
def write_table(records: Iterable[Any], file: IO[bytes], columns: Columns) -> int:
    """Write records as Parquet, some thousands at a time, and give their number.

    Parameters
    ----------
    records : iterable of mapping or dataclass
    file : binary file
        Need not be seekable.
    columns : mapping of str to str
        As for :func:`frame`: texts and truths are Parquet's own, times are UTC, tuples of texts are list columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _arrow_type(kind)) for name, kind in columns.items()])
    rows = (_row(record, columns) for record in records)
    count = 0
    with pq.ParquetWriter(file, schema) as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def without_rows(source: IO[bytes], column: str, kept: Collection[str]) -> tuple[bytes, int]:
    """Give a Parquet file with only the rows whose column has one of these values, and their number."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(source)
    table = table.filter(pc.is_in(table[column], value_set=pa.array(list(kept), pa.string())))
    file = pa.BufferOutputStream()
    pq.write_table(table, file)
    return file.getvalue().to_pybytes(), table.num_rows


def _groups(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while group := list(itertools.islice(rows, _GROUP_ROWS)):
        yield group


def _row(row: Any, columns: Columns) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return {name: row.get(name) for name in columns}
    return {name: getattr(row, name) for name in columns}


def _series(values: Sequence[Any], kind: str) -> pandas.Series[Any]:
    import pandas as pd

    if kind in (TEXTS, OBJECT):
        values = [list(item) if isinstance(item, tuple) else item for item in values]
    return pd.Series(values, dtype=_PANDAS[kind])


def _arrow_type(kind: str) -> pyarrow.DataType:
    import pyarrow as pa

    return {
        TEXT: pa.string(),
        TRUTH: pa.bool_(),
        NUMBER: pa.float64(),
        COUNT: pa.int64(),
        TIME: pa.timestamp("us", tz="UTC"),
        TEXTS: pa.list_(pa.string()),
    }[kind]


def _path_and_unit(name: str, column: str | tuple[str, str | None]) -> tuple[str, str | None]:
    path, unit = (column, unit_of_name(name)) if isinstance(column, str) else column
    if unit is not None:
        factor(unit)  # before the first archive is fetched
    return path, unit


def _value(archive: Archive, name: str, path: str, unit: str | None) -> Any:
    try:
        return value(archive, path, unit, default=None)
    except UsageError as error:
        raise UsageError(
            f"column {name!r}, entry {archive.entry_id}: {error}; ({path!r}, None) takes it as it is"
        ) from error


def kinds_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, str]:
    """Give the kind of each column of some rows, by its values."""
    return {name: _kind([row.get(name) for row in rows]) for name in names}


def _kind(values: Sequence[Any]) -> str:
    """Give the kind that all values have; numbers where there is none to tell."""
    known = [item for item in values if item is not None]
    if known and all(isinstance(item, bool) for item in known):
        return TRUTH
    if known and all(isinstance(item, str) for item in known):
        return TEXT
    if known and all(isinstance(item, datetime) for item in known):
        return TIME
    return NUMBER if all(_is_number(item) for item in known) else OBJECT


def _is_number(item: Any) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool)
