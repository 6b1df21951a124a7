"""Raw files: of an entry, of a query, of an upload; one, a listing, or a zip with a manifest."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from flask import Response

from nomad_swagger.sandbox.files import RawFile, all_files, find_file, is_potcar
from nomad_swagger.sandbox.streams import stream_file, stream_zip
from nomad_swagger.sandbox.v1.access import readable_upload
from nomad_swagger.sandbox.v1.answers import Refusal, invalid, json_answer, streamed
from nomad_swagger.sandbox.v1.call import Call, Handler
from nomad_swagger.sandbox.v1.entries import asked_by_url, visible_entry
from nomad_swagger.sandbox.v1.found import find, find_all, select
from nomad_swagger.sandbox.v1.pages import cut, read_page, read_page_of_url, with_urls
from nomad_swagger.sandbox.v1.query import echo
from nomad_swagger.sandbox.v1.rights import sees_entry
from nomad_swagger.sandbox.v1.view import choose, metadata_of

_MANIFEST = ["upload_id", "entry_id", "mainfile", "files"]
NO_PATH = "Not found. Invalid path?"
Chooser = Callable[[str], bool]


def _is_licensed(path: str, document: Mapping[str, Any], call: Call) -> bool:
    """Tell whether a file must stay with the authors: VASP's potentials."""
    mine = call.viewer is not None and (
        call.viewer.is_admin or any(row["user_id"] == call.viewer.user_id for row in document.get("authors", ()))
    )
    return is_potcar(path) and not mine


def _files(call: Call, document: Mapping[str, Any]) -> list[RawFile]:
    """Give the files of an entry that the caller may read, none of an entry whose data is not for the caller."""
    if not sees_entry(document, call.viewer):
        return []
    folder = call.store.raw_folder(document["upload_id"])
    found = (find_file(folder, path) for path in document["files"] if not _is_licensed(path, document, call))
    return [file for file in found if file is not None]


def _readable(call: Call, entry_id: str) -> dict[str, Any]:
    document = visible_entry(call, entry_id)
    if not sees_entry(document, call.viewer):
        raise Refusal(404, "The entry does exist, but its files are not visible to you.")
    return document


def _chooser(wanted: Mapping[str, Any]) -> Chooser:
    pattern, expression, names = wanted.get("glob_pattern"), wanted.get("re_pattern"), wanted.get("include_files")
    try:
        compiled = re.compile(expression) if expression else None
    except re.error as error:
        raise invalid("value_error", ["files", "re_pattern"], f"could not parse: {error}", expression) from error

    def chosen(path: str) -> bool:
        name = path.rpartition("/")[2]
        if compiled is not None:
            return compiled.search(path) is not None
        return (not pattern or fnmatch(name, pattern)) and (not names or name in names)

    return chosen


def _wanted(call: Call) -> dict[str, Any]:
    return {
        "compress": call.flag("compress"),
        "glob_pattern": call.text("glob_pattern"),
        "re_pattern": call.text("re_pattern"),
        "include_files": call.many("include_files"),
    }


def _zip(
    call: Call, documents: Iterable[Mapping[str, Any]], wanted: Mapping[str, Any], *, filename: str, prefix: bool
) -> Response:
    rows, chosen = list(documents), _chooser(wanted)

    def files() -> Iterator[tuple[str, Path]]:
        for document in rows:
            for file in _files(call, document):
                if chosen(file.path):
                    yield (f"{document['upload_id']}/{file.path}" if prefix else file.path), file.where

    manifest = [choose(metadata_of(row), {"include": _MANIFEST}) for row in rows if sees_entry(row, call.viewer)]
    extra = [("manifest.json", json.dumps(manifest, indent=2).encode())]
    parts = stream_zip(files(), compress=bool(wanted.get("compress")), extra=extra)
    return streamed(parts, mimetype="application/zip", filename=filename)


def get_entry_raw(call: Call, entry_id: str) -> Response:
    """Answer with a zip of an entry's files."""
    document = _readable(call, entry_id)
    return _zip(call, [document], _wanted(call), filename=f"{entry_id}.zip", prefix=False)


def query_raw(call: Call) -> Response:
    """Answer with a zip of the files of all entries that a query finds."""
    return _raw_of(call, call.body, call.body.get("files") or {})


def get_raw(call: Call) -> Response:
    """Answer like `query_raw`, to a query string."""
    return _raw_of(call, asked_by_url(call), _wanted(call))


def _raw_of(call: Call, asked: Mapping[str, Any], wanted: Mapping[str, Any]) -> Response:
    documents = find_all(call, select(call, asked))
    return _zip(call, documents, wanted, filename="raw_files.zip", prefix=True)


def _listing(call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
    files = [{"path": file.path, "size": file.size} for file in _files(call, document)]
    return {
        "entry_id": document["calc_id"],
        "upload_id": document["upload_id"],
        "mainfile": document["mainfile"],
        "files": files,
    }


def get_entry_rawdir(call: Call, entry_id: str) -> Response:
    """Answer with the names and sizes of an entry's files."""
    return json_answer({"entry_id": entry_id, "data": _listing(call, _readable(call, entry_id))})


def query_rawdir(call: Call) -> Response:
    """Answer with the names and sizes of the files of a page of entries."""
    return json_answer(_rawdir_of(call, call.body))


def get_rawdir(call: Call) -> Response:
    """Answer like `query_rawdir`, to a query string."""
    answer = _rawdir_of(call, asked_by_url(call))
    return json_answer({**answer, "pagination": with_urls(call.request, answer["pagination"])})


def _rawdir_of(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    found = find(call, select(call, asked), read_page(asked.get("pagination") or {}, order_by="entry_id"))
    return {
        "owner": asked.get("owner") or "public",
        "query": echo(asked.get("query")),
        "pagination": found.pagination,
        "data": [_listing(call, document) for document in found.documents],
    }


def _send(call: Call, file: RawFile, *, mimetype: str) -> Response:
    offset, length = call.integer("offset", 0), call.integer("length", -1)
    if offset < 0:
        raise invalid("value_error", ["query", "offset"], "offset must be 0 or more", offset)
    parts = stream_file(
        file.where, offset=offset, length=length if length >= 0 else None, decompress=call.flag("decompress")
    )
    return streamed(parts, mimetype=mimetype, filename=file.path.rpartition("/")[2])


def get_entry_raw_file(call: Call, entry_id: str, path: str) -> Response:
    """Answer with a file, named from the folder of the entry's mainfile."""
    document = _readable(call, entry_id)
    inside = "/".join(part for part in (document["mainfile"].rpartition("/")[0], path) if part)
    file = find_file(call.store.raw_folder(document["upload_id"]), inside)
    if file is None or _is_licensed(file.path, document, call):
        raise Refusal(404, NO_PATH)
    return _send(call, file, mimetype="application/octet-stream")


def _upload_files(call: Call, upload_id: str, prefix: str) -> list[RawFile]:
    upload, calcs = readable_upload(call, upload_id)
    del calcs
    mine = call.viewer is not None and (call.viewer.is_admin or call.viewer.user_id == upload.user_id)
    files = all_files(call.store.raw_folder(upload_id), f"{prefix}/" if prefix else "")
    return [file for file in files if mine or not is_potcar(file.path)]


def get_upload_raw(call: Call, upload_id: str, path: str = "") -> Response:
    """Answer with a file of an upload, with its own type, or with a zip of a folder."""
    files = _upload_files(call, upload_id, "")
    single = next((file for file in files if file.path == path.strip("/")), None)
    if single is not None:
        guessed = None if call.flag("ignore_mime_type") else mimetypes.guess_type(single.path)[0]
        return _send(call, single, mimetype=guessed or "application/octet-stream")
    below = [file for file in files if not path.strip("/") or file.path.startswith(path.strip("/") + "/")]
    if path.strip("/") and not below:
        raise Refusal(404, NO_PATH)
    chosen = _chooser(_wanted(call))
    rows = ((file.path, file.where) for file in below if chosen(file.path))
    parts = stream_zip(rows, compress=call.flag("compress"))
    return streamed(parts, mimetype="application/zip", filename=f"{upload_id}.zip")


def get_upload_rawdir(call: Call, upload_id: str, path: str = "") -> Response:
    """Answer with what is at a path of an upload."""
    upload, calcs = readable_upload(call, upload_id)
    mainfiles = {calc.mainfile: {"entry_id": calc.calc_id, "parser_name": calc.parser} for calc in calcs}
    path = path.strip("/")
    files = _upload_files(call, upload_id, "")
    access = "public" if upload.published else "unpublished"
    single = next((file for file in files if file.path == path), None)
    own = path.rpartition("/")[2]
    if single is not None:
        told = {"name": own, "size": single.size, **(mainfiles.get(path) or {})}
        return json_answer({"path": path, "access": access, "file_metadata": told})
    prefix = f"{path}/" if path else ""
    below = [file for file in files if file.path.startswith(prefix)]
    if path and not below:
        raise Refusal(404, NO_PATH)
    content = _content(below, prefix, mainfiles if call.flag("include_entry_info") else {})
    chosen, told = cut(read_page_of_url(call.request, order_by="name"), [(row["name"], row) for row in content])
    folder = {"name": own, "size": sum(file.size for file in below), "content": chosen}
    pagination = with_urls(call.request, told)
    return json_answer({"path": path, "access": access, "directory_metadata": folder, "pagination": pagination})


def _content(below: list[RawFile], prefix: str, mainfiles: Mapping[str, dict[str, str]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for file in below:
        name, _, rest = file.path[len(prefix) :].partition("/")
        row = rows.setdefault(name, {"name": name, "is_file": not rest, "size": 0})
        row["size"] += file.size
        row.update({} if rest else mainfiles.get(file.path, {}))
    return [rows[name] for name in sorted(rows, key=lambda name: (rows[name]["is_file"], name))]


HANDLERS: Mapping[str, Handler] = {
    "GET /entries/{entry_id}/raw": get_entry_raw,
    "GET /entries/{entry_id}/raw/{path}": get_entry_raw_file,
    "GET /entries/{entry_id}/rawdir": get_entry_rawdir,
    "GET /entries/raw": get_raw,
    "GET /entries/rawdir": get_rawdir,
    "POST /entries/raw/query": query_raw,
    "POST /entries/rawdir/query": query_rawdir,
    "GET /uploads/{upload_id}/raw": get_upload_raw,
    "GET /uploads/{upload_id}/raw/{path}": get_upload_raw,
    "GET /uploads/{upload_id}/rawdir/{path}": get_upload_rawdir,
}
