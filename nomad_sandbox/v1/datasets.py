"""The ``datasets`` operations.

Source: NOMAD 1.4.3 ``nomad/app/v1/routers/datasets.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox import datasets as records
from nomad_sandbox.datasets import Dataset
from nomad_sandbox.index import index_calcs, read_document
from nomad_sandbox.store import utc_now
from nomad_sandbox.v1.answers import Refusal, broken, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.found import find_all, select
from nomad_sandbox.v1.pages import cut_by_index, read_page_of_url, with_urls
from nomad_sandbox.v1.view import describe_dataset

_FILTERS = {"dataset_id": "dataset_id", "dataset_name": "dataset_name", "user_id": "user_id", "doi": "doi"}
_ORDERS = (
    "dataset_create_time",
    "dataset_modified_time",
    "dataset_name",
    "dataset_id",
    "dataset_type",
    "user_id",
    "doi",
)
_TAKEN = "The chosen dataset name is already taken. Datesets of the same user must have a\nunique name."
_FIXED = "The dataset already has a DOI and cannot be changed anymore."
_UNKNOWN = "Dataset not found. The given id does not match any dataset."
_FOREIGN = "The dataset can only be edited by the user who created the dataset."
_EMPTY = (
    "The dataset is empty. No DOI can be assigned at this moment. Add some published\ncontents to the dataset first."
)
_UNPUBLISHED = (
    "The dataset has unpublished contents. No DOI can be assigned at the moment.\nPublish the dataset contents first."
)


def _known(call: Call, dataset_id: str, message: str = _UNKNOWN) -> Dataset:
    dataset = records.get_dataset(call.store, dataset_id)
    if dataset is None:
        raise Refusal(404, message)
    return dataset


def _check_owner(call: Call, dataset: Dataset) -> None:
    """Refuse everybody but who made it, admins as well.

    Raises
    ------
    Refusal
        403
    """
    if dataset.user_id != call.user().user_id:
        raise Refusal(403, _FOREIGN)


def _described(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    known = "SELECT 1 FROM foreign_datasets WHERE dataset_id = ?"
    is_foreign = call.store.row(known, (row["dataset_id"],)) is not None
    return {**describe_dataset(row), "dataset_type": "foreign" if is_foreign else "owned"}


def _answer(call: Call, dataset: Dataset) -> Response:
    return json_answer({"dataset_id": dataset.dataset_id, "data": _described(call, vars(dataset))})


def get_datasets(call: Call) -> Response:
    """Answer with a page of everybody's datasets, in the order in which they were made where no other is asked for."""
    page = read_page_of_url(call.request, order_by="")
    if page.order_by and page.order_by not in _ORDERS:
        raise broken("InvalidQueryError", f"Cannot resolve field {page.order_by}")
    rows = [_described(call, dict(row)) for row in call.store.rows("SELECT * FROM datasets ORDER BY rowid")]
    for parameter, key in _FILTERS.items():
        if call.many(parameter):
            rows = [row for row in rows if row.get(key) in call.many(parameter)]
    prefix = (call.text("prefix") or "").lower()
    kind = call.text("dataset_type")
    rows = [row for row in rows if row.get("dataset_name", "").lower().startswith(prefix)]
    rows = [row for row in rows if kind in (None, row["dataset_type"])]
    if page.order_by:
        rows.sort(key=lambda row: str(row.get(page.order_by) or ""), reverse=page.descending)
    chosen, told = cut_by_index(page, rows)
    pagination = {name: value for name, value in with_urls(call.request, told).items() if value != ""}
    return json_answer({"pagination": pagination, "data": chosen})


def post_datasets(call: Call) -> Response:
    """Make a dataset, of those of the caller's own entries that the body names or finds; others are passed over.

    A name may be missing, and a foreign dataset holds no entries of the caller's.
    """
    user, body = call.user(), call.body
    is_foreign = body.get("dataset_type") == "foreign"
    entry_ids = [] if is_foreign else _wanted(call, body)
    try:
        dataset = records.create_dataset(call.store, user.user_id, body.get("dataset_name"), created=utc_now())
    except ValueError as error:
        raise Refusal(400, _TAKEN) from error
    with call.store.change() as connection:
        if is_foreign:
            connection.execute("INSERT INTO foreign_datasets VALUES (?)", (dataset.dataset_id,))
        for entry_id in entry_ids:
            held = [row.dataset_id for row in records.datasets_of(call.store, entry_id)]
            records.set_datasets(call.store, entry_id, [*held, dataset.dataset_id])
        index_calcs(call.store, call.services.accounts, entry_ids)
    return _answer(call, dataset)


def _wanted(call: Call, body: Mapping[str, Any]) -> list[str]:
    if body.get("entries") is not None:
        query: Any = {"entry_id:any": list(body["entries"])}
    elif body.get("query"):
        query = body["query"]
    else:
        return []
    return [document["calc_id"] for document in find_all(call, select(call, {"owner": "user", "query": query}))]


def get_dataset(call: Call, dataset_id: str) -> Response:
    """Answer with one dataset, to anybody."""
    return _answer(call, _known(call, dataset_id, "The dataset with the given id does not exist."))


def delete_dataset(call: Call, dataset_id: str) -> Response:
    """Delete a dataset; its entries stay. With a DOI it stays, but for an admin whose own it is."""
    user, dataset = call.user(), _known(call, dataset_id)
    if dataset.doi is not None and not user.is_admin:
        raise Refusal(400, _FIXED)
    _check_owner(call, dataset)
    entry_ids = records.calc_ids_in(call.store, dataset_id)
    answer = _answer(call, dataset)
    records.delete_dataset(call.store, dataset_id)
    index_calcs(call.store, call.services.accounts, entry_ids)
    return answer


def assign_doi(call: Call, dataset_id: str) -> Response:
    """Give a dataset a DOI. Its entries go on without it in searches, until they are written to the index again."""
    call.user()
    dataset = _known(call, dataset_id)
    _check_owner(call, dataset)
    if dataset.doi is not None:
        raise Refusal(400, _FIXED)
    entry_ids = records.calc_ids_in(call.store, dataset_id)
    if not entry_ids:
        raise Refusal(400, _EMPTY)
    if any(not (read_document(call.store, entry_id) or {}).get("published") for entry_id in entry_ids):
        raise Refusal(400, _UNPUBLISHED)
    records.assign_doi(call.store, dataset_id)
    return _answer(call, _known(call, dataset_id))


HANDLERS: Mapping[str, Handler] = {
    "GET /datasets/": get_datasets,
    "POST /datasets/": post_datasets,
    "GET /datasets/{dataset_id}": get_dataset,
    "DELETE /datasets/{dataset_id}": delete_dataset,
    "POST /datasets/{dataset_id}/action/doi": assign_doi,
}
