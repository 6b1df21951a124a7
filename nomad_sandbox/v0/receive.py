"""Take the bytes of an upload: a raw body, a form, or a file of this machine. Never a whole file in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nomad_sandbox.bodies import BadBody, check_length, save_body
from nomad_sandbox.extract import safe_parts
from nomad_sandbox.v0.answers import Refusal
from nomad_sandbox.v0.call import Call


@dataclass(frozen=True)
class Received:
    """Where the bytes are, and what to call the upload."""

    path: Path
    name: str | None


def receive(call: Call, upload_id: str) -> Received:
    """Take what a call sends.

    Raises
    ------
    Refusal
        400 for a form without a file, for a body that breaks off or is too big, 404 for a local path that is not there.
    """
    name = call.text("name")
    local_path = call.text("local_path")
    if local_path is not None:
        path = _local(call, local_path)
        return Received(path, name or path.name)
    target = call.store.incoming(upload_id)
    try:
        return _from_body(call, target, name)
    except BadBody as error:
        raise Refusal(400, str(error)) from error


def _from_body(call: Call, target: Path, name: str | None) -> Received:
    check_length(call.request, call.services.limits)
    if call.request.mimetype in ("multipart/form-data", "application/multipart-formdata"):
        filename = _from_form(call, target)  # reads the form, whether or not its file name is wanted
        return Received(target, name or filename)
    save_body(call.request.stream, target, call.services.limits)
    return Received(target, name)


def _local(call: Call, local_path: str) -> Path:
    missing = Refusal(404, f"Could not find local path {local_path}")
    folder = call.services.local_folder
    if folder is None:
        raise missing
    folder = folder.resolve()
    path = (folder / local_path).resolve()  # an absolute path stands for itself
    if not path.is_relative_to(folder) or not path.is_file() or safe_parts(path.name) is None:
        raise missing
    return path


def _from_form(call: Call, target: Path) -> str | None:
    file = call.request.files.get("file")
    if file is None:
        raise Refusal(400, "Bad multipart-formdata, there is no file part.")
    # the form's parser wrote it to a temporary file beside the target, which goes away with the request
    target.hardlink_to(file.stream.name)
    return file.filename or None
