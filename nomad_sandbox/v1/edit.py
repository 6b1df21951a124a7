"""Change what is told about uploads and entries: checked as a whole first, then done as a whole.

Coauthors may change everything but what is an admin's, also of published uploads, but for an embargo, which can only
be lifted there. (NOMAD's own description says that less is possible.)

Source: NOMAD 1.4.3 ``nomad/processing/data.py`` (``MetadataEditRequestHandler``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from nomad_sandbox.calcs import Calc, calcs_of, get_calc, update_calc
from nomad_sandbox.datasets import datasets_of, set_datasets
from nomad_sandbox.index import index_calcs
from nomad_sandbox.store import utc_now
from nomad_sandbox.uploads import Upload, get_upload, update_upload
from nomad_sandbox.v1.access import is_running, wait_until_done
from nomad_sandbox.v1.actions import answer_state, set_embargo, start
from nomad_sandbox.v1.answers import Refusal, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.edit_check import PEOPLE, UPLOAD_TEXTS, Check
from nomad_sandbox.v1.found import find_all, select
from nomad_sandbox.v1.query import half_normal
from nomad_sandbox.v1.rights import may_on_upload

MOST_UPLOADS = 10
_ENTRY_TEXTS = ("comment", "external_id")
_UPLOAD_TOLD = ("description", "external_db")
Metadata = Mapping[str, Any]
Chosen = dict[str, list[Calc]]


class _Request:
    """One edit: what is wanted, checked, and of which entries."""

    def __init__(self, call: Call, upload_id: str | None, body: Mapping[str, Any]) -> None:
        self.call, self.body, self.upload_id = call, body, upload_id
        self.check = Check(call)
        self.metadata: dict[str, Any] = {}
        self.entries: dict[str, dict[str, Any]] = {}

    def verify(self) -> Chosen:
        """Check everything, and give the entries that are meant, by upload.

        Raises
        ------
        Refusal
            422, with all that is wrong.
        """
        self._verify_values()
        chosen = self._choose()
        if not chosen:
            what, place = ("entries", "query") if self.body.get("query") else ("upload", "upload_id")
            self.check.wrong(f"No matching {what} found", place)
            self.check.end()
        for upload_id in chosen:
            upload = get_upload(self.call.store, upload_id)
            assert upload is not None
            self._check_rights(upload)
        self.check.end()
        return chosen

    def _verify_values(self) -> None:
        check, query = self.check, self.body.get("query")
        if not self.upload_id and not query:
            check.wrong("Must specify `query` or `upload_id`", "query")
            check.end()
        upload_level = bool(self.upload_id and not query)
        self.metadata = check.verify(self.body.get("metadata") or {}, ("metadata",), upload_level=upload_level)
        for key, special in (self.body.get("entries") or {}).items():
            self.entries[key] = check.verify(special, ("entries", key), upload_level=False)
        if not check.places:
            check.wrong("No fields to update specified", "metadata")
            check.end()
        if check.admin_places:
            if self.call.user().is_admin:
                raise Refusal(501, f"{check.admin_places[0][-1]} cannot be edited in the sandbox")
            for place in check.admin_places:
                check.wrong("Admin rights required", *place)
            check.end()

    def _choose(self) -> Chosen:
        """Give the entries that are meant, by upload; of no more than ten uploads, those with most of them."""
        query = self.body.get("query")
        if not query:
            upload = get_upload(self.call.store, self.upload_id or "")
            return {} if upload is None else {upload.upload_id: calcs_of(self.call.store, upload.upload_id)}
        if self.upload_id:
            query = {"and": [query, {"upload_id": self.upload_id}]}
        try:
            selection = select(self.call, {"owner": self.body.get("owner") or "public", "query": query})
        except Refusal as error:
            self.check.wrong(f"Could not evaluate query: {error.detail}", "query")
            self.check.end()
            raise
        documents = find_all(self.call, selection)
        counted = Counter(document["upload_id"] for document in documents)
        most = sorted(counted, key=lambda upload_id: (-counted[upload_id], upload_id))[:MOST_UPLOADS]
        chosen: Chosen = {upload_id: [] for upload_id in most}
        for document in documents:
            calc = get_calc(self.call.store, document["calc_id"])
            if calc is not None and calc.upload_id in chosen:
                chosen[calc.upload_id].append(calc)
        return chosen

    def _check_rights(self, upload: Upload) -> None:
        user, calcs = self.call.user(), calcs_of(self.call.store, upload.upload_id)
        if not may_on_upload(upload, calcs, user, "write"):
            for place in self.check.places:
                self.check.wrong(f"AuthLevel.coauthor access required for upload {upload.upload_id}", *place)
            self.check.end()
        if upload.published and self.metadata.get("embargo_length") and not user.is_admin:
            message = f"Upload {upload.upload_id} is published, embargo can only be lifted"
            self.check.wrong(message, "metadata", "embargo_length")

    def special(self, calc: Calc) -> Metadata:
        """Give what is wanted for one entry alone: under its id, or its mainfile."""
        key = calc.mainfile if self.body.get("entries_key") == "mainfile" else calc.calc_id
        return self.entries.get(key, {})


def _edited(before: Sequence[str], operations: Mapping[str, list[str]]) -> list[str]:
    values = [] if "set" in operations else list(before)
    for operation, names in operations.items():
        if operation == "remove":
            values = [value for value in values if value not in names]
        else:
            values = list(dict.fromkeys([*values, *names]))
    return values


def _edit_upload(call: Call, upload: Upload, metadata: Metadata) -> None:
    calcs = calcs_of(call.store, upload.upload_id)
    changes: dict[str, Any] = {column: metadata[name] for name, column in UPLOAD_TEXTS.items() if name in metadata}
    told = {**upload.metadata, **{name: metadata[name] for name in _UPLOAD_TOLD if name in metadata}}
    for name in metadata.keys() & PEOPLE.keys():
        key = PEOPLE[name]
        before = calcs[0].metadata.get(key, []) if calcs else told.get(key, [])
        told[key] = [user_id for user_id in _edited(before, metadata[name]) if user_id != upload.user_id]
        for calc in calcs:
            _tell(call, calc, {key: told[key]})
    update_upload(call.store, upload.upload_id, {**changes, "metadata": told})
    if "embargo_length" in metadata:
        current = get_upload(call.store, upload.upload_id)
        assert current is not None
        set_embargo(call, current, calcs_of(call.store, upload.upload_id), metadata["embargo_length"])


def _tell(call: Call, calc: Calc, told: Metadata) -> None:
    current = get_calc(call.store, calc.calc_id)
    if current is not None:
        metadata = {**current.metadata, **told, "last_edit": utc_now()}
        update_calc(call.store, calc.calc_id, {"metadata": metadata})


def _edit_entry(call: Call, calc: Calc, metadata: Metadata) -> None:
    told = {name: metadata[name] for name in _ENTRY_TEXTS if name in metadata}
    if "references" in metadata:
        told["references"] = _edited(calc.metadata.get("references") or [], metadata["references"])
    _tell(call, calc, told)
    if "datasets" in metadata:
        held = [row.dataset_id for row in datasets_of(call.store, calc.calc_id)]
        set_datasets(call.store, calc.calc_id, _edited(held, metadata["datasets"]))


def _apply(request: _Request, chosen: Chosen) -> None:
    """Do it, one upload after the other, each as a process of its own.

    Raises
    ------
    Refusal
        400 where something is at work on one of the uploads.
    """
    call = request.call
    for upload_id in chosen:
        upload = get_upload(call.store, upload_id)
        if upload is None or is_running(upload):
            raise Refusal(400, f"Upload {upload_id} is blocked by another process")
    for upload_id, calcs in chosen.items():
        upload = get_upload(call.store, upload_id)
        assert upload is not None
        with call.store.change():
            _edit_upload(call, upload, request.metadata)
            for calc in calcs:
                _edit_entry(call, calc, {**request.metadata, **request.special(calc)})
            index_calcs(call.store, call.services.accounts, [calc.calc_id for calc in calcs])
        start(call, upload_id, "re_pack")


def post_upload_edit(call: Call, upload_id: str) -> Response:
    """Edit an upload and its entries; with a query only some of them, and nothing of the upload itself."""
    call.user()
    request = _Request(call, upload_id, call.body)
    chosen = request.verify()
    if not call.body.get("verify_only"):
        _apply(request, chosen)
    upload = get_upload(call.store, upload_id)
    assert upload is not None
    return answer_state(call, upload)


def edit_entries(call: Call, body: Mapping[str, Any]) -> _Request:
    """Edit all entries that the query of a body finds, and wait for it; with ``verify_only`` nothing is changed.

    Raises
    ------
    Refusal
        422, with all that is wrong.
    """
    request = _Request(call, None, body)
    chosen = request.verify()
    if not body.get("verify_only"):
        _apply(request, chosen)
        for upload_id in chosen:
            wait_until_done(call, upload_id)
    return request


def post_entries_edit(call: Call) -> Response:
    """Edit all entries that a query finds, wait for it, and repeat the request with its values in their one form."""
    call.user()
    request = edit_entries(call, call.body)
    told = {**call.body, "query": half_normal(call.body["query"]), "metadata": request.metadata}
    return json_answer({**told, "entries": request.entries})


HANDLERS: Mapping[str, Handler] = {
    "POST /uploads/{upload_id}/edit": post_upload_edit,
    "POST /entries/edit": post_entries_edit,
}
