"""The ``archive`` operations: what was read from mainfiles, whole or only what is required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

from nomad_swagger.sandbox.index import read_document
from nomad_swagger.sandbox.streams import stream_zip
from nomad_swagger.sandbox.v0.answers import Refusal as Misunderstood
from nomad_swagger.sandbox.v0.required import cut
from nomad_swagger.sandbox.v1.access import readable_upload
from nomad_swagger.sandbox.v1.answers import Refusal, json_answer, streamed
from nomad_swagger.sandbox.v1.archives import build_archive
from nomad_swagger.sandbox.v1.call import Call, Handler
from nomad_swagger.sandbox.v1.entries import asked_by_url, visible_entry
from nomad_swagger.sandbox.v1.found import find, find_all, select
from nomad_swagger.sandbox.v1.pages import read_page, with_urls
from nomad_swagger.sandbox.v1.query import echo
from nomad_swagger.sandbox.v1.rights import sees_entry

_WHOLE = frozenset({"*", "include", "include-resolved"})


def _archive(call: Call, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give an archive, None where the caller may not see it or there is none."""
    path = call.store.archive_path(document["upload_id"], document["calc_id"])
    if not sees_entry(document, call.viewer) or not path.is_file():
        return None
    return build_archive(document, orjson.loads(path.read_bytes()))


def _simple(required: Any) -> Any:
    if isinstance(required, Mapping):
        return {name: _simple(below) for name, below in required.items()}
    return "*" if required in _WHOLE or required is None else required


def _part(archive: Mapping[str, Any], required: Any) -> Any:
    try:
        return cut(archive, required)
    except Misunderstood as error:
        raise Refusal(400, f"The required specification cannot be understood: {error.message}") from error


def _check(required: Any) -> None:
    """Refuse what cannot be understood, also where nothing is found.

    Raises
    ------
    Refusal
        400
    """
    if isinstance(required, Mapping):
        for name, below in required.items():
            _part({name.partition("[")[0]: []}, {name: "*"})
            _check(below)
    else:
        _part({}, required)


def _shown(document: Mapping[str, Any], archive: Any) -> dict[str, Any]:
    return {
        "entry_id": document["calc_id"],
        "upload_id": document["upload_id"],
        "parser_name": document["parser_name"],
        "archive": archive,
    }


def _one(call: Call, document: Mapping[str, Any], required: Any) -> Response:
    required = "*" if required is None else required
    simple = _simple(required)
    _check(simple)
    archive = _archive(call, document)
    if archive is None:
        raise Refusal(404, "The entry does exist, but it has no archive.")
    data = _shown(document, _part(archive, simple))
    return json_answer({"entry_id": document["calc_id"], "required": required, "data": data})


def get_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with one archive."""
    return _one(call, visible_entry(call, entry_id), "*")


def query_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with the required part of one archive."""
    return _one(call, visible_entry(call, entry_id), call.body.get("required"))


def download_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with one archive as a file, without anything around it."""
    archive = _archive(call, visible_entry(call, entry_id))
    if archive is None:
        raise Refusal(404, "The entry does exist, but it has no archive.")
    return json_answer(archive)


def query_archives(call: Call) -> Response:
    """Answer with the required parts of a page of archives; entries without one are left out."""
    return json_answer(_archives_of(call, call.body))


def get_archives(call: Call) -> Response:
    """Answer with a page of whole archives, to a query string."""
    answer = _archives_of(call, asked_by_url(call) | {"required": "*"})
    return json_answer({**answer, "pagination": with_urls(call.request, answer["pagination"])})


def _archives_of(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    required = asked.get("required")
    simple = _simple(required)
    _check(simple)
    found = find(call, select(call, asked), read_page(asked.get("pagination") or {}, order_by="entry_id"))
    archives = ((document, _archive(call, document)) for document in found.documents)
    return {
        "owner": asked.get("owner") or "public",
        "query": echo(asked.get("query")),
        "required": "*" if required is None else required,
        "pagination": found.pagination,
        "data": [_shown(document, _part(archive, simple)) for document, archive in archives if archive is not None],
    }


def download_archives(call: Call) -> Response:
    """Answer with a zip of all archives that a query finds."""
    return _download(call, call.body)


def get_download(call: Call) -> Response:
    """Answer like `download_archives`, to a query string."""
    return _download(call, asked_by_url(call))


def _download(call: Call, asked: Mapping[str, Any]) -> Response:
    documents = [row for row in find_all(call, select(call, asked)) if sees_entry(row, call.viewer)]
    archives = (
        (f"{document['upload_id']}/{document['calc_id']}.json", orjson.dumps(archive))
        for document in documents
        if (archive := _archive(call, document)) is not None
    )
    parts = stream_zip((), compress=bool((asked.get("files") or {}).get("compress")), extra=archives)
    return streamed(parts, mimetype="application/zip", filename="archives.zip")


def _in_upload(call: Call, upload_id: str, **wanted: str) -> dict[str, Any]:
    _, calcs = readable_upload(call, upload_id)
    for calc in calcs:
        if all(getattr(calc, key) == value for key, value in wanted.items()):
            document = read_document(call.store, calc.calc_id)
            if document is not None:
                return document
    raise Refusal(404, "An entry by that id or mainfile could not be found in the specified upload.")


def get_archive_of_upload(call: Call, upload_id: str, entry_id: str) -> Response:
    """Answer with the archive of an upload's entry."""
    return _one(call, _in_upload(call, upload_id, calc_id=entry_id), "*")


def get_archive_of_mainfile(call: Call, upload_id: str, mainfile: str) -> Response:
    """Answer with the archive of the entry that a mainfile made."""
    return _one(call, _in_upload(call, upload_id, mainfile=mainfile), "*")


HANDLERS: Mapping[str, Handler] = {
    "GET /entries/{entry_id}/archive": get_entry_archive,
    "POST /entries/{entry_id}/archive/query": query_entry_archive,
    "GET /entries/{entry_id}/archive/download": download_entry_archive,
    "POST /entries/archive/query": query_archives,
    "GET /entries/archive": get_archives,
    "POST /entries/archive/download/query": download_archives,
    "GET /entries/archive/download": get_download,
    "GET /uploads/{upload_id}/archive/{entry_id}": get_archive_of_upload,
    "GET /uploads/{upload_id}/archive/mainfile/{mainfile}": get_archive_of_mainfile,
}
