"""The ``archive`` operations: what was read from mainfiles, whole or only what is required."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import orjson
from flask import Response

from nomad_sandbox.required import BadKey, NotUnderstood, Unforeseen
from nomad_sandbox.streams import stream_zip
from nomad_sandbox.v1.access import readable_upload
from nomad_sandbox.v1.answers import Refusal, json_answer, streamed
from nomad_sandbox.v1.archives import build_archive
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.entries import NOT_ALL, asked_by_url, readable_entry
from nomad_sandbox.v1.found import find, find_all, select
from nomad_sandbox.v1.pages import read_page, with_urls
from nomad_sandbox.v1.query import echo
from nomad_sandbox.v1.required import RESOLVE_IN_PLACE, cut
from nomad_sandbox.v1.rights import may_see_entry

_UNKNOWN = "The entry does not exist or is not visible to you."  # in other words than for its files


def archive_of(call: Call, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give an archive, None where the caller may not see it or there is none.

    An entry that could not be read has one with its metadata and its log.
    """
    ids = (document["upload_id"], document["calc_id"])
    path, log_path = call.store.archive_path(*ids), call.store.log_path(*ids)
    if not may_see_entry(document, call.viewer, "data") or not (path.is_file() or document.get("processed") is False):
        return None
    written = orjson.loads(path.read_bytes()) if path.is_file() else None
    logs = orjson.loads(log_path.read_bytes()) if log_path.is_file() else None
    return build_archive(document, written, logs)


def _part(archive: Mapping[str, Any], required: Any) -> dict[str, Any]:
    try:
        return cut(archive, required)
    except BadKey as error:
        raise Refusal(422, [{"msg": "invalid required key", "loc": [error.key]}]) from error
    except Unforeseen as error:
        raise Refusal(500, str(error)) from error
    except NotUnderstood as error:
        raise Refusal(400, str(error)) from error


def _check(required: Any) -> None:
    """Refuse the one thing that NOMAD looks at before it has found an entry; all others only an archive shows.

    Raises
    ------
    Refusal
        422
    """
    in_place = required.get(RESOLVE_IN_PLACE) if isinstance(required, Mapping) else None
    if in_place is not None and not isinstance(in_place, bool):
        raise Refusal(422, [{"msg": "resolve-inplace is not a bool", "loc": ["required", RESOLVE_IN_PLACE]}])


def _shown(document: Mapping[str, Any], archive: Any) -> dict[str, Any]:
    return {
        "entry_id": document["calc_id"],
        "upload_id": document["upload_id"],
        "parser_name": document["parser_name"],
        "archive": archive,
    }


def _one(call: Call, entry_id: str, required: Any) -> dict[str, Any]:
    _check(required)
    document = readable_entry(call, entry_id, unknown=_UNKNOWN)
    archive = archive_of(call, document)
    if archive is None:
        raise Refusal(404, "The entry does exist, but it has no archive.")
    data = _shown(document, _part(archive, required))
    return {"entry_id": document["calc_id"], "required": required, "data": data}


def get_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with one archive."""
    return json_answer(_one(call, entry_id, "*"))


def query_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with the required part of one archive."""
    return json_answer(_one(call, entry_id, call.body.get("required", "*")))


def download_entry_archive(call: Call, entry_id: str) -> Response:
    """Answer with one archive as a file, without anything around it."""
    response = json_answer(_one(call, entry_id, "*")["data"]["archive"])
    response.headers["Content-Disposition"] = f'attachment; filename="{entry_id}.archive.json"'
    return response


def query_archives(call: Call) -> Response:
    """Answer with the required parts of a page of archives; entries without one are left out."""
    return json_answer(_archives_of(call, call.body))


def get_archives(call: Call) -> Response:
    """Answer with a page of whole archives, to a query string."""
    answer = _archives_of(call, asked_by_url(call) | {"required": "*"})
    pagination = with_urls(call.request, answer["pagination"])
    return json_answer({**answer, "query": _as_repeated(answer["query"]), "pagination": pagination})


def _as_repeated(query: Any) -> Any:
    """Give the query of a GET as NOMAD repeats it here: each of ``any``, ``all`` and ``none`` is told as ``op``."""
    if isinstance(query, list):
        return [_as_repeated(row) for row in query]
    if not isinstance(query, Mapping):
        return query
    return {"op" if key in ("any", "all", "none") else key: _as_repeated(value) for key, value in query.items()}


def _archives_of(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked.get("owner") == "all":
        raise Refusal(403, NOT_ALL)
    required = "*" if asked.get("required") is None else asked["required"]
    found = find(call, select(call, asked), read_page(asked.get("pagination") or {}, order_by="entry_id"))
    _check(required)
    archives = ((document, archive_of(call, document)) for document in found.documents)
    return {
        "owner": asked.get("owner") or "public",
        "query": echo(asked.get("query")),
        "required": required,
        "pagination": found.pagination,
        "data": [_shown(document, _part(archive, required)) for document, archive in archives if archive is not None],
    }


def download_archives(call: Call) -> Response:
    """Answer with a zip of all archives that a query finds."""
    return _download(call, call.body)


def get_download(call: Call) -> Response:
    """Answer like `download_archives`, to a query string."""
    return _download(call, asked_by_url(call) | {"required": "*"})


def _files(call: Call, documents: Iterable[Mapping[str, Any]], required: Any) -> Iterator[tuple[str, bytes]]:
    """Give the files of a download: one for each archive, and in the end a list of all entries, also those without."""
    manifest = []
    for document in documents:
        path = f"{document['upload_id']}/{document['calc_id']}.json"
        archive = archive_of(call, document)
        if archive is not None:
            shown = _shown(document, _part(archive, required))
            shown.pop("upload_id")
            yield path, orjson.dumps(shown, option=orjson.OPT_INDENT_2)
        ids = {"entry_id": document["calc_id"], "upload_id": document["upload_id"]}
        manifest.append({**ids, "parser_name": document["parser_name"], "path": path})
    yield "manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2)


def _download(call: Call, asked: Mapping[str, Any]) -> Response:
    if asked.get("owner") == "all":
        raise Refusal(403, NOT_ALL)
    required = asked.get("required", "*")
    documents = find_all(call, select(call, asked))
    _check(required)
    compress = bool((asked.get("files") or {}).get("compress"))
    files = _files(call, documents, required)
    first = next(files)  # what is required and not understood is refused before the zip begins
    parts = stream_zip((), compress=compress, extra=chain([first], files))
    return streamed(parts, mimetype="application/zip", filename="archives.zip")


def _in_upload(call: Call, upload_id: str, **wanted: str) -> str:
    _, calcs = readable_upload(call, upload_id)
    for calc in calcs:
        if all(getattr(calc, key) == value for key, value in wanted.items()):
            return calc.calc_id
    raise Refusal(404, "An entry by that id or mainfile could not be found in the specified upload.")


def get_archive_of_upload(call: Call, upload_id: str, entry_id: str) -> Response:
    """Answer with the archive of an upload's entry."""
    return json_answer(_one(call, _in_upload(call, upload_id, calc_id=entry_id), "*"))


def get_archive_of_mainfile(call: Call, upload_id: str, mainfile: str) -> Response:
    """Answer with the archive of the entry that a mainfile made."""
    return json_answer(_one(call, _in_upload(call, upload_id, mainfile=mainfile), "*"))


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
