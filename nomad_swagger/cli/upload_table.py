"""The table of ``upload-many``: a folder in each row, and what is told about its upload; CSV or YAML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from nomad_swagger.disk import read_yaml
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.flows.batch_items import Told

_FOLDER = "folder"
_LISTS = ("references", "coauthors", "datasets")
_SAME = {"path": _FOLDER, "reference": "references", "coauthor": "coauthors", "dataset": "datasets"}
_KNOWN = (_FOLDER, *(one.name for one in fields(Told)))


def read_table(path: Path) -> dict[Path, Told]:
    """Give what a table tells about folders, by their paths; a relative one begins where the table lies.

    Columns of a CSV, keys of a YAML list: ``folder``, ``name``, ``comment``, ``references``, ``coauthors``,
    ``datasets`` (several with ``;`` between, in a CSV), ``embargo_months``.

    Raises
    ------
    UsageError
        It cannot be read, has an unknown column, a folder twice, or a value that is none.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the table {path} cannot be read: {error}") from error
    rows = _yaml(text, path) if path.suffix.lower() in (".yaml", ".yml", ".json") else _csv(text)
    told: dict[Path, Told] = {}
    for number, row in enumerate(rows, 1):
        where = f"row {number} of {path}"
        folder, about = _row(row, where)
        place = (path.parent / folder).resolve()
        if place in told:
            raise UsageError(f"{where}: {folder} has a row already")
        told[place] = about
    return told


def _csv(text: str) -> Iterable[Mapping[str, Any]]:
    sample = text.partition("\n")[0]
    separator = max(",;\t", key=sample.count)
    for row in csv.DictReader(io.StringIO(text), delimiter=separator):
        yield {str(key).strip(): value for key, value in row.items() if value not in (None, "")}


def _yaml(text: str, path: Path) -> Iterable[Mapping[str, Any]]:
    rows = read_yaml(text)
    if isinstance(rows, Mapping):  # folder → what is told
        return [{_FOLDER: folder, **(about or {})} for folder, about in rows.items()]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise UsageError(f"the table {path} is no list of rows such as {{folder: run7, comment: PBE}}")
    return rows


def _row(row: Mapping[str, Any], where: str) -> tuple[str, Told]:
    given: dict[str, Any] = {}
    for key, value in row.items():
        name = _SAME.get(key, key)
        if name not in _KNOWN:
            raise UnknownArgument(str(key), _KNOWN, where=f"in {where}")
        given[name] = _several(value) if name in _LISTS else value
    folder = str(given.pop(_FOLDER, "")).strip()
    if not folder:
        raise UsageError(f"{where} names no folder")
    if "embargo_months" in given:
        given["embargo_months"] = _months(given["embargo_months"], where)
    for name in ("name", "comment"):
        given |= {name: str(given[name])} if name in given else {}
    return folder, Told(**given)


def _several(value: Any) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(one).strip() for one in value)
    return tuple(filter(None, (one.strip() for one in str(value).split(";"))))


def _months(value: Any, where: str) -> int:
    try:
        months = int(str(value))
    except ValueError as error:
        raise UsageError(f"{where}: embargo_months is a number of months, not {value!r}") from error
    if not 0 <= months <= 36:
        raise UsageError(f"{where}: embargo_months is {months}; NOMAD allows 0 to 36")
    return months
