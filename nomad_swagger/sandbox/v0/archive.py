"""The ``archive`` operations: what was read from mainfiles."""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Response

from nomad_swagger.sandbox import search as index
from nomad_swagger.sandbox.index import read_document
from nomad_swagger.sandbox.streams import stream_zip
from nomad_swagger.sandbox.v0.answers import Refusal, json_answer
from nomad_swagger.sandbox.v0.call import Call, Handler
from nomad_swagger.sandbox.v0.parameters import query_of_body, query_of_parameters, selected
from nomad_swagger.sandbox.v0.raw import manifest_of, streamed
from nomad_swagger.sandbox.v0.recipes import code_of
from nomad_swagger.sandbox.v0.repo import find
from nomad_swagger.sandbox.v0.required import cut
from nomad_swagger.sandbox.visibility import may_see_entry

PAGE_SIZE = 10
AGGREGATION_SIZE = 1000


def _document(call: Call, upload_id: str, calc_id: str) -> dict[str, Any]:
    document = read_document(call.store, calc_id)
    if document is None or document["upload_id"] != upload_id:
        raise Refusal(404, f"Archive {upload_id}/{calc_id} does not exist.")
    if not may_see_entry(document, call.viewer):
        raise Refusal(401, f"Not authorized to access {upload_id}/{calc_id}.")
    return document


def _archive(call: Call, document: Mapping[str, Any]) -> dict[str, Any] | None:
    path = call.store.archive_path(document["upload_id"], document["calc_id"])
    if not path.is_file():
        return None
    archive: dict[str, Any] = orjson.loads(path.read_bytes())
    return {"section_metadata": dict(document), **archive}


def get_archive_calc(call: Call, upload_id: str, calc_id: str) -> Response:
    """Answer with one archive."""
    archive = _archive(call, _document(call, upload_id, calc_id))
    if archive is None:
        raise Refusal(404, f"Archive {upload_id}/{calc_id} does not exist.")
    return json_answer(archive)


def get_archive_logs(call: Call, upload_id: str, calc_id: str) -> Response:
    """Answer with the log of an entry's processing."""
    _document(call, upload_id, calc_id)
    path = call.store.log_path(upload_id, calc_id)
    if not path.is_file():
        raise Refusal(404, f"Archive/calc {upload_id}/{calc_id} does not exist.")
    return json_answer(orjson.loads(path.read_bytes()))


def archive_download(call: Call) -> Response:
    """Answer with a zip of all archives that a query finds."""
    selection = selected(query_of_parameters(call))
    numbers = index.entry_numbers(call.store, selection, order_by="upload_id")
    documents = [
        document for document in index.read_documents(call.store, numbers) if may_see_entry(document, call.viewer)
    ]
    files = (
        (f"{document['calc_id']}.json", path)
        for document in documents
        if (path := call.store.archive_path(document["upload_id"], document["calc_id"])).is_file()
    )
    manifest = manifest_of(call, documents, lambda document: document["calc_id"])
    parts = stream_zip(files, compress="compress" in call.request.args, extra=[("manifest.json", manifest)])
    return streamed(parts, mimetype="application/zip", filename="nomad_archive.zip")


def archive_query(call: Call) -> Response:
    """Answer with whole archives, paged or scrolled like a search (0.7)."""
    found = find(call, lambda document: _archive(call, document) if may_see_entry(document, call.viewer) else None)
    found["results"] = [archive for archive in found["results"] if archive is not None]
    return json_answer(found | code_of(call))


def _part(call: Call, document: Mapping[str, Any], required: Any, *, strict: bool) -> dict[str, Any] | None:
    archive = _archive(call, document) if may_see_entry(document, call.viewer) else None
    if archive is None:
        if strict:
            raise Refusal(404, f"Archive {document['upload_id']}/{document['calc_id']} does not exist.")
        return None
    return {
        "calc_id": document["calc_id"],
        "parser_name": document["parser_name"],
        "archive": cut(archive, required),
    }


def post_archive_query(call: Call) -> Response:
    """Answer with the required parts of the archives that a query in the body finds (0.8)."""
    body = call.body
    required = body.get("required", body.get("query_schema", "*"))
    selection = selected(query_of_body(call, body.get("query") or {}))
    aggregation = body.get("aggregation")
    window = _after(call, selection, aggregation) if aggregation else _page(call, selection, body)
    documents = index.read_documents(call.store, window.pop("numbers"))
    parts: Iterable[dict[str, Any] | None] = (
        _part(call, document, required, strict=bool(body.get("raise_errors"))) for document in documents
    )
    return json_answer({**window, "results": [part for part in parts if part is not None]} | code_of(call, body))


def _page(call: Call, selection: index.Selection, body: Mapping[str, Any]) -> dict[str, Any]:
    pagination = body.get("pagination") or {}
    page, per_page = pagination.get("page", 1), pagination.get("per_page", PAGE_SIZE)
    if page < 1 or per_page < 1:
        raise Refusal(400, "invalid pagination")
    numbers = index.entry_numbers(call.store, selection, order_by="upload_id")
    return {
        "pagination": {"total": len(numbers), "page": page, "per_page": per_page},
        "numbers": numbers[(page - 1) * per_page : page * per_page],
    }


def _after(call: Call, selection: index.Selection, aggregation: Mapping[str, Any]) -> dict[str, Any]:
    per_page = aggregation.get("per_page") or AGGREGATION_SIZE
    upload_id, _, calc_id = (aggregation.get("after") or "").partition(":")
    total = index.count(call.store, selection)
    rows = call.store.rows(
        f"SELECT entry, upload_id, calc_id FROM entries WHERE {selection.where}"
        " AND (upload_id, calc_id) > (:after_upload, :after_calc) ORDER BY upload_id, calc_id LIMIT :per_page",
        {**selection.values, "after_upload": upload_id, "after_calc": calc_id, "per_page": per_page},
    )
    after = f"{rows[-1]['upload_id']}:{rows[-1]['calc_id']}" if rows else None
    return {
        "aggregation": {"after": after, "total": total, "per_page": per_page},
        "numbers": [row["entry"] for row in rows],
    }


HANDLERS: Mapping[str, Handler] = {
    "archive.get_archive_calc": get_archive_calc,
    "archive.get_archive_logs": get_archive_logs,
    "archive.archive_download": archive_download,
    "archive.archive_query": archive_query,
    "archive.post_archive_query": post_archive_query,
}
