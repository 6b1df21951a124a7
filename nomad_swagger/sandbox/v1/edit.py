"""Change what is told about uploads and entries: checked as a whole first, then done as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from nomad_swagger.sandbox.calcs import Calc, get_calc, update_calc
from nomad_swagger.sandbox.datasets import datasets_of
from nomad_swagger.sandbox.index import index_calcs
from nomad_swagger.sandbox.publication import set_dataset_names
from nomad_swagger.sandbox.store import utc_now
from nomad_swagger.sandbox.uploads import Upload, update_upload
from nomad_swagger.sandbox.v1.access import writable_upload
from nomad_swagger.sandbox.v1.actions import answer_state, set_embargo, start
from nomad_swagger.sandbox.v1.answers import Refusal, json_answer, wrong_value
from nomad_swagger.sandbox.v1.call import Call, Handler
from nomad_swagger.sandbox.v1.embargo import embargo
from nomad_swagger.sandbox.v1.found import find_all, select

_UPLOAD_TEXTS = {"upload_name": "name"}
_PEOPLE = {"coauthors": "coauthors", "reviewers": "shared_with"}
_UPLOAD_LEVEL = frozenset({"upload_name", "description", "embargo_length", *_PEOPLE})
_ENTRY_LEVEL = frozenset({"comment", "references", "external_id", "external_db", "datasets"})
Metadata = Mapping[str, Any]


def _check(call: Call, metadata: Metadata, allowed: frozenset[str]) -> None:
    for name in metadata:
        if name not in allowed:
            raise wrong_value(f"{name} cannot be edited here", "metadata", name)
    if metadata.get("embargo_length") is not None:
        embargo(metadata["embargo_length"])
    for name in _PEOPLE:
        if metadata.get(name) is not None:
            _people(call, name, _named(metadata[name]))


def _named(value: Any) -> list[str]:
    """Give everything that an edit of a list names, whatever it does with it."""
    if isinstance(value, Mapping):
        return [item for part in value.values() for item in _named(part)]
    return [] if value is None else [str(item) for item in (value if isinstance(value, list) else [value])]


def _people(call: Call, name: str, names: Sequence[str]) -> list[str]:
    user_ids = []
    for text in names:
        user = call.services.accounts.get(text) or call.services.accounts.find(text)
        if user is None:
            raise wrong_value(f"User reference not found: {text}", "metadata", name)
        user_ids.append(user.user_id)
    return user_ids


def _edited(before: Sequence[str], value: Any) -> list[str]:
    """Give a list after ``{"add"/"remove"/"set": ...}``; a value or a list alone sets it."""
    if not isinstance(value, Mapping):
        return list(dict.fromkeys(_named(value)))
    start = _named(value["set"]) if value.get("set") is not None else list(before)
    removed = set(_named(value.get("remove")))
    return [item for item in dict.fromkeys([*start, *_named(value.get("add"))]) if item not in removed]


def _resolved(call: Call, name: str, value: Any) -> Any:
    """Give an edit of people with ids in the place of names and e-mails."""
    if isinstance(value, Mapping):
        return {key: _people(call, name, _named(part)) for key, part in value.items() if part is not None}
    return _people(call, name, _named(value))


def _edit_upload(call: Call, upload: Upload, calcs: Sequence[Calc], metadata: Metadata) -> None:
    changes: dict[str, Any] = {column: metadata[name] for name, column in _UPLOAD_TEXTS.items() if name in metadata}
    told = dict(upload.metadata)
    if "description" in metadata:
        told["description"] = metadata["description"]
    for name, key in _PEOPLE.items():
        if metadata.get(name) is None:
            continue
        before = calcs[0].metadata.get(key, []) if calcs else told.get(key, [])
        told[key] = _edited(before, _resolved(call, name, metadata[name]))
        told[key] = [user_id for user_id in told[key] if user_id != upload.user_id]
        for calc in calcs:
            _tell(call, calc, {key: told[key]})
    update_upload(call.store, upload.upload_id, {**changes, "metadata": told})


def _tell(call: Call, calc: Calc, told: Metadata) -> None:
    current = get_calc(call.store, calc.calc_id)
    if current is not None:
        metadata = {**current.metadata, **told, "last_edit": utc_now()}
        update_calc(call.store, calc.calc_id, {"metadata": metadata})


def _edit_entry(call: Call, calc: Calc, metadata: Metadata) -> None:
    told = {name: metadata[name] for name in ("comment", "external_id", "external_db") if name in metadata}
    if metadata.get("references") is not None:
        told["references"] = _edited(calc.metadata.get("references") or [], metadata["references"])
    if told:
        _tell(call, calc, told)
    if metadata.get("datasets") is not None:
        user = call.user()
        own = [row.dataset_id for row in datasets_of(call.store, calc.calc_id) if row.user_id == user.user_id]
        set_dataset_names(call.store, calc, user.user_id, _edited(own, metadata["datasets"]))


def _special(body: Metadata, calc: Calc) -> Metadata:
    """Give what the body says about one entry: under its id, or its mainfile."""
    key = calc.mainfile if body.get("entries_key") == "mainfile" else calc.calc_id
    special: Metadata = (body.get("entries") or {}).get(key, {})
    return special


def post_upload_edit(call: Call, upload_id: str) -> Response:
    """Edit an upload and its entries; with a query only some of them, and nothing of the upload itself."""
    upload, calcs = writable_upload(call, upload_id, published=True)
    metadata = call.body.get("metadata") or {}
    queried = call.body.get("query")
    _check(call, metadata, _ENTRY_LEVEL if queried else _UPLOAD_LEVEL | _ENTRY_LEVEL)
    for special in (call.body.get("entries") or {}).values():
        _check(call, special, _ENTRY_LEVEL)
    if call.body.get("verify_only"):
        return answer_state(call, upload)
    if upload.published and (metadata.keys() & _UPLOAD_LEVEL) - {"embargo_length"} and not call.user().is_admin:
        raise Refusal(403, "Upload is already published, only admins can perform this operation.")
    chosen = calcs if not queried else _found_in(call, upload_id, calcs)
    with call.store.change():
        _edit_upload(call, upload, calcs, {key: metadata[key] for key in metadata.keys() & _UPLOAD_LEVEL})
        for calc in chosen:
            _edit_entry(call, calc, {**metadata, **_special(call.body, calc)})
        if metadata.get("embargo_length") is not None:
            _embargo(call, upload_id, int(metadata["embargo_length"]))
        index_calcs(call.store, call.services.accounts, [calc.calc_id for calc in calcs])
    start(call, upload_id, "re_pack")
    return answer_state(call, upload)


def _embargo(call: Call, upload_id: str, months: int) -> None:
    upload, calcs = writable_upload(call, upload_id, published=True)
    if upload.published and months and not call.user().is_admin:
        raise Refusal(400, "The embargo of a published upload can only be lifted.")
    set_embargo(call, upload, calcs, months)


def _found_in(call: Call, upload_id: str, calcs: Sequence[Calc]) -> list[Calc]:
    query = {"and": [call.body["query"], {"upload_id": upload_id}]}
    found = find_all(call, select(call, {"owner": call.body.get("owner") or "visible", "query": query}))
    ids = {document["calc_id"] for document in found}
    return [calc for calc in calcs if calc.calc_id in ids]


def post_entries_edit(call: Call) -> Response:
    """Edit all entries that a query finds, and repeat the request."""
    call.user()
    metadata = call.body.get("metadata") or {}
    _check(call, metadata, _ENTRY_LEVEL)
    for special in (call.body.get("entries") or {}).values():
        _check(call, special, _ENTRY_LEVEL)
    asked = {"owner": call.body.get("owner") or "visible", "query": call.body.get("query")}
    documents = find_all(call, select(call, asked))
    if not documents:
        raise Refusal(404, "No matching entries found")
    for upload_id in {document["upload_id"] for document in documents}:
        writable_upload(call, upload_id, published=True)
    if not call.body.get("verify_only"):
        _edit_found(call, metadata, [document["calc_id"] for document in documents])
    return json_answer(call.body)


def _edit_found(call: Call, metadata: Metadata, entry_ids: Sequence[str]) -> None:
    with call.store.change():
        for entry_id in entry_ids:
            calc = get_calc(call.store, entry_id)
            if calc is not None:
                _edit_entry(call, calc, {**metadata, **_special(call.body, calc)})
        index_calcs(call.store, call.services.accounts, entry_ids)


HANDLERS: Mapping[str, Handler] = {
    "POST /uploads/{upload_id}/edit": post_upload_edit,
    "POST /entries/edit": post_entries_edit,
}
