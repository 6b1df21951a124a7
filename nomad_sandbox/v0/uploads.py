"""The ``uploads`` operations: send, watch, publish, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.calcs import TASKS as CALC_TASKS
from nomad_sandbox.calcs import Calc, calcs_of, count_calcs
from nomad_sandbox.index import NOMAD_VERSION, read_document
from nomad_sandbox.publication import ASKED
from nomad_sandbox.uploads import (
    TASKS,
    Upload,
    count_unpublished,
    create_upload,
    get_upload,
    list_uploads,
    new_upload_id,
    start_process,
    update_upload,
)
from nomad_sandbox.v0.answers import Refusal, json_answer, without_none
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.receive import Received, receive

_STATES: Mapping[str, bool | None] = {"unpublished": False, "published": True, "all": None}
_THANKS = """
Thanks for uploading your data to nomad.
Go back to {gui} and press reload to see the progress of your upload, and to publish it.
"""


def _milliseconds(time: str | None) -> str | None:
    """Cut a time to ms, as v0 shows it in all answers but the first."""
    if time is None:
        return None
    moment, _, _ = time.partition("+")
    return f"{moment[:-3]}000+00:00"


def _processing(thing: Upload | Calc, tasks: tuple[str, ...], *, fresh: bool = False) -> dict[str, Any]:
    show = (lambda time: time) if fresh else _milliseconds
    return {
        "tasks": list(tasks),
        "current_task": thing.current_task,
        "tasks_running": thing.tasks_running,
        "tasks_status": thing.tasks_status,
        "errors": thing.errors,
        "warnings": thing.warnings,
        "create_time": show(thing.create_time),
        "complete_time": show(thing.complete_time),
        "current_process": thing.current_process,
        "process_running": thing.process_running,
    }


def describe_upload(upload: Upload, *, fresh: bool = False) -> dict[str, Any]:
    """Give an upload as v0 shows it."""
    return without_none(
        {
            "name": upload.name,
            "upload_id": upload.upload_id,
            "upload_path": upload.upload_path,
            "published": upload.published,
            "upload_time": upload.upload_time if fresh else _milliseconds(upload.upload_time),
            **_processing(upload, TASKS, fresh=fresh),
        }
    )


def _describe_calc(call: Call, calc: Calc) -> dict[str, Any]:
    document = read_document(call.store, calc.calc_id)
    return without_none(
        {
            "calc_id": calc.calc_id,
            "mainfile": calc.mainfile,
            "upload_id": calc.upload_id,
            "parser": calc.parser,
            "metadata": None if document is None else call.version.view(document),
            **_processing(calc, CALC_TASKS),
        }
    )


def _page(call: Call) -> tuple[int, int]:
    page, per_page = call.integer("page", 1), call.integer("per_page", 10)
    if page < 1 or per_page < 1:
        raise Refusal(400, "invalid pagination")
    return page, per_page


def _own(call: Call, upload_id: str, *, foreign: Refusal | None = None) -> Upload:
    """Give an upload of the caller; a foreign one is refused, as if it was not there unless told otherwise."""
    user = call.user()
    unknown = Refusal(404, f"Upload with id {upload_id} does not exist.")
    upload = get_upload(call.store, upload_id)
    if upload is None:
        raise unknown
    if upload.user_id != user.user_id and not user.is_admin:
        raise foreign or unknown
    return upload


def put_upload(call: Call) -> Response:
    """Take a new upload, and answer before any of it is looked at."""
    user = call.user()
    if not user.is_admin and count_unpublished(call.store, user.user_id) >= call.services.limits.unpublished:
        raise Refusal(400, "Limit of unpublished uploads exceeded for user.")
    upload_id = new_upload_id()
    received: Received = receive(call, upload_id)
    upload = create_upload(
        call.store, upload_id, user_id=user.user_id, name=received.name, upload_path=str(received.path)
    )
    call.services.processing.submit(upload_id)
    if "token" in call.request.args and call.request.headers.get("Accept") != "application/json":
        gui = call.request.host_url + call.version.base_path.strip("/").removesuffix("/api") + "/gui/uploads"
        return Response(_THANKS.format(gui=gui), content_type="text/plain; charset=utf-8")
    return json_answer(describe_upload(upload, fresh=True))


def get_uploads(call: Call) -> Response:
    """Answer with the caller's uploads; only the unpublished ones unless told otherwise."""
    user, (page, per_page) = call.user(), _page(call)
    state = call.text("state") or "unpublished"
    if state not in _STATES:
        raise Refusal(400, f"bad state value {state}")
    chosen = call.text("order_by")
    order = {"order_by": ((chosen, call.integer("order", 1) < 0),)} if chosen else {}
    try:
        total, uploads = list_uploads(
            call.store,
            user.user_id,
            published=_STATES[state],
            name=call.text("name"),
            offset=(page - 1) * per_page,
            limit=per_page,
            **order,
        )
    except KeyError as error:
        raise Refusal(400, f"invalid order_by {error}") from error
    pagination = {"total": total, "page": page, "per_page": per_page}
    return json_answer({"pagination": pagination, "results": [describe_upload(upload) for upload in uploads]})


def show_upload(call: Call, upload_id: str) -> Response:
    """Answer with one upload and a page of its calculations."""
    upload, (page, per_page) = _own(call, upload_id), _page(call)
    try:
        calcs = calcs_of(
            call.store,
            upload_id,
            order_by=call.text("order_by") or "mainfile",
            descending=call.integer("order", 1) < 0,
            offset=(page - 1) * per_page,
            limit=per_page,
        )
    except KeyError as error:
        raise Refusal(400, f"invalid order_by field {error}") from error
    counts = count_calcs(call.store, upload_id)
    total, failed, done = sum(counts.values()), counts.get("FAILURE", 0), counts.get("SUCCESS", 0)
    pagination = {"total": total, "page": page, "per_page": per_page, "successes": done, "failures": failed}
    return json_answer(
        {
            **describe_upload(upload),
            "processed_calcs": done + failed,
            "total_calcs": total,
            "failed_calcs": failed,
            "pending_calcs": counts.get("PENDING", 0),
            "calcs": {"pagination": pagination, "results": [_describe_calc(call, calc) for calc in calcs]},
        }
    )


def delete(call: Call, upload_id: str) -> Response:
    """Start to delete an upload."""
    upload = _own(call, upload_id, foreign=Refusal(401, f"Upload with id {upload_id} does not belong to you."))
    if upload.published and not call.user().is_admin:
        raise Refusal(400, "The upload is already published")
    if upload.tasks_running:
        raise Refusal(400, "The upload is not processed yet")
    return _start(call, upload, "delete_upload", busy="The upload is still processed")


def operate(call: Call, upload_id: str) -> Response:
    """Publish, or process again."""
    upload = _own(call, upload_id)
    operation = call.body.get("operation")
    metadata = call.body.get("metadata") or {}
    _refuse_admin_keys(call, metadata)
    if operation == "publish":
        return _publish(call, upload, metadata)
    if operation == "re-process":
        return _re_process(call, upload)
    raise Refusal(400, f"Unsupported operation {operation}.")


def _refuse_admin_keys(call: Call, metadata: Mapping[str, Any]) -> None:
    if not call.user().is_admin and any(key.startswith("_") for key in metadata):
        raise Refusal(401, "Only admin users can use _metadata_keys.")


def _publish(call: Call, upload: Upload, metadata: Mapping[str, Any]) -> Response:
    if upload.tasks_running:
        raise Refusal(400, "The upload is not processed yet")
    if upload.tasks_status == "FAILURE":
        raise Refusal(400, "Cannot publish an upload that failed processing")
    if not count_calcs(call.store, upload.upload_id):
        raise Refusal(400, "Cannot publish an upload without calculations")
    # kept before it is asked whether a publish is at work already: this is how v0 loses the first one's metadata
    update_upload(call.store, upload.upload_id, {"metadata": {**upload.metadata, ASKED: dict(metadata)}})
    return _start(call, upload, "publish_upload", busy="The upload is still/already processed")


def _re_process(call: Call, upload: Upload) -> Response:
    if upload.tasks_running or upload.process_running or not upload.published:
        raise Refusal(400, "Can only non processing, re-process published uploads")
    versions = {
        (read_document(call.store, calc.calc_id) or {}).get("nomad_version")
        for calc in calcs_of(call.store, upload.upload_id)
    }
    if versions <= {NOMAD_VERSION}:
        raise Refusal(400, "You can only re-process uploads with at least one outdated calculation")
    return _start(call, upload, "re_process_upload", busy="The upload is still/already processed")


def _start(call: Call, upload: Upload, process: str, *, busy: str) -> Response:
    if not start_process(call.store, upload.upload_id, process):
        raise Refusal(400, busy)
    started = get_upload(call.store, upload.upload_id) or upload
    call.services.processing.submit(upload.upload_id)
    return json_answer(describe_upload(started))


def get_upload_command(call: Call) -> Response:
    """Answer with shell lines that upload a file with the caller's upload token."""
    token = call.services.tokens.upload_token(call.user())
    base = call.request.host_url.rstrip("/") + call.version.base_path
    url = f"{base}/uploads/?token={token}"
    lines = {
        "upload_url": f"{call.version.base_path}/uploads/command",
        "upload_command": f'curl "{url}" -T <local_file>',
        "upload_command_with_name": f'curl "{url}&name=<name>" -X PUT -T <local_file>',
        "upload_progress_command": f'curl "{url}" -T <local_file> | cat',
        "upload_command_form": f'curl "{url}" -X PUT -F file=@<local_file>',
        "upload_tar_command": f'tar -cf - <local_folder> | curl -# "{url}" -X PUT -T - | cat',
    }
    return json_answer(lines)


HANDLERS: Mapping[str, Handler] = {
    "uploads.upload": put_upload,
    "uploads.get_uploads": get_uploads,
    "uploads.get_upload": show_upload,
    "uploads.delete_upload": delete,
    "uploads.exec_upload_operation": operate,
    "uploads.get_upload_command": get_upload_command,
}
