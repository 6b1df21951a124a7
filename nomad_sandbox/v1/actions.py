"""What is done with a whole upload: publish, process again, lift the embargo, delete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from flask import Response

from nomad_sandbox.calcs import Calc, calcs_of, update_calc
from nomad_sandbox.publication import ASKED
from nomad_sandbox.store import utc_now
from nomad_sandbox.uploads import Upload, get_upload, start_process, update_upload
from nomad_sandbox.v1.access import BUSY, is_running, wait_until_done, writable_upload
from nomad_sandbox.v1.answers import Refusal, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.embargo import embargo_of_url
from nomad_sandbox.v1.rights import embargo_months
from nomad_sandbox.v1.shown import describe_upload


def start(call: Call, upload_id: str, process: str, *, only: Iterable[str] | None = None) -> None:
    """Let the workers do a process; mainfiles are looked for among all files, or ``only`` these.

    Raises
    ------
    Refusal
        400 where one is running already.
    """
    if not start_process(call.store, upload_id, process):
        raise Refusal(400, BUSY)
    call.services.processing.submit(upload_id, only=only)


def answer_state(call: Call, before: Upload, *, waited_without: Sequence[str] = ()) -> Response:
    """Answer with an upload: at once, or, as it is asked for without saying anything, when nothing is at work on it.

    Parameters
    ----------
    waited_without : sequence of str
        Keys that the record does not have after waiting.
    """
    waits = call.flag("wait_for_processing", default=True)
    if waits:
        wait_until_done(call, before.upload_id)
    upload = get_upload(call.store, before.upload_id) or before
    data = describe_upload(upload, calcs_of(call.store, upload.upload_id), call.store.raw_folder(upload.upload_id))
    left_out = waited_without if waits else ()
    return json_answer({"upload_id": upload.upload_id, "data": {k: v for k, v in data.items() if k not in left_out}})


def refuse_publish(upload: Upload, calcs: Sequence[Calc]) -> str | None:
    """Give the reason why an upload cannot be published, None where it can."""
    if upload.published:
        return "Upload already published."
    if upload.tasks_status == "FAILURE":
        return "Cannot publish an upload that failed processing."
    return None if calcs else "Cannot publish an upload without any resulting entries."


def begin_publish(call: Call, upload: Upload, *, months: int | None) -> None:
    """Let an upload be published; without months, under the embargo that was said before."""
    kept = embargo_months(upload, ()) if months is None else months
    told = {**upload.metadata, ASKED: None, "embargo_length": kept, "publish_time": utc_now()}
    update_upload(call.store, upload.upload_id, {"metadata": told})
    start(call, upload.upload_id, "publish_upload")


def publish(call: Call, upload_id: str) -> Response:
    """Publish an upload."""
    upload, calcs = writable_upload(call, upload_id, published=True, only_owner=True)
    if call.flag("to_central_nomad"):
        raise Refusal(400, "This is not an Oasis that publishes to the central NOMAD.")
    months = embargo_of_url(call)
    reason = refuse_publish(upload, calcs)
    if reason is not None:
        raise Refusal(400, reason)
    begin_publish(call, upload, months=months)
    # when NOMAD has waited for it, it tells neither the time of it nor where the files are now
    return answer_state(call, upload, waited_without=("publish_time", "upload_files_server_path"))


def begin_process(call: Call, upload_id: str, calcs: Sequence[Calc], *, only: Collection[str] | None = None) -> None:
    """Let all mainfiles of an upload be found, and read, again; or those among ``only`` these files."""
    with call.store.change():
        for calc in calcs:
            if only is not None and calc.mainfile not in only:
                continue
            update_calc(call.store, calc.calc_id, {"tasks_status": "PENDING", "process_running": True, "errors": []})
        update_upload(call.store, upload_id, {"tasks_status": "RUNNING", "errors": [], "complete_time": None})
    start(call, upload_id, "re_process_upload", only=only)


def process(call: Call, upload_id: str) -> Response:
    """Read all mainfiles of an upload again."""
    upload, calcs = writable_upload(call, upload_id)
    begin_process(call, upload_id, calcs)
    data = describe_upload(get_upload(call.store, upload_id) or upload, calcs, call.store.raw_folder(upload_id))
    return json_answer({"upload_id": upload_id, "data": data})


def set_embargo(call: Call, upload: Upload, calcs: Sequence[Calc], months: int) -> None:
    """Set for how long an upload is under embargo."""
    update_upload(call.store, upload.upload_id, {"metadata": {**upload.metadata, "embargo_length": months}})
    for calc in calcs if upload.published else ():
        told = {**calc.metadata, "with_embargo": months > 0, "embargo_length": months}
        update_calc(call.store, calc.calc_id, {"metadata": told})


def lift_embargo(call: Call, upload_id: str) -> Response:
    """End the embargo of a published upload."""
    upload, calcs = writable_upload(call, upload_id, published=True)
    if not upload.published:
        raise Refusal(400, "Upload is not published, no embargo to lift.")
    if not embargo_months(upload, calcs):
        raise Refusal(400, "Upload has no embargo.")
    with call.store.change():
        set_embargo(call, upload, calcs, 0)
    start(call, upload_id, "re_pack")
    return answer_state(call, upload)


def delete(call: Call, upload_id: str) -> Response:
    """Delete an upload, and answer with its last state."""
    upload, calcs = writable_upload(call, upload_id, only_owner=True)
    start(call, upload_id, "delete_upload")
    last: dict[str, Any] = describe_upload(
        get_upload(call.store, upload_id) or upload, calcs, call.store.raw_folder(upload_id)
    )
    if call.flag("wait_for_processing", default=True):
        wait_until_done(call, upload_id)
    return json_answer({"upload_id": upload_id, "data": last})


def stop_processing(call: Call, upload_id: str) -> Response:
    """Refuse to stop an upload's processing: nothing runs, or it is over in a moment.

    Raises
    ------
    Refusal
        400 where nothing runs, 501 else.
    """
    upload, _ = writable_upload(call, upload_id, published=True, running=True)
    if is_running(upload):
        raise Refusal(501, "stopping a process is not part of the sandbox")
    raise Refusal(400, "The upload is not being processed.")


def assign_doi(call: Call, upload_id: str) -> Response:
    """Refuse a DOI for an upload: the service is there for datasets alone.

    Raises
    ------
    Refusal
        403
    """
    writable_upload(call, upload_id, published=True, only_owner=True)
    raise Refusal(403, "The DataCite DOI service is not enabled for uploads on this deployment.")


HANDLERS: Mapping[str, Handler] = {
    "POST /uploads/{upload_id}/action/publish": publish,
    "POST /uploads/{upload_id}/action/process": process,
    "POST /uploads/{upload_id}/action/lift-embargo": lift_embargo,
    "POST /uploads/{upload_id}/action/stop-processing": stop_processing,
    "POST /uploads/{upload_id}/action/assign-doi": assign_doi,
    "DELETE /uploads/{upload_id}": delete,
}
