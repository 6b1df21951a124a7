"""``repo/edit``: change what is told about the entries that a query finds.

With the real server's habits: a dry run (``verify``), a success for each action, and an overall one that only the
last quantity decides.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from nomad_swagger.sandbox import search as index
from nomad_swagger.sandbox.accounts import User
from nomad_swagger.sandbox.calcs import get_calc, update_calc
from nomad_swagger.sandbox.datasets import calc_ids_in, datasets_of, delete_dataset, find_dataset, get_dataset
from nomad_swagger.sandbox.index import index_calcs
from nomad_swagger.sandbox.publication import set_dataset_names
from nomad_swagger.sandbox.store import utc_now
from nomad_swagger.sandbox.uploads import start_process
from nomad_swagger.sandbox.v0.answers import Refusal, json_answer
from nomad_swagger.sandbox.v0.call import Call, Handler
from nomad_swagger.sandbox.v0.parameters import query_of_body, selected

LISTS = ("references", "coauthors", "shared_with", "datasets")
SINGLE = ("comment", "with_embargo")
_OWNERS = ("user", "staging")
Action = dict[str, Any]


def _refuse(action: Action, message: str) -> None:
    action["success"] = False
    action["message"] = message


def _check_person(call: Call, _: list[dict[str, Any]], action: Action) -> None:
    if call.services.accounts.get(str(action.get("value"))) is None:
        _refuse(action, "User does not exist")


def _check_dataset(call: Call, _: list[dict[str, Any]], action: Action) -> None:
    name = str(action.get("value"))
    if find_dataset(call.store, call.user().user_id, name) is None:
        action["message"] = "Dataset does not exist and will be created"


def _check_embargo(_: Call, documents: list[dict[str, Any]], action: Action) -> None:
    if not any(document["with_embargo"] for document in documents):
        _refuse(action, "There is no embargo to lift")


_CHECKS: Mapping[str, Callable[[Call, list[dict[str, Any]], Action], None]] = {
    "coauthors": _check_person,
    "shared_with": _check_person,
    "datasets": _check_dataset,
    "with_embargo": _check_embargo,
}


def _rows(name: str, actions: Any) -> list[Action]:
    if name in LISTS:
        if not isinstance(actions, list):
            raise Refusal(400, f"Expected a list of actions for quantity {name}")
        return actions
    if name not in SINGLE:
        raise Refusal(400, f"Unknown quantity {name}")
    if not isinstance(actions, dict):
        raise Refusal(400, f"Expected a single action for quantity {name}")
    return [actions]


def _verify(call: Call, actions: Mapping[str, Any], documents: list[dict[str, Any]]) -> bool:
    """Write success and message into each action, and give what decides: the last quantity's success."""
    succeeded = True
    for name, value in actions.items():
        succeeded = True
        for action in _rows(name, value):
            action["success"] = True
            if name in _CHECKS:
                _CHECKS[name](call, documents, action)
            succeeded = succeeded and action["success"]
    return succeeded


def _kept_by_doi(actions: Mapping[str, Any], documents: list[dict[str, Any]]) -> str | None:
    """Give the name of a dataset with a DOI that an entry would leave: it cannot."""
    kept = {str(action.get("value")) for action in actions["datasets"]}
    having = (dataset for document in documents for dataset in document.get("datasets", ()) if "doi" in dataset)
    return next((dataset["name"] for dataset in having if dataset["name"] not in kept), None)


def _told(actions: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in actions.items():
        if name == "comment":
            told[name] = value.get("value")
        elif name == "with_embargo":
            told[name] = False
        elif name != "datasets":
            told[name] = [action.get("value") for action in value if action["success"]]
    return told


def _apply(call: Call, user: User, actions: Mapping[str, Any], documents: list[dict[str, Any]]) -> None:
    told = {**_told(actions), "last_edit": utc_now()}
    left: set[str] = set()
    with call.store.change():
        for document in documents:
            calc = get_calc(call.store, document["calc_id"])
            if calc is None:
                continue
            update_calc(call.store, calc.calc_id, {"metadata": {**calc.metadata, **told}})
            if "datasets" in actions:
                left |= {dataset.dataset_id for dataset in datasets_of(call.store, calc.calc_id)}
                names = [str(action.get("value")) for action in actions["datasets"]]
                set_dataset_names(call.store, calc, user.user_id, names)
        for dataset_id in left:
            dataset = get_dataset(call.store, dataset_id)
            if dataset is not None and not calc_ids_in(call.store, dataset_id):
                delete_dataset(call.store, dataset_id)
        index_calcs(call.store, call.services.accounts, [document["calc_id"] for document in documents])


def _re_pack(call: Call, documents: list[dict[str, Any]]) -> None:
    for upload_id in {document["upload_id"] for document in documents}:
        if start_process(call.store, upload_id, "re_pack"):
            call.services.processing.submit(upload_id)


def edit_repo(call: Call) -> Response:
    """Check the actions and, unless it is a dry run or one fails, do them."""
    body = copy.deepcopy(call.body)
    asked = body.get("query") or {}
    if (asked.get("owner") or "user") not in _OWNERS:
        raise Refusal(400, "Not a valid owner for edit query, only user and staging are allowed")
    selection = selected(query_of_body(call, asked, owner="user"))
    user = call.user()
    actions = body.get("actions") or {}
    documents = index.read_documents(call.store, index.entry_numbers(call.store, selection))
    body["success"] = True
    decided = _verify(call, actions, documents)
    keeping = _kept_by_doi(actions, documents) if "datasets" in actions else None
    if keeping is not None:
        decided, body["success"] = False, False
        body["message"] = f"Dataset {keeping} has a DOI, entries cannot be removed from it"
    if body.get("verify"):
        return json_answer(body)
    if not decided:
        return json_answer(body, 400)
    _apply(call, user, actions, documents)
    if "with_embargo" in actions:
        _re_pack(call, documents)
    return json_answer(body)


HANDLERS: Mapping[str, Handler] = {"repo.edit_repo": edit_repo}
