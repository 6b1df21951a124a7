"""``repo/edit``: change what is told about the entries that a query finds.

With the real server's habits: a dry run (``verify``), a success for each action, an overall one that is true although
an action failed, and a decision that only the last quantity makes.

Source: NOMAD 0.7.9 and 0.8.6 ``nomad/app/api/repo.py``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import get_calc, update_calc
from nomad_sandbox.datasets import (
    calc_ids_in,
    create_dataset,
    delete_dataset,
    find_dataset,
    get_dataset,
    set_datasets,
)
from nomad_sandbox.index import index_calcs
from nomad_sandbox.store import utc_now
from nomad_sandbox.uploads import start_process
from nomad_sandbox.v0.answers import Refusal, json_answer
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.parameters import query_of_body, selected

LISTS = ("references", "coauthors", "shared_with", "datasets")
SINGLE = ("comment", "with_embargo")
_OWNERS = ("user", "staging")
_TIMES = ("from_time", "until_time")
Action = dict[str, Any]


class _Refused(Exception):
    """An action that cannot be done."""


@dataclass
class _Edit:
    """One edit while it is checked.

    Attributes
    ----------
    told : dict
        What will be set, by quantity; datasets by their ids.
    left : set of str
        Datasets that entries are taken out of.
    failed : bool
        Whether the quantity that was checked last cannot be set: that alone decides.
    """

    call: Call
    user: User
    documents: list[dict[str, Any]]
    body: dict[str, Any]
    told: dict[str, Any] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    failed: bool = False
    lifts_embargo: bool = False


def _person(edit: _Edit, value: str, _: Action) -> str:
    if edit.call.services.accounts.get(value) is None:
        raise _Refused("User does not exist")
    if any(document.get("uploader", {}).get("user_id") == value for document in edit.documents):
        raise _Refused("This user is already an uploader of one entry in the query")
    return value


def _dataset(edit: _Edit, value: str, action: Action) -> str | None:
    """Give the id of a dataset; a new one is made at once, also where the edit fails in the end."""
    dataset = find_dataset(edit.call.store, edit.user.user_id, value)
    if dataset is None:
        action["message"] = "Dataset does not exist and will be created"
        if edit.body.get("verify"):
            return None
        dataset = create_dataset(edit.call.store, edit.user.user_id, value, created=utc_now())
    return dataset.dataset_id


def _embargo(edit: _Edit, _: str, __: Action) -> bool:
    """Lift the embargo, whatever the value says."""
    edit.lifts_embargo = True
    if not any(document["with_embargo"] for document in edit.documents):
        raise _Refused("There is no embargo to lift")
    return False


def _as_it_is(_: _Edit, value: str, __: Action) -> str:
    return value


_RESOLVE: Mapping[str, Callable[[_Edit, str, Action], Any]] = {
    "coauthors": _person,
    "shared_with": _person,
    "datasets": _dataset,
    "with_embargo": _embargo,
}


def _rows(name: str, actions: Any) -> list[Action]:
    if name not in (*LISTS, *SINGLE):
        raise Refusal(400, f"Unknown quantity {name}")
    if isinstance(actions, list) != (name in LISTS):
        raise Refusal(400, f"Wrong shape for quantity {name}")
    return actions if isinstance(actions, list) else [actions]


def _check_action(edit: _Edit, name: str, action: Action) -> None:
    """Write success and message into an action, and remember its value."""
    text = (action.get("value") or "").strip()
    action |= {"success": True, "message": None}
    resolve = _RESOLVE.get(name, _as_it_is)
    try:
        value = resolve(edit, text, action) if text else None
        if name in SINGLE:
            edit.told[name] = value
        elif value is not None:
            values = edit.told.setdefault(name, [])
            if value in values:
                raise _Refused("Duplicate values are not allowed")
            values.append(value)
    except _Refused as error:
        action |= {"success": False, "message": str(error)}
        edit.failed = True


def _check(edit: _Edit, actions: Mapping[str, Any]) -> None:
    for name, value in actions.items():
        rows = _rows(name, value)
        edit.failed = False
        if name in LISTS:
            edit.told.setdefault(name, [])
        for action in rows:
            _check_action(edit, name, action)
        if name == "datasets":
            _check_left(edit)


def _check_left(edit: _Edit) -> None:
    """Find the datasets that entries would leave; one with a DOI keeps them."""
    having = {row["dataset_id"]: row for document in edit.documents for row in document.get("datasets", ())}
    edit.left = having.keys() - set(edit.told["datasets"])
    kept = next((having[dataset_id]["name"] for dataset_id in edit.left if "doi" in having[dataset_id]), None)
    if kept is not None:
        edit.body["success"] = False
        edit.body["message"] = f"Edit would remove entries from a dataset with DOI ({kept}) "
        edit.failed = True


def _apply(edit: _Edit) -> None:
    store = edit.call.store
    told = {name: value for name, value in edit.told.items() if name != "datasets"}
    calc_ids = [document["calc_id"] for document in edit.documents]
    with store.change():
        for calc_id in calc_ids:
            calc = get_calc(store, calc_id)
            if calc is None:
                continue
            update_calc(store, calc_id, {"metadata": {**calc.metadata, **told, "last_edit": utc_now()}})
            if "datasets" in edit.told:
                set_datasets(store, calc_id, edit.told["datasets"])
        index_calcs(store, edit.call.services.accounts, calc_ids)
        for dataset_id in edit.left:
            emptied = get_dataset(store, dataset_id) is not None and not calc_ids_in(store, dataset_id)
            if emptied or edit.call.version.edit.left_dataset_goes:
                delete_dataset(store, dataset_id)


def _re_pack(edit: _Edit) -> None:
    for upload_id in {document["upload_id"] for document in edit.documents}:
        if start_process(edit.call.store, upload_id, "re_pack"):
            edit.call.services.processing.submit(upload_id)


def edit_repo(call: Call) -> Response:
    """Check the actions and, unless it is a dry run or the last quantity fails, do them."""
    body = copy.deepcopy(call.body)
    asked = body.get("query", {})
    owner = asked.setdefault("owner", "user")
    if owner not in _OWNERS:
        raise Refusal(400, f"Not a valid owner for edit {owner}. Edit can only be performed in user or staging")
    if "actions" not in body:
        raise Refusal(400, "Missing key actions in edit data")
    # times are not looked at: an edit reaches all entries that the rest of the query finds
    query = {name: value for name, value in asked.items() if name not in _TIMES}
    selection = selected(query_of_body(call, query, owner="user"))
    documents = index.read_documents(call.store, index.entry_numbers(call.store, selection))
    edit = _Edit(call, call.user(), documents, body)
    if not body["actions"]:
        raise Refusal(500)  # NOMAD asks whether the last action failed, and there is none
    body["success"] = True
    _check(edit, body["actions"])
    if not body.get("verify") and not edit.failed:
        _apply(edit)
        if edit.lifts_embargo:
            _re_pack(edit)
    return json_answer(_told(_modelled(call, body)), 200 if body.get("verify") or not edit.failed else 400)


def _modelled(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Leave out of the query what the document's model of one does not have."""
    if "query" not in body:
        return body
    known = call.version.document["definitions"]["RepoQuery"]["properties"]
    return {**body, "query": {name: value for name, value in body["query"].items() if name in known}}


def _told(data: Any) -> Any:
    """Leave out what has no value, as v0's models do."""
    if isinstance(data, list):
        return [_told(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {name: _told(value) for name, value in data.items() if value is not None}


HANDLERS: Mapping[str, Handler] = {"repo.edit_repo": edit_repo}
