"""The upload of a call, for one who may see, or change, it; with NOMAD's refusals for all others."""

from __future__ import annotations

import time

from nomad_sandbox.calcs import Calc, calcs_of
from nomad_sandbox.uploads import Upload, get_upload
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.call import Call
from nomad_sandbox.v1.rights import may_on_upload

_NO_ACCESS = "You do not have access to the specified upload."
UNKNOWN_UPLOAD = "The specified upload_id was not found."
BUSY = "The upload is currently being processed, operation not allowed."
WAIT_S = 600
_POLL_S = 0.01


def _known(call: Call, upload_id: str) -> tuple[Upload, list[Calc]]:
    upload = get_upload(call.store, upload_id)
    if upload is None:
        raise Refusal(404, UNKNOWN_UPLOAD)
    return upload, calcs_of(call.store, upload_id)


def readable_upload(call: Call, upload_id: str) -> tuple[Upload, list[Calc]]:
    """Give an upload and its calculations.

    Raises
    ------
    Refusal
        404 for an unknown one, 403 for one that the caller may not see, 401 for nobody where it is not published.
    """
    upload, calcs = _known(call, upload_id)
    if may_on_upload(upload, calcs, call.viewer, "upload"):
        return upload, calcs
    if upload.published:
        raise Refusal(403, f"{_NO_ACCESS[:-1]} - published with embargo.")
    if call.viewer is None:
        raise Refusal(401, "You need to log in to access the specified upload.")
    raise Refusal(403, _NO_ACCESS)


def own_upload(call: Call, upload_id: str) -> tuple[Upload, list[Calc]]:
    """Give an upload and its calculations to its people only, also where it is public.

    Raises
    ------
    Refusal
        404 for an unknown one, 403 for everybody else.
    """
    upload, calcs = _known(call, upload_id)
    if not may_on_upload(upload, calcs, call.viewer, "people"):
        raise Refusal(403, _NO_ACCESS)
    return upload, calcs


def is_running(upload: Upload) -> bool:
    """Tell whether anything is at work on an upload."""
    return upload.tasks_running or upload.process_running


def writable_upload(
    call: Call,
    upload_id: str,
    *,
    published: bool = False,
    only_owner: bool = False,
    published_status: int = 403,
    running: bool = False,
) -> tuple[Upload, list[Calc]]:
    """Give an upload that the caller may change.

    Parameters
    ----------
    call : Call
    upload_id : str
    published : bool
        The change is allowed on published uploads, not for admins alone.
    only_owner : bool
        Coauthors may not do it.
    published_status : int
        How what is published is refused: NOMAD does not do it alike everywhere.
    running : bool
        The change is allowed while something is at work on the upload.

    Raises
    ------
    Refusal
        401 for nobody, 404 for an unknown upload, 403 for one of somebody else, 403 or 400 for a published one,
        400 while something is at work on it.
    """
    user = call.user()
    upload, calcs = _known(call, upload_id)
    if not may_on_upload(upload, calcs, user, "write"):
        raise Refusal(403, "You do not have write access to the specified upload.")
    if only_owner and not user.is_admin and user.user_id != upload.user_id:
        raise Refusal(403, "Only the main author can perform this operation.")
    if upload.published and not published and not user.is_admin:
        raise Refusal(published_status, "Upload is already published, only admins can perform this operation.")
    if is_running(upload) and not running:
        raise Refusal(400, BUSY)
    return upload, calcs


def wait_until_done(call: Call, upload_id: str) -> Upload | None:
    """Give an upload when nothing is at work on it any more, None when it is gone.

    Raises
    ------
    Refusal
        500 after ten minutes.
    """
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        upload = get_upload(call.store, upload_id)
        if upload is None or not is_running(upload):
            return upload
        time.sleep(_POLL_S)
    raise Refusal(500, "The processing takes too long.")
