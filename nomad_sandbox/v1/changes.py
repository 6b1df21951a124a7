"""Change the files of an upload that is not published yet: add, copy, move, replace, delete.

Then those of the files that are mainfiles are read; who says ``trigger_processing=false`` has that done later.
Source: NOMAD 1.4.3, ``put_upload_raw_path`` and ``Upload.process_upload``.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from flask import Response

from nomad_sandbox.calcs import Calc, calcs_of
from nomad_sandbox.extract import safe_parts
from nomad_sandbox.files import write_stripped_potcars
from nomad_sandbox.packed import forget_packed
from nomad_sandbox.uploads import get_upload
from nomad_sandbox.v1.access import wait_until_done, writable_upload
from nomad_sandbox.v1.actions import begin_process, start
from nomad_sandbox.v1.answers import Refusal, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.found import find_all, select
from nomad_sandbox.v1.receive import receive_into
from nomad_sandbox.v1.shown import describe_upload
from nomad_sandbox.v1.upload_raw import NO_PATH


def _inside(call: Call, upload_id: str, path: str) -> Path:
    folder = call.store.raw_folder(upload_id)
    if not path.strip("/"):
        return folder
    parts = safe_parts(path.rstrip("/"))
    if parts is None:
        raise Refusal(400, "Bad path provided.")
    return folder.joinpath(*parts)


def _forget(call: Call, calcs: Sequence[Calc]) -> list[Calc]:
    """Forget the entries whose mainfiles are gone, and give the others."""
    folder = call.store.raw_folder(calcs[0].upload_id) if calcs else Path()
    gone = [calc for calc in calcs if not (folder / calc.mainfile).is_file()]
    with call.store.change() as connection:
        for calc in gone:
            connection.execute(
                "DELETE FROM terms WHERE entry IN (SELECT entry FROM entries WHERE calc_id = ?)", (calc.calc_id,)
            )
            for table in ("entries", "calcs"):
                connection.execute(f"DELETE FROM {table} WHERE calc_id = ?", (calc.calc_id,))  # noqa: S608 - two names
            call.store.archive_path(calc.upload_id, calc.calc_id).unlink(missing_ok=True)
    return [calc for calc in calcs if calc not in gone]


def _answer(
    call: Call, upload_id: str, calcs: Sequence[Calc], changed: Collection[Path] | None, *, process: bool, wait: bool
) -> Response:
    """Answer with the upload; where files ``changed``, they are read, or the workers take a moment for them alone."""
    forget_packed(call.store, upload_id)  # an admin may change what is published
    left, folder = _forget(call, calcs), call.store.raw_folder(upload_id)
    if changed is not None and process:
        only = {path.relative_to(folder).as_posix() for path in changed}
        begin_process(call, upload_id, left, only=only)
    elif changed is not None:
        start(call, upload_id, "change_files")
    if wait:
        wait_until_done(call, upload_id)
    upload = get_upload(call.store, upload_id)
    assert upload is not None
    data = describe_upload(upload, calcs_of(call.store, upload_id), call.store.raw_folder(upload_id))
    return json_answer({"upload_id": upload_id, "data": data})


def put_raw(call: Call, upload_id: str, path: str = "") -> Response:
    """Put files into a folder of an upload: those that come, or a copy of one that is there, which may also move."""
    process, wait = call.flag("trigger_processing", default=True), call.flag("wait_for_processing")
    if wait and not process:
        raise Refusal(400, "`trigger_processing` must be true when `wait_for_processing` is set.`")
    _, calcs = writable_upload(call, upload_id, published_status=400)
    if call.text("local_path"):
        raise Refusal(501 if call.user().is_admin else 403, "local_path is not part of the sandbox")
    target = _inside(call, upload_id, path)
    if target.is_file():
        raise Refusal(400, "The path is a file, not a folder.")
    overwrite = call.flag("overwrite_if_exists", default=True)
    if call.text("copy_or_move") or call.text("copy_or_move_source_path"):
        changed = _copy_or_move(call, upload_id, target, overwrite=overwrite)
    else:
        changed = receive_into(call, target, overwrite=overwrite)
    write_stripped_potcars(call.store.raw_folder(upload_id))
    answer = _answer(call, upload_id, calcs, changed, process=process, wait=wait)
    if call.request.headers.get("Accept") != "application/json":
        return Response(f"\nThanks for uploading to {upload_id}.\n", content_type="text/plain; charset=utf-8")
    return answer


def _copy_or_move(call: Call, upload_id: str, folder: Path, *, overwrite: bool) -> list[Path]:
    """Put a file or folder of an upload into another folder of it, under a name that may be new, and give its files.

    Raises
    ------
    Refusal
        400 where the request does not say what and how, 404 for a source that there is not, 409 where something is
        there already that must not be overwritten.
    """
    how, source_path = call.text("copy_or_move"), call.text("copy_or_move_source_path")
    if how not in ("copy", "move") or not source_path:
        raise Refusal(400, "Both copy_or_move (copy, or move) and copy_or_move_source_path are needed.")
    source = _inside(call, upload_id, source_path)
    steps = safe_parts(call.text("file_name") or source.name)
    if steps is None or len(steps) != 1:
        raise Refusal(400, "Bad file name provided.")
    target = folder / steps[0]
    if not source.exists() or source == call.store.raw_folder(upload_id):
        raise Refusal(404, NO_PATH)
    if target.exists() and (not overwrite or target.is_dir() or source.is_dir()):
        raise Refusal(409, f"{target.name} exists already.")
    if target.is_relative_to(source):
        raise Refusal(400, "The target is the source, or lies inside it.")
    folder.mkdir(parents=True, exist_ok=True)
    if how == "move":
        source.replace(target)
    elif source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    return [path for path in (target, *target.rglob("*")) if path.is_file()]


def create_folder(call: Call, upload_id: str, path: str = "") -> Response:
    """Make a folder in an upload; nothing is read again."""
    _, calcs = writable_upload(call, upload_id, published_status=400)
    target = _inside(call, upload_id, path)
    if target.exists():
        raise Refusal(400, f"{path} exists already.")
    if any(parent.is_file() for parent in target.parents):
        raise Refusal(400, f"{path} leads through a file.")
    target.mkdir(parents=True)
    return _answer(call, upload_id, calcs, None, process=False, wait=False)


def delete_entry_files(call: Call, upload_id: str) -> Response:
    """Delete the files of those of an upload's entries that a query finds: where it finds any, NOMAD refuses."""
    upload, calcs = writable_upload(call, upload_id, published_status=400)
    query = {"and": [call.body.get("query") or {}, {"upload_id": upload.upload_id}]}
    if find_all(call, select(call, {"owner": call.body.get("owner") or "public", "query": query})):
        raise Refusal(400, "The files of the entries cannot be deleted: delete them by their paths.")
    return _answer(call, upload_id, calcs, None, process=False, wait=False)


def delete_raw(call: Call, upload_id: str, path: str = "") -> Response:
    """Delete a file or a folder of an upload."""
    _, calcs = writable_upload(call, upload_id, published_status=400)
    target = _inside(call, upload_id, path)
    if target.is_file():
        target.unlink()
    elif target.is_dir():
        shutil.rmtree(target)
    else:
        raise Refusal(404, NO_PATH)
    call.store.raw_folder(upload_id).mkdir(exist_ok=True)  # the upload's own folder stays, also when all is deleted
    process = call.flag("trigger_processing", default=True)
    return _answer(call, upload_id, calcs, (), process=process, wait=False)


HANDLERS: Mapping[str, Handler] = {
    "PUT /uploads/{upload_id}/raw/{path}": put_raw,
    "POST /uploads/{upload_id}/raw-create-dir/{path}": create_folder,
    "POST /uploads/{upload_id}/action/delete-entry-files": delete_entry_files,
    "DELETE /uploads/{upload_id}/raw/{path}": delete_raw,
}
