"""Uploads: make one, list them, look at one and at its entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from nomad_sandbox.archive_files import take_archives
from nomad_sandbox.calcs import Calc, calcs_of
from nomad_sandbox.index import read_document
from nomad_sandbox.uploads import (
    Upload,
    count_unpublished,
    create_upload,
    get_upload,
    list_uploads,
    new_upload_id,
    update_upload,
)
from nomad_sandbox.v1.access import UNKNOWN_UPLOAD, own_upload, readable_upload, wait_until_done
from nomad_sandbox.v1.actions import begin_publish, refuse_publish
from nomad_sandbox.v1.answers import Refusal, json_answer, without_none
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.document import BASE_PATH
from nomad_sandbox.v1.embargo import embargo_of_url
from nomad_sandbox.v1.pages import cut_by_index, read_page_of_url, with_urls
from nomad_sandbox.v1.receive import receive
from nomad_sandbox.v1.rights import owner_sql
from nomad_sandbox.v1.shown import describe_entry, describe_upload
from nomad_sandbox.v1.view import metadata_of

_THANKS = """
Thanks for uploading your data to nomad.
The upload {upload_id} is being processed; look at {url} to see how far it is.
"""
_UPLOAD_ORDERS = ("upload_create_time", "publish_time", "upload_name", "last_status_message", "process_status")
_ENTRY_ORDERS = ("mainfile", "parser_name", "process_status", "entry_create_time", "complete_time", "entry_id")


def post_upload(call: Call) -> Response:
    """Take a new upload; the answer comes before any of it is looked at, but where it is to be published directly."""
    user, months = call.user(), embargo_of_url(call)
    _refuse_sources(call)
    if not user.is_admin and count_unpublished(call.store, user.user_id) >= call.services.limits.unpublished:
        raise Refusal(400, "Limit of unpublished uploads exceeded for user.")
    upload_id = new_upload_id()
    received = receive(call, upload_id)
    create_upload(
        call.store,
        upload_id,
        user_id=user.user_id,
        name=call.text("upload_name") or received.name,
        upload_path=str(call.store.incoming(upload_id)),
    )
    take_archives(call.store, upload_id)
    update_upload(call.store, upload_id, {"metadata": {"embargo_length": months or 0}})
    if received.is_empty:
        _leave_empty(call, upload_id)
    else:
        call.services.processing.submit(upload_id)
    if call.flag("publish_directly"):
        _publish_directly(call, upload_id)
    if call.request.headers.get("Accept") != "application/json":
        url = f"{call.request.host_url.rstrip('/')}{BASE_PATH}/uploads/{upload_id}"
        return Response(_THANKS.format(upload_id=upload_id, url=url), content_type="text/plain; charset=utf-8")
    return upload_answer(call, upload_id)


def _refuse_sources(call: Call) -> None:
    """Refuse what is to come from the server itself.

    Raises
    ------
    Refusal
        403 for a file of the server by one who is no admin, 400 for an example that there is not.
    """
    if call.text("local_path"):
        if not call.user().is_admin:
            raise Refusal(403, "You are not authorized to use local_path.")
        raise Refusal(501, "local_path is not part of the sandbox")
    if call.text("example_upload_id"):
        raise Refusal(400, f"There is no example upload {call.text('example_upload_id')}.")


def _leave_empty(call: Call, upload_id: str) -> None:
    """Let an upload without any file wait for some."""
    call.store.raw_folder(upload_id).mkdir(parents=True, exist_ok=True)
    changes = {"tasks_status": "READY", "process_running": False, "upload_path": None, "current_task": None}
    update_upload(call.store, upload_id, changes)


def _publish_directly(call: Call, upload_id: str) -> None:
    """Publish as soon as processing succeeded; what failed, or has no entries, stays as it is."""
    upload = wait_until_done(call, upload_id)
    if upload is not None and refuse_publish(upload, calcs_of(call.store, upload_id)) is None:
        begin_publish(call, upload, months=None)
        wait_until_done(call, upload_id)


def upload_answer(call: Call, upload_id: str, *, last: Upload | None = None) -> Response:
    """Answer with an upload as it is now, or as it was last.

    Raises
    ------
    Refusal
        404: it was deleted a moment ago.
    """
    upload = get_upload(call.store, upload_id) or last
    if upload is None:
        raise Refusal(404, UNKNOWN_UPLOAD)
    data = describe_upload(upload, calcs_of(call.store, upload_id), call.store.raw_folder(upload_id))
    return json_answer({"upload_id": upload_id, "data": data})


def show_upload(call: Call, upload_id: str) -> Response:
    """Answer with one upload."""
    readable_upload(call, upload_id)
    return upload_answer(call, upload_id)


def _of_caller(call: Call) -> list[Upload]:
    """Give the uploads in which the caller has a part; with ``include_all`` also all others that the caller may see."""
    user = call.user()
    _, own = list_uploads(call.store, user.user_id, limit=-1)
    condition = owner_sql("visible" if call.flag("include_all") else "shared", user)
    rows = call.store.rows(
        f"SELECT DISTINCT upload_id FROM entries WHERE {condition}",  # noqa: S608 - the condition is a table's
        {"viewer": user.user_id},
    )
    known = {upload.upload_id for upload in own}
    shared = (get_upload(call.store, row["upload_id"]) for row in rows if row["upload_id"] not in known)
    return [*own, *(upload for upload in shared if upload is not None)]


def _fits(call: Call, row: Mapping[str, Any]) -> bool:
    flags = {
        "is_processing": row["process_running"],
        "is_published": row["published"],
        "is_owned": row["main_author"] == call.user().user_id,
    }
    texts = {"upload_id": row["upload_id"], "upload_name": row.get("upload_name")}
    status = call.text("process_status")
    return (
        all(call.text(name) is None or call.flag(name) == value for name, value in flags.items())
        and all(not call.many(name) or value in call.many(name) for name, value in texts.items())
        and (status is None or status == row["process_status"])
        and not call.many("doi")  # uploads of the sandbox have none
        and (not call.many("roles") or bool(_roles(call, row) & set(call.many("roles"))))
    )


def _roles(call: Call, row: Mapping[str, Any]) -> set[str]:
    user_id = call.user().user_id
    held = {"main_author": [row["main_author"]], "coauthor": row["coauthors"], "reviewer": row["reviewers"]}
    return {role for role, user_ids in held.items() if user_id in user_ids}


def get_uploads(call: Call) -> Response:
    """Answer with a page of the uploads in which the caller has a part."""
    page = read_page_of_url(call.request, order_by="upload_create_time", order="desc")
    described = [
        describe_upload(upload, calcs_of(call.store, upload.upload_id), call.store.raw_folder(upload.upload_id))
        for upload in _of_caller(call)
    ]
    rows = _ordered([row for row in described if _fits(call, row)], page.order_by, page.descending, _UPLOAD_ORDERS)
    chosen, told = cut_by_index(page, rows)
    names = ("upload_id", "upload_name", "doi", "roles")
    query: dict[str, Any] = {name: call.many(name) or None for name in names}
    query |= {
        name: call.flag(name) for name in ("is_processing", "is_published", "is_owned") if call.text(name) is not None
    }
    query["process_status"] = call.text("process_status")
    return json_answer({"query": without_none(query), "pagination": with_urls(call.request, told), "data": chosen})


def _ordered(
    rows: Sequence[dict[str, Any]], order_by: str, descending: bool, allowed: tuple[str, ...]
) -> list[dict[str, Any]]:
    if order_by not in allowed:
        raise Refusal(422, [{"msg": f"order_by must be one of {', '.join(allowed)}", "loc": [["order_by"]]}])
    return sorted(rows, key=lambda row: str(row.get(order_by) or ""), reverse=descending)


def _entry(call: Call, calc: Calc) -> dict[str, Any]:
    document = read_document(call.store, calc.calc_id)
    return describe_entry(calc, None if document is None else metadata_of(document))


def get_entries(call: Call, upload_id: str) -> Response:
    """Answer with a page of an upload's entries."""
    upload, calcs = readable_upload(call, upload_id)
    page = read_page_of_url(call.request, order_by="mainfile")
    by_id = {calc.calc_id: calc for calc in calcs}
    rows = _ordered([describe_entry(calc, None) for calc in calcs], page.order_by, page.descending, _ENTRY_ORDERS)
    chosen, told = cut_by_index(page, rows)
    states = [row["process_status"] for row in rows]
    return json_answer(
        {
            "pagination": with_urls(call.request, told),
            "processing_successful": states.count("SUCCESS"),
            "processing_failed": states.count("FAILURE"),
            "upload": describe_upload(upload, calcs, call.store.raw_folder(upload_id)),
            "data": [_entry(call, by_id[row["entry_id"]]) for row in chosen],
        }
    )


def get_entry(call: Call, upload_id: str, entry_id: str) -> Response:
    """Answer with one entry of an upload."""
    _, calcs = own_upload(call, upload_id)
    calc = next((calc for calc in calcs if calc.calc_id == entry_id), None)
    if calc is None:
        raise Refusal(404, "An entry by that id could not be found in the specified upload.")
    return json_answer({"entry_id": entry_id, "data": _entry(call, calc)})


def get_command_examples(call: Call) -> Response:
    """Answer with shell lines that upload a file with the caller's upload token."""
    token = call.services.tokens.upload_token(call.user())
    url = f"{call.request.host_url.rstrip('/')}{BASE_PATH}/uploads"
    curl = f"curl -X POST -H 'Upload-Token: {token}'"
    return json_answer(
        {
            "upload_url": url,
            "upload_command": f'{curl} "{url}" -T <local_file>',
            "upload_command_form": f'{curl} "{url}" -F file=@<local_file>',
            "upload_command_with_name": f'{curl} "{url}?upload_name=<name>" -T <local_file>',
            "upload_progress_command": f'{curl} "{url}" -T <local_file> | cat',
            "upload_tar_command": f'tar -cf - <local_folder> | {curl} -# "{url}" -T - | cat',
        }
    )


HANDLERS: Mapping[str, Handler] = {
    "POST /uploads": post_upload,
    "GET /uploads": get_uploads,
    "GET /uploads/{upload_id}": show_upload,
    "GET /uploads/{upload_id}/entries": get_entries,
    "GET /uploads/{upload_id}/entries/{entry_id}": get_entry,
    "GET /uploads/command-examples": get_command_examples,
}
