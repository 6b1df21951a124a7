"""The ``datasets`` operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_swagger.sandbox import datasets as records
from nomad_swagger.sandbox.datasets import Dataset
from nomad_swagger.sandbox.index import index_calcs, read_document
from nomad_swagger.sandbox.store import utc_now
from nomad_swagger.sandbox.v1.access import writable_upload
from nomad_swagger.sandbox.v1.answers import Refusal, json_answer
from nomad_swagger.sandbox.v1.call import Call, Handler
from nomad_swagger.sandbox.v1.found import find_all, select
from nomad_swagger.sandbox.v1.pages import cut, read_page_of_url, with_urls
from nomad_swagger.sandbox.v1.view import describe_dataset

_FILTERS = {"dataset_id": "dataset_id", "dataset_name": "dataset_name", "user_id": "user_id", "doi": "doi"}


def _known(call: Call, dataset_id: str) -> Dataset:
    dataset = records.get_dataset(call.store, dataset_id)
    if dataset is None:
        raise Refusal(404, "Dataset with id does not exist.")
    return dataset


def _own(call: Call, dataset_id: str) -> Dataset:
    user, dataset = call.user(), _known(call, dataset_id)
    if dataset.user_id != user.user_id and not user.is_admin:
        raise Refusal(403, "Dataset is not owned by you.")
    return dataset


def _answer(dataset: Dataset) -> Response:
    return json_answer({"dataset_id": dataset.dataset_id, "data": describe_dataset(vars(dataset))})


def get_datasets(call: Call) -> Response:
    """Answer with a page of everybody's datasets."""
    page = read_page_of_url(call.request, order_by="dataset_create_time")
    rows = [describe_dataset(dict(row)) for row in call.store.rows("SELECT * FROM datasets ORDER BY created")]
    for parameter, key in _FILTERS.items():
        if call.many(parameter):
            rows = [row for row in rows if row.get(key) in call.many(parameter)]
    prefix = (call.text("prefix") or "").lower()
    kind = call.text("dataset_type")
    rows = [row for row in rows if row["dataset_name"].lower().startswith(prefix) and kind in (None, "owned")]
    rows.sort(key=lambda row: str(row.get(page.order_by) or ""), reverse=page.descending)
    chosen, told = cut(page, [(row["dataset_id"], row) for row in rows])
    return json_answer({"pagination": with_urls(call.request, told), "data": chosen})


def post_datasets(call: Call) -> Response:
    """Make a dataset, of some entries where the body says which."""
    user, body = call.user(), call.body
    if not body.get("dataset_name"):
        raise Refusal(400, "Must provide a dataset_name.")
    entry_ids = _wanted(call, body)
    try:
        dataset = records.create_dataset(call.store, user.user_id, body["dataset_name"], created=utc_now())
    except ValueError as error:
        raise Refusal(400, f"Dataset with name {body['dataset_name']} already exists.") from error
    with call.store.change():
        for entry_id in entry_ids:
            held = [row.dataset_id for row in records.datasets_of(call.store, entry_id)]
            records.set_datasets(call.store, entry_id, [*held, dataset.dataset_id])
        index_calcs(call.store, call.services.accounts, entry_ids)
    return _answer(dataset)


def _wanted(call: Call, body: Mapping[str, Any]) -> list[str]:
    if body.get("entries"):
        query: Any = {"entry_id:any": list(body["entries"])}
    elif body.get("query"):
        query = body["query"]
    else:
        return []
    documents = find_all(call, select(call, {"owner": "user", "query": query}))
    for upload_id in {document["upload_id"] for document in documents}:
        writable_upload(call, upload_id, published=True)
    return [document["calc_id"] for document in documents]


def get_dataset(call: Call, dataset_id: str) -> Response:
    """Answer with one dataset, to anybody."""
    return _answer(_known(call, dataset_id))


def delete_dataset(call: Call, dataset_id: str) -> Response:
    """Delete a dataset; its entries stay. With a DOI it stays, but for an admin."""
    dataset = _own(call, dataset_id)
    if dataset.doi is not None and not call.user().is_admin:
        raise Refusal(400, "Dataset has a DOI and cannot be deleted.")
    entry_ids = records.calc_ids_in(call.store, dataset_id)
    records.delete_dataset(call.store, dataset_id)
    index_calcs(call.store, call.services.accounts, entry_ids)
    return _answer(dataset)


def assign_doi(call: Call, dataset_id: str) -> Response:
    """Give a dataset a DOI."""
    dataset = _own(call, dataset_id)
    if dataset.doi is not None:
        raise Refusal(400, "Dataset already has a DOI.")
    entry_ids = records.calc_ids_in(call.store, dataset_id)
    if not entry_ids:
        raise Refusal(400, "Dataset is empty, cannot assign a DOI.")
    if any(not (read_document(call.store, entry_id) or {}).get("published") for entry_id in entry_ids):
        raise Refusal(400, "Dataset has unpublished entries, cannot assign a DOI.")
    records.assign_doi(call.store, dataset_id)
    index_calcs(call.store, call.services.accounts, entry_ids)
    return _answer(_known(call, dataset_id))


HANDLERS: Mapping[str, Handler] = {
    "GET /datasets/": get_datasets,
    "POST /datasets/": post_datasets,
    "GET /datasets/{dataset_id}": get_dataset,
    "DELETE /datasets/{dataset_id}": delete_dataset,
    "POST /datasets/{dataset_id}/action/doi": assign_doi,
}
