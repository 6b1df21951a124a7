"""Raw files of an upload: all of them, one file or one folder of them, and a listing.

Source: NOMAD 1.4.3 and 2.0.0, the ``raw`` and ``rawdir`` operations of ``nomad/app/v1/routers/uploads``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response

from nomad_sandbox.files import RawFile, all_files, is_potcar
from nomad_sandbox.packed import packed
from nomad_sandbox.ranges import send_stored
from nomad_sandbox.streams import stream_zip
from nomad_sandbox.v1.access import readable_upload
from nomad_sandbox.v1.answers import Refusal, json_answer, streamed
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.pages import cut_by_index, read_page_of_url, with_urls
from nomad_sandbox.v1.raw_choice import files_of_url, read_chooser, send_file
from nomad_sandbox.v1.rights import embargo_months, may_on_upload

NO_PATH = "Not found. Invalid path?"
_NOT_PUBLISHED = (
    "Only published uploads have a raw files .zip that can be downloaded. Use '/{upload_id}/raw/' for this one, which"
    " packs all of its files into a .zip file."
)
_FOLDER = "Path is a directory, `compress` must be set to true"
_PART_OF_ZIP = "Cannot specify `offset` or `length` when `compress` is true"


def _readable_files(call: Call, upload_id: str) -> list[RawFile]:
    upload, calcs = readable_upload(call, upload_id)
    mine = may_on_upload(upload, calcs, call.viewer, "licensed")
    return [file for file in all_files(call.store.raw_folder(upload_id)) if mine or not is_potcar(file.path)]


def _zip(files: Iterable[RawFile], *, below: str, compress: bool, filename: str) -> Response:
    rows = ((file.path.removeprefix(below), file.where) for file in files)
    return streamed(stream_zip(rows, compress=compress), mimetype="application/zip", filename=filename)


def _folders(call: Call, upload_id: str) -> list[str]:
    """Give the paths of all folders of an upload, also of those without files."""
    root = call.store.raw_folder(upload_id)
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_dir()]


def _single(files: Iterable[RawFile], path: str) -> RawFile | None:
    return next((file for file in files if file.path == path), None)


def _below(files: Iterable[RawFile], path: str) -> list[RawFile]:
    """Give the files of a folder; the upload's own, whose path is empty, is always there.

    Raises
    ------
    Refusal
        404
    """
    below = [file for file in files if not path or file.path.startswith(f"{path}/")]
    if path and not below:
        raise Refusal(404, NO_PATH)
    return below


def get_upload_raw(call: Call, upload_id: str) -> Response:
    """Answer with the zip of a published upload as it lies there, or with where to get it."""
    upload, calcs = readable_upload(call, upload_id)
    if not upload.published:
        raise Refusal(400, _NOT_PUBLISHED)
    if call.services.storage is not None and not embargo_months(upload, calcs):
        return Response(status=307, headers={"Location": call.services.storage.address(upload_id)})
    return send_stored(call.request, packed(call.store, upload_id), mimetype="application/zip")


def get_upload_raw_path(call: Call, upload_id: str, path: str) -> Response:
    """Answer with a file of an upload, or, with ``compress``, with a zip of a file or a folder."""
    wanted, path = files_of_url(call), path.strip("/")
    if wanted["compress"] and (call.integer("offset", 0) != 0 or call.integer("length", -1) != -1):
        raise Refusal(400, _PART_OF_ZIP)
    files = _readable_files(call, upload_id)
    single = _single(files, path)
    if single is not None and not wanted["compress"]:
        return send_file(call, single)
    chosen = [single] if single is not None else _below(files, path)
    if not wanted["compress"]:
        raise Refusal(400, _FOLDER)
    if single is None:
        wants = read_chooser(wanted)
        chosen = [file for file in chosen if wants(file.path)]
    folder = path if single is None else single.folder
    filename = f"{path.rpartition('/')[2] or upload_id}.zip"
    return _zip(chosen, below=f"{folder}/" if folder else "", compress=True, filename=filename)


def get_upload_rawdir(call: Call, upload_id: str, path: str = "") -> Response:
    """Answer with what is at a path of an upload."""
    upload, calcs = readable_upload(call, upload_id)
    mainfiles = {calc.mainfile: {"entry_id": calc.calc_id, "parser_name": calc.parser} for calc in calcs}
    path = path.strip("/")
    files = _readable_files(call, upload_id)
    access = "public" if upload.published else "unpublished"
    own = path.rpartition("/")[2]
    single = _single(files, path)
    if single is not None:
        told = {"name": own, "size": single.size, **(mainfiles.get(path) or {})}
        return json_answer({"path": path, "access": access, "file_metadata": told})
    folders = _folders(call, upload_id)
    below = [] if path in folders and not _has_files(files, path) else _below(files, path)
    prefix = f"{path}/" if path else ""
    content = _content(below, prefix, mainfiles if call.flag("include_entry_info") else {}, folders)
    chosen, told = cut_by_index(read_page_of_url(call.request, order_by="name"), content)
    folder = {"name": own, "size": sum(file.size for file in below), "content": chosen}
    # NOMAD's folders have one order, and do not tell it
    pagination = {key: value for key, value in with_urls(call.request, told).items() if key != "order_by"}
    return json_answer({"path": path, "access": access, "directory_metadata": folder, "pagination": pagination})


def _has_files(files: Iterable[RawFile], path: str) -> bool:
    return any(file.path.startswith(f"{path}/") for file in files)


def _content(
    below: list[RawFile], prefix: str, mainfiles: Mapping[str, dict[str, str]], folders: Iterable[str]
) -> list[dict[str, Any]]:
    inside = (folder[len(prefix) :] for folder in folders if folder.startswith(prefix))
    rows: dict[str, dict[str, Any]] = {
        name: {"name": name, "is_file": False, "size": 0} for name in inside if name and "/" not in name
    }
    for file in below:
        name, _, rest = file.path[len(prefix) :].partition("/")
        row = rows.setdefault(name, {"name": name, "is_file": not rest, "size": 0})
        row["size"] += file.size
        row.update({} if rest else mainfiles.get(file.path, {}))
    return [rows[name] for name in sorted(rows)]


HANDLERS: Mapping[str, Handler] = {
    "GET /uploads/{upload_id}/raw": get_upload_raw,
    "GET /uploads/{upload_id}/raw/{path}": get_upload_raw_path,
    "GET /uploads/{upload_id}/rawdir/{path}": get_upload_rawdir,
}
