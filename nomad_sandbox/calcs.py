"""The calculations of uploads: their rows, and how a row changes. (``calc`` is v0's word for an entry.)

Knows the columns. It must not know HTTP, the search index or how processing works.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from sqlite3 import Row
from typing import Any

from nomad_sandbox.hashes import hashed
from nomad_sandbox.store import Store, utc_now
from nomad_sandbox.uploads import RUNNING_STATES

HELD = "held"  # the key of the metadata that says whether files and archive were packed under embargo
TASKS = ("parsing", "normalizing", "archiving")
_JSON = ("errors", "warnings", "found", "metadata")
_SORTABLE = ("mainfile", "tasks_status", "parser")


@dataclass(frozen=True)
class Calc:
    """One calculation, as it was when it was read.

    Attributes
    ----------
    current_task : str or None
        One of `TASKS`.
    found : dict
        The quantities that its mainfile told.
    metadata : dict
        comment, references, coauthors, shared_with, with_embargo, external_id, files, calc_hash, last_edit ...
    """

    calc_id: str
    upload_id: str
    mainfile: str
    parser: str
    current_task: str | None
    tasks_status: str
    current_process: str
    process_running: bool
    errors: list[str]
    warnings: list[str]
    create_time: str
    complete_time: str | None
    found: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def tasks_running(self) -> bool:
        """Whether the tasks are still at work."""
        return self.tasks_status in RUNNING_STATES

    @property
    def folder(self) -> str:
        """The mainfile's folder, empty for the upload's own."""
        return self.mainfile.rpartition("/")[0]


def new_calc_id(upload_id: str, mainfile: str) -> str:
    """Give 28 URL-safe characters, the same for the same file of the same upload."""
    return hashed(upload_id, mainfile)


def _calc(row: Row) -> Calc:
    values = dict(row)
    for key in _JSON:
        values[key] = json.loads(values[key])
    values["process_running"] = bool(values["process_running"])
    return Calc(**values)


def create_calc(store: Store, upload_id: str, mainfile: str, parser: str) -> str:
    """Remember a mainfile that waits to be read, and give its calc_id."""
    calc_id = new_calc_id(upload_id, mainfile)
    with store.change() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO calcs (calc_id, upload_id, mainfile, parser, tasks_status, current_process,"
            " process_running, create_time) VALUES (?, ?, ?, ?, 'PENDING', 'process_calc', 1, ?)",
            (calc_id, upload_id, mainfile, parser, utc_now()),
        )
    return calc_id


def insert_calcs(store: Store, calcs: Iterable[Calc]) -> None:
    """Remember calculations as they are, whatever happened to them."""
    names = [field.name for field in fields(Calc)]
    sql = f"INSERT INTO calcs ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
    rows = [{**vars(calc), **{key: json.dumps(getattr(calc, key)) for key in _JSON}} for calc in calcs]
    with store.change() as connection:
        connection.executemany(sql, rows)


def get_calc(store: Store, calc_id: str) -> Calc | None:
    """Give a calculation, None for an unknown id."""
    row = store.row("SELECT * FROM calcs WHERE calc_id = ?", (calc_id,))
    return None if row is None else _calc(row)


def update_calc(store: Store, calc_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns of one calculation."""
    values = {key: json.dumps(value) if key in _JSON else value for key, value in changes.items()}
    columns = ", ".join(f"{key} = :{key}" for key in values)
    with store.change() as connection:
        connection.execute(f"UPDATE calcs SET {columns} WHERE calc_id = :the_id", {**values, "the_id": calc_id})


def calcs_of(
    store: Store,
    upload_id: str,
    *,
    order_by: str = "mainfile",
    descending: bool = False,
    offset: int = 0,
    limit: int = -1,
) -> list[Calc]:
    """Give the calculations of an upload, all or one page.

    Raises
    ------
    KeyError
        For a column that they cannot be ordered by.
    """
    if order_by not in _SORTABLE:
        raise KeyError(order_by)
    rows = store.rows(
        f"SELECT * FROM calcs WHERE upload_id = ? ORDER BY {order_by} {'DESC' if descending else 'ASC'}, mainfile"
        " LIMIT ? OFFSET ?",
        (upload_id, limit, offset),
    )
    return [_calc(row) for row in rows]


def count_calcs(store: Store, upload_id: str) -> dict[str, int]:
    """Give how many calculations of an upload are in each state."""
    rows = store.rows(
        "SELECT tasks_status, count(*) AS n FROM calcs WHERE upload_id = ? GROUP BY tasks_status", (upload_id,)
    )
    return {row["tasks_status"]: row["n"] for row in rows}


def is_held(calc: Calc) -> bool:
    """Tell whether the files and the archive of a calculation are kept back, once it is published."""
    return bool(calc.metadata.get(HELD, calc.metadata.get("with_embargo")))
