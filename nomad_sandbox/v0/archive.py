"""The ``archive`` operations: what was read from mainfiles."""

# ruff: noqa: S608 - values are bound; what is put into SQL as text are names from tables of ours
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from flask import Response

from nomad_sandbox import search as index
from nomad_sandbox.calcs import get_calc, is_held
from nomad_sandbox.index import read_document
from nomad_sandbox.required import BadNumber, NotUnderstood, Unforeseen, cut
from nomad_sandbox.streams import stream_zip
from nomad_sandbox.uploads import get_upload
from nomad_sandbox.v0.answers import Refusal, json_answer
from nomad_sandbox.v0.archives import read_archive
from nomad_sandbox.v0.call import Call, Handler
from nomad_sandbox.v0.parameters import query_of_body, query_of_parameters, selected
from nomad_sandbox.v0.raw import manifest_of, streamed
from nomad_sandbox.v0.recipes import code_of
from nomad_sandbox.v0.repo import MAX_WINDOW, Order, find
from nomad_sandbox.visibility import may_see_entry

PAGE_SIZE = 10
AGGREGATION_SIZE = 1000


def _document(call: Call, upload_id: str, calc_id: str) -> dict[str, Any]:
    if get_upload(call.store, upload_id) is None:
        raise Refusal(404, f"Archive {upload_id} does not exist.")
    document = read_document(call.store, calc_id)
    if document is None or document["upload_id"] != upload_id:
        raise _missing(upload_id, calc_id)
    return _checked(call, document)


def _missing(upload_id: str, calc_id: str) -> Refusal:
    return Refusal(404, f"Calculation {upload_id}/{calc_id} does not exist.")


def _may_read(call: Call, document: Mapping[str, Any]) -> bool:
    calc = get_calc(call.store, document["calc_id"])
    return may_see_entry(document, call.viewer, held=None if calc is None else is_held(calc))


def _checked(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    if not _may_read(call, document):
        raise Refusal(401, f"Not authorized to access {document['upload_id']}/{document['calc_id']}.")
    return document


def _archive(call: Call, document: Mapping[str, Any]) -> dict[str, Any] | None:
    return read_archive(call.store, document, call.version.archive.form)


def _must(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    archive = _archive(call, _checked(call, document))
    if archive is None:
        raise _missing(document["upload_id"], document["calc_id"])
    return archive


def get_archive_calc(call: Call, upload_id: str, calc_id: str) -> Response:
    """Answer with one archive, without its log."""
    archive = _must(call, _document(call, upload_id, calc_id))
    return json_answer({name: section for name, section in archive.items() if name != "processing_logs"})


def get_archive_logs(call: Call, upload_id: str, calc_id: str) -> Response:
    """Answer with the log of an entry's processing."""
    _document(call, upload_id, calc_id)
    path = call.store.log_path(upload_id, calc_id)
    if not path.is_file():
        raise _missing(upload_id, calc_id)
    return json_answer(orjson.loads(path.read_bytes()))


def _files(call: Call, documents: Iterable[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    """Give the files of a download, and in the end a manifest of all that was asked for, if the end is reached."""
    listed = []
    for document in documents:
        archive = _archive(call, document) if _may_read(call, document) else None
        if archive is not None:
            yield f"{document['calc_id']}.json", orjson.dumps(archive, option=orjson.OPT_INDENT_2)
        elif call.version.archive.gap_ends_download:
            return
        listed.append(document)
    yield "manifest.json", manifest_of(listed, lambda document: document["calc_id"])


def archive_download(call: Call) -> Response:
    """Answer with a zip of all archives that a query finds."""
    numbers = index.entry_numbers(call.store, selected(query_of_parameters(call)), order_by="upload_id")
    files = _files(call, index.read_documents(call.store, numbers))
    parts = stream_zip((), compress="compress" in call.request.args, extra=files)
    return streamed(parts, mimetype="application/zip", filename="nomad_archive.zip")


def archive_query(call: Call) -> Response:
    """Answer with whole archives, paged or scrolled like a search (0.7).

    One archive that is missing, or not for the caller, makes the whole page an error.
    """
    if call.integer("per_page", PAGE_SIZE) < 1 or call.integer("order", -1) not in (-1, 1):
        raise Refusal(400, "invalid pagination")
    order = Order("upload_id", call.integer("order", -1) == -1)
    return json_answer(find(call, lambda document: _must(call, document), order=order) | code_of(call))


def _part(call: Call, document: dict[str, Any], required: Any, *, strict: bool) -> dict[str, Any] | None:
    """Give the required part of one archive, None for an entry that is left out.

    Raises
    ------
    Refusal
        400 for a requirement that is not understood, or asks for an item of what is no list; with ``strict`` also
        404 for no archive and 500 for what NOMAD stumbles over.
    """
    archive = _archive(call, document) if _may_read(call, document) else None
    if archive is None:
        if strict:
            raise Refusal(404, f"Archive for entry {document['calc_id']} does not exist")
        return None
    try:
        part = cut(archive, required)
    except (BadNumber, Unforeseen) as error:
        if strict:
            raise Refusal(500) from error
        return None
    except NotUnderstood as error:
        raise Refusal(400, str(error)) from error
    return {"calc_id": document["calc_id"], "parser_name": document["parser_name"], "archive": part}


def post_archive_query(call: Call) -> Response:
    """Answer with the required parts of the archives that a query in the body finds (0.8).

    A page with an entry of an upload whose files are gone is an empty list, and no object.
    """
    body = call.body
    required = body.get("required", body.get("query_schema", "*"))
    pages = _page_of(body)
    selection = selected(query_of_body(call, body.get("query") or {}))
    aggregation = body.get("aggregation")
    window = _after(call, selection, aggregation) if aggregation else _page(call, selection, *pages)
    parts = []
    for document in index.read_documents(call.store, window.pop("numbers")):
        if not call.store.upload_folder(document["upload_id"]).is_dir():
            return json_answer([])
        parts.append(_part(call, document, required, strict=bool(body.get("raise_errors"))))
    return json_answer({**window, "results": [part for part in parts if part is not None]})


def _page_of(body: Mapping[str, Any]) -> tuple[int, int]:
    pagination = body.get("pagination") or {}
    page, per_page = pagination.get("page", 1), pagination.get("per_page", PAGE_SIZE)
    if page < 1 or per_page < 1:
        raise Refusal(400, "invalid pagination")
    return page, per_page


def _page(call: Call, selection: index.Selection, page: int, per_page: int) -> dict[str, Any]:
    if page * per_page > MAX_WINDOW:
        raise Refusal(500)  # the search engine's error for pages so far behind
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
