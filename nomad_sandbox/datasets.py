"""Datasets: named sets of a user's calculations, which may get a DOI.

Knows the rows and the form of a DOI. It must not know HTTP or the search index.
"""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from sqlite3 import Row

from nomad_sandbox.store import Store
from nomad_sandbox.uploads import new_upload_id

DOI_PREFIX = "10.17172/NOMAD"


@dataclass(frozen=True)
class Dataset:
    """One dataset.

    Attributes
    ----------
    doi : str or None
    created : str or None
        v0 remembers it only for datasets that an edit made.
    """

    dataset_id: str
    user_id: str
    name: str
    doi: str | None
    created: str | None


def _dataset(row: Row | None) -> Dataset | None:
    return None if row is None else Dataset(**dict(row))


def create_dataset(store: Store, user_id: str, name: str | None, *, created: str | None = None) -> Dataset:
    """Make an empty dataset; one without a name is called by its id.

    Raises
    ------
    ValueError
        The user has one of that name.
    """
    if name is not None and find_dataset(store, user_id, name) is not None:
        raise ValueError(f"Dataset with name {name} already exists for the current user.")
    dataset_id = new_upload_id()
    name = dataset_id if name is None else name
    dataset = Dataset(dataset_id=dataset_id, user_id=user_id, name=name, doi=None, created=created)
    with store.change() as connection:
        connection.execute(
            "INSERT INTO datasets (dataset_id, user_id, name, created) VALUES (?, ?, ?, ?)",
            (dataset.dataset_id, user_id, name, dataset.created),
        )
    return dataset


def get_dataset(store: Store, dataset_id: str) -> Dataset | None:
    """Give the dataset of that id."""
    return _dataset(store.row("SELECT * FROM datasets WHERE dataset_id = ?", (dataset_id,)))


def find_dataset(store: Store, user_id: str, name: str) -> Dataset | None:
    """Give a user's dataset of that name."""
    return _dataset(store.row("SELECT * FROM datasets WHERE user_id = ? AND name = ?", (user_id, name)))


def find_doi(store: Store, doi: str) -> Dataset | None:
    """Give the dataset of that DOI."""
    return _dataset(store.row("SELECT * FROM datasets WHERE doi = ?", (doi,)))


def list_datasets(store: Store, user_id: str, *, prefix: str, offset: int, limit: int) -> tuple[int, list[Dataset]]:
    """Give the number of a user's datasets whose name starts so, upper or lower case, and one page, oldest first."""
    where, values = "user_id = ? AND lower(substr(name, 1, ?)) = lower(?)", (user_id, len(prefix), prefix)
    total = int(store.value(f"SELECT count(*) FROM datasets WHERE {where}", values))
    rows = store.rows(f"SELECT * FROM datasets WHERE {where} ORDER BY rowid LIMIT ? OFFSET ?", (*values, limit, offset))
    return total, [Dataset(**dict(row)) for row in rows]


def datasets_of(store: Store, calc_id: str) -> list[Dataset]:
    """Give the datasets that hold a calculation."""
    rows = store.rows(
        "SELECT datasets.* FROM datasets JOIN dataset_calcs USING (dataset_id) WHERE calc_id = ? ORDER BY name",
        (calc_id,),
    )
    return [Dataset(**dict(row)) for row in rows]


def calc_ids_in(store: Store, dataset_id: str) -> list[str]:
    """Give the calculations in a dataset."""
    rows = store.rows("SELECT calc_id FROM dataset_calcs WHERE dataset_id = ?", (dataset_id,))
    return [row["calc_id"] for row in rows]


def set_datasets(store: Store, calc_id: str, dataset_ids: Iterable[str]) -> None:
    """Put a calculation into exactly these datasets."""
    with store.change() as connection:
        connection.execute("DELETE FROM dataset_calcs WHERE calc_id = ?", (calc_id,))
        connection.executemany(
            "INSERT OR IGNORE INTO dataset_calcs (dataset_id, calc_id) VALUES (?, ?)",
            [(dataset_id, calc_id) for dataset_id in dataset_ids],
        )


def delete_dataset(store: Store, dataset_id: str) -> None:
    """Forget a dataset; its calculations stay."""
    with store.change() as connection:
        connection.execute("DELETE FROM dataset_calcs WHERE dataset_id = ?", (dataset_id,))
        connection.execute("DELETE FROM datasets WHERE dataset_id = ?", (dataset_id,))


def assign_doi(store: Store, dataset_id: str) -> str:
    """Give a dataset its DOI: prefix, day, and a number within the day."""
    with store.change() as connection:
        day = f"{DOI_PREFIX}/{datetime.now(timezone.utc):%Y.%m.%d}"
        taken = connection.execute("SELECT doi FROM datasets WHERE doi LIKE ? || '-%'", (day,)).fetchall()
        doi = f"{day}-{1 + max((int(row['doi'].rpartition('-')[2]) for row in taken), default=0)}"
        connection.execute("UPDATE datasets SET doi = ? WHERE dataset_id = ?", (doi, dataset_id))
    return doi
