"""Raw files of entries: of one, or of those that a query finds; one file, a listing, or a zip with a manifest.

Source: NOMAD 1.4.3 and 2.0.0, the ``raw`` and ``rawdir`` operations of ``nomad/app/v1/routers/entries.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Response

from nomad_sandbox.files import RawFile, find_file, is_potcar
from nomad_sandbox.streams import stream_zip
from nomad_sandbox.v1.answers import Refusal, json_answer, streamed
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.entries import NOT_ALL, asked_by_url, readable_entry
from nomad_sandbox.v1.found import find, find_all, select
from nomad_sandbox.v1.pages import read_page, with_urls
from nomad_sandbox.v1.query import echo
from nomad_sandbox.v1.raw_choice import files_of_url, read_chooser, send_file
from nomad_sandbox.v1.rights import may_see_entry

_NO_FILE = "The requested file does not exist."
Document = Mapping[str, Any]


def _is_licensed(path: str, document: Document, call: Call) -> bool:
    """Tell whether a file must stay with the authors: VASP's potentials."""
    return is_potcar(path) and not may_see_entry(document, call.viewer, "licensed")


def _files(call: Call, document: Document) -> list[RawFile]:
    """Give the files of an entry that the caller may read, none of an entry whose data is not for the caller."""
    if not may_see_entry(document, call.viewer, "data"):
        return []
    folder = call.store.raw_folder(document["upload_id"])
    found = (find_file(folder, path) for path in document["files"] if not _is_licensed(path, document, call))
    return [file for file in found if file is not None]


def _zip(call: Call, documents: list[dict[str, Any]], wanted: Mapping[str, Any]) -> Response:
    """Give the zip of some entries: names begin with the upload; an entry that no file is chosen of is not listed."""
    wants = read_chooser(wanted)
    read = [(document, _files(call, document)) for document in documents]
    chosen = [(document, [file for file in files if wants(file.path)], not files) for document, files in read]

    def files() -> Iterator[tuple[str, Path]]:
        for document, some, _ in chosen:
            for file in some:
                yield f"{document['upload_id']}/{file.path}", file.where

    manifest = [_row(document) for document, some, has_none in chosen if some or has_none]
    extra = [("manifest.json", json.dumps(manifest).encode())]
    parts = stream_zip(files(), compress=bool(wanted.get("compress")), extra=extra)
    return streamed(parts, mimetype="application/zip", filename="raw_files.zip")


def _row(document: Document) -> dict[str, str]:
    mainfile = f"{document['upload_id']}/{document['mainfile']}"
    return {"upload_id": document["upload_id"], "mainfile": mainfile, "entry_id": document["calc_id"]}


def get_entry_raw(call: Call, entry_id: str) -> Response:
    """Answer with a zip of an entry's files."""
    return _zip(call, [readable_entry(call, entry_id)], files_of_url(call))


def query_raw(call: Call) -> Response:
    """Answer with a zip of the files of all entries that a query finds."""
    return _raw_of(call, call.body, call.body.get("files") or {})


def get_raw(call: Call) -> Response:
    """Answer like `query_raw`, to a query string."""
    return _raw_of(call, asked_by_url(call), files_of_url(call))


def _raw_of(call: Call, asked: Mapping[str, Any], wanted: Mapping[str, Any]) -> Response:
    _check_owner(asked)
    return _zip(call, find_all(call, select(call, asked)), wanted)


def _check_owner(asked: Mapping[str, Any]) -> None:
    if asked.get("owner") == "all":
        raise Refusal(403, NOT_ALL)


def _listing(call: Call, document: Document) -> dict[str, Any]:
    files = [{"path": file.path, "size": file.size} for file in _files(call, document)]
    return {
        "entry_id": document["calc_id"],
        "upload_id": document["upload_id"],
        "mainfile": document["mainfile"],
        "files": files,
    }


def get_entry_rawdir(call: Call, entry_id: str) -> Response:
    """Answer with the names and sizes of an entry's files."""
    return json_answer({"entry_id": entry_id, "data": _listing(call, readable_entry(call, entry_id))})


def query_rawdir(call: Call) -> Response:
    """Answer with the names and sizes of the files of a page of entries."""
    return json_answer(_rawdir_of(call, call.body))


def get_rawdir(call: Call) -> Response:
    """Answer like `query_rawdir`, to a query string."""
    answer = _rawdir_of(call, asked_by_url(call))
    return json_answer({**answer, "pagination": with_urls(call.request, answer["pagination"])})


def _rawdir_of(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    _check_owner(asked)
    found = find(call, select(call, asked), read_page(asked.get("pagination") or {}, order_by="entry_id"))
    return {
        "owner": asked.get("owner") or "public",
        "query": echo(asked.get("query")),
        "pagination": found.pagination,
        "data": [_listing(call, document) for document in found.documents],
    }


def get_entry_raw_file(call: Call, entry_id: str, path: str) -> Response:
    """Answer with a file, named from the folder of the entry's mainfile."""
    document = readable_entry(call, entry_id)
    inside = "/".join(part for part in (document["mainfile"].rpartition("/")[0], path) if part)
    file = find_file(call.store.raw_folder(document["upload_id"]), inside)
    if file is None or _is_licensed(file.path, document, call):
        raise Refusal(404, _NO_FILE)
    return send_file(call, file)


HANDLERS: Mapping[str, Handler] = {
    "GET /entries/{entry_id}/raw": get_entry_raw,
    "GET /entries/{entry_id}/raw/{path}": get_entry_raw_file,
    "GET /entries/{entry_id}/rawdir": get_entry_rawdir,
    "GET /entries/raw": get_raw,
    "GET /entries/rawdir": get_rawdir,
    "POST /entries/raw/query": query_raw,
    "POST /entries/rawdir/query": query_rawdir,
}
