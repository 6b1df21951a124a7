"""The uploads of a store: their rows, and how a row changes.

Knows the columns and which states exist. It must not know HTTP, rights or how processing works.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from nomad_sandbox.store import Store, utc_now

TASKS = ("uploading", "extracting", "parse_all", "cleanup")
RUNNING_STATES = ("PENDING", "RUNNING")
_JSON = ("errors", "warnings", "metadata")
_BOOLEAN = ("published", "process_running")
_SORTABLE = ("upload_time", "create_time", "name", "upload_id", "published", "tasks_status", "current_task")


@dataclass(frozen=True)
class Upload:
    """One upload, as it was when it was read.

    Attributes
    ----------
    user_id : str
        Who uploaded it.
    current_task : str or None
        One of `TASKS`.
    tasks_status : str
        PENDING, RUNNING, SUCCESS or FAILURE.
    current_process : str
        process_upload, publish_upload, delete_upload, re_process_upload or re_pack.
    process_running : bool
        True from the call of a process until its own end; calculations may be at work for longer.
    metadata : dict
        What was said at publish.
    """

    upload_id: str
    user_id: str
    name: str | None
    upload_path: str | None
    upload_time: str
    published: bool
    current_task: str | None
    tasks_status: str
    current_process: str
    process_running: bool
    errors: list[str]
    warnings: list[str]
    create_time: str
    complete_time: str | None
    metadata: dict[str, Any]

    @property
    def tasks_running(self) -> bool:
        """Whether the tasks are still at work."""
        return self.tasks_status in RUNNING_STATES


def new_upload_id() -> str:
    """Give 22 URL-safe characters."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes)[:-2].decode()


def _upload(row: Row) -> Upload:
    values = dict(row)
    for key in _JSON:
        values[key] = json.loads(values[key])
    for key in _BOOLEAN:
        values[key] = bool(values[key])
    return Upload(**values)


def create_upload(store: Store, upload_id: str, *, user_id: str, name: str | None, upload_path: str) -> Upload:
    """Remember a new upload, about to be processed."""
    now = utc_now()
    with store.change() as connection:
        connection.execute(
            "INSERT INTO uploads (upload_id, user_id, name, upload_path, upload_time, create_time, current_task,"
            " tasks_status, current_process, process_running)"
            " VALUES (?, ?, ?, ?, ?, ?, 'uploading', 'RUNNING', 'process_upload', 1)",
            (upload_id, user_id, name, upload_path, now, now),
        )
    return _must(get_upload(store, upload_id))


def _must(upload: Upload | None) -> Upload:
    assert upload is not None
    return upload


def get_upload(store: Store, upload_id: str) -> Upload | None:
    """Give an upload, None for an unknown id."""
    row = store.row("SELECT * FROM uploads WHERE upload_id = ?", (upload_id,))
    return None if row is None else _upload(row)


def update_upload(store: Store, upload_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns of one upload."""
    values = {key: json.dumps(value) if key in _JSON else value for key, value in changes.items()}
    columns = ", ".join(f"{key} = :{key}" for key in values)
    with store.change() as connection:
        connection.execute(f"UPDATE uploads SET {columns} WHERE upload_id = :the_id", {**values, "the_id": upload_id})


def start_process(store: Store, upload_id: str, process: str) -> bool:
    """Mark a process as called; False, and nothing done, where one is running already."""
    with store.change() as connection:
        changed = connection.execute(
            "UPDATE uploads SET current_process = ?, process_running = 1 WHERE upload_id = ? AND process_running = 0",
            (process, upload_id),
        )
        return changed.rowcount == 1


def delete_upload(store: Store, upload_id: str) -> None:
    """Forget an upload, its calculations and their entries in the index."""
    with store.change() as connection:
        connection.execute(
            "DELETE FROM terms WHERE entry IN (SELECT entry FROM entries WHERE upload_id = ?)", (upload_id,)
        )
        connection.execute("DELETE FROM entries WHERE upload_id = ?", (upload_id,))
        connection.execute("DELETE FROM calcs WHERE upload_id = ?", (upload_id,))
        connection.execute("DELETE FROM uploads WHERE upload_id = ?", (upload_id,))


def count_unpublished(store: Store, user_id: str) -> int:
    """Give how many uploads of a user still wait to be published or deleted."""
    return int(store.value("SELECT count(*) FROM uploads WHERE user_id = ? AND published = 0", (user_id,)))


def unfinished(store: Store) -> list[Upload]:
    """Give the uploads that were at work when the sandbox ended, oldest first."""
    rows = store.rows(
        "SELECT * FROM uploads WHERE process_running = 1 OR tasks_status IN ('PENDING', 'RUNNING') ORDER BY create_time"
    )
    return [_upload(row) for row in rows]


def list_uploads(
    store: Store,
    user_id: str,
    *,
    published: bool | None = None,
    name: str | None = None,
    order_by: Sequence[tuple[str, bool]] = (("published", False), ("upload_time", True)),
    offset: int = 0,
    limit: int = 10,
) -> tuple[int, list[Upload]]:
    """Give the number of a user's uploads and one page of them.

    Parameters
    ----------
    published : bool, optional
        Only published, or only unpublished ones.
    order_by : pairs of column and whether it descends

    Raises
    ------
    KeyError
        For a column that uploads cannot be ordered by.
    """
    for column, _ in order_by:
        if column not in _SORTABLE:
            raise KeyError(column)
    where, values = "user_id = :user_id", {"user_id": user_id, "published": published, "name": name}
    where += "" if published is None else " AND published = :published"
    where += "" if name is None else " AND name = :name"
    order = ", ".join(f"{column} {'DESC' if descends else 'ASC'}" for column, descends in order_by)
    total = int(store.value(f"SELECT count(*) FROM uploads WHERE {where}", values))
    rows = store.rows(
        f"SELECT * FROM uploads WHERE {where} ORDER BY {order}, upload_id LIMIT :limit OFFSET :offset",
        {**values, "limit": limit, "offset": offset},
    )
    return total, [_upload(row) for row in rows]
