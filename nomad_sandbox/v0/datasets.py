"""The ``datasets`` operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox import datasets as records
from nomad_sandbox.datasets import Dataset
from nomad_sandbox.index import index_calcs, read_document
from nomad_sandbox.v0.answers import Refusal, json_answer, without_none
from nomad_sandbox.v0.call import Call, Handler

_WRITABLE = frozenset({"name"})
_BROKEN = frozenset({"doi", "user_id", "dataset_id"})  # keys on which the real server stumbles


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """Give a dataset as v0 shows it."""
    created = dataset.created and dataset.created.replace("+00:00", "")
    return without_none({**vars(dataset), "created": created})


def _own(call: Call, name: str) -> Dataset:
    dataset = records.find_dataset(call.store, call.user().user_id, name)
    if dataset is None:
        raise Refusal(404, f"Dataset with name {name} does not exist for current user")
    return dataset


def list_datasets(call: Call) -> Response:
    """Answer with the caller's datasets."""
    user = call.user()
    page, per_page = call.integer("page", 1), call.integer("per_page", 10)
    if page < 1 or per_page < 0:
        raise Refusal(400, "invalid pagination")
    total, found = records.list_datasets(
        call.store, user.user_id, prefix=call.text("prefix") or "", offset=(page - 1) * per_page, limit=per_page
    )
    pagination = {"total": total, "page": page, "per_page": per_page}
    return json_answer({"pagination": pagination, "results": [describe_dataset(dataset) for dataset in found]})


def create_dataset(call: Call) -> Response:
    """Make an empty dataset."""
    user, body = call.user(), call.body or {}
    name = body.get("name")
    if name is None:
        raise Refusal(400, "Must provide a dataset name.")
    if records.find_dataset(call.store, user.user_id, name) is not None:
        raise Refusal(400, f"A dataset with name {name} does already exist for the current user.")
    if _BROKEN & body.keys():
        raise Refusal(500)
    if body.keys() - _WRITABLE:
        raise Refusal(400, "The dataset contains unknown keys.")
    dataset = records.create_dataset(call.store, user.user_id, name)
    return json_answer({"dataset_id": dataset.dataset_id, "name": dataset.name, "user_id": dataset.user_id})


def get_dataset(call: Call, name: str) -> Response:
    """Answer with a dataset of the caller."""
    return json_answer(describe_dataset(_own(call, name)))


def delete_dataset(call: Call, name: str) -> Response:
    """Delete a dataset; with a DOI it stays, but for an admin of 0.8."""
    dataset = _own(call, name)
    if dataset.doi is not None and not (call.version.edit.admin_deletes_doi and call.user().is_admin):
        raise Refusal(400, f"Dataset with name {name} has a DOI and cannot be deleted")
    calc_ids = records.calc_ids_in(call.store, dataset.dataset_id)
    records.delete_dataset(call.store, dataset.dataset_id)
    index_calcs(call.store, call.services.accounts, calc_ids)
    return json_answer(describe_dataset(dataset))


def assign_doi(call: Call, name: str) -> Response:
    """Give a dataset a DOI."""
    dataset = _own(call, name)
    if dataset.doi is not None:
        raise Refusal(400, f"Dataset with name {name} already has a DOI")
    calc_ids = records.calc_ids_in(call.store, dataset.dataset_id)
    if not calc_ids:
        raise Refusal(400, "Dataset must not be empty.")
    if any(not (read_document(call.store, calc_id) or {}).get("published") for calc_id in calc_ids):
        raise Refusal(400, "Dataset must not contain non published entries.")
    records.assign_doi(call.store, dataset.dataset_id)
    index_calcs(call.store, call.services.accounts, calc_ids)
    return json_answer(describe_dataset(_own(call, name)))


def resolve_doi(call: Call, doi: str) -> Response:
    """Answer with the dataset of a DOI, to anybody."""
    dataset = records.find_doi(call.store, doi)
    if dataset is None:
        raise Refusal(404, f"Dataset with DOI {doi} does not exist")
    return json_answer(describe_dataset(dataset))


HANDLERS: Mapping[str, Handler] = {
    "datasets.list_datasets": list_datasets,
    "datasets.create_dataset": create_dataset,
    "datasets.get_dataset": get_dataset,
    "datasets.delete_dataset": delete_dataset,
    "datasets.assign_doi": assign_doi,
    "datasets.resolve_doi": resolve_doi,
}
