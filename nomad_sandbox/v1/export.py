"""What leaves NOMAD as one file: a table of a search, a bundle of an upload."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from flask import Response

from nomad_sandbox.dotted import get
from nomad_sandbox.files import all_files
from nomad_sandbox.index import read_document
from nomad_sandbox.streams import stream_zip
from nomad_sandbox.v1.access import readable_upload
from nomad_sandbox.v1.answers import streamed
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.document import NOMAD_VERSION
from nomad_sandbox.v1.entries import asked_by_url
from nomad_sandbox.v1.found import find, select
from nomad_sandbox.v1.pages import WINDOW, read_page
from nomad_sandbox.v1.shown import describe_upload
from nomad_sandbox.v1.view import check_names, choose, metadata_of

_COLUMNS = ("entry_id", "upload_id", "mainfile", "parser_name", "upload_create_time", "comment")


def export_entries(call: Call) -> Response:
    """Answer with the metadata of what a search finds as a file: JSON, or CSV where the content type says so."""
    asked = asked_by_url(call)
    for place, names in asked["required"].items():
        check_names(names, place)
    page = read_page({"page_size": call.integer("page_size", WINDOW)}, order_by="entry_id", place="query")
    rows = [metadata_of(document) for document in find(call, select(call, asked), page).documents]
    include = asked["required"].get("include")
    if "csv" in (call.request.content_type or ""):
        body, name = _as_csv(rows, include or _COLUMNS).encode(), "entries.csv"
    else:
        body, name = orjson.dumps([choose(row, asked["required"]) for row in rows]), "entries.json"
    return streamed(iter([body]), mimetype="application/octet-stream", filename=name)


def _as_csv(rows: list[dict[str, Any]], columns: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[_cell(get(row, column)) for column in columns] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else value


def get_bundle(call: Call, upload_id: str) -> Response:
    """Answer with a zip of an upload: its files, its archives, and what is known of it, to those who may see it."""
    upload, calcs = readable_upload(call, upload_id)
    folder = call.store.raw_folder(upload_id)
    documents = [read_document(call.store, calc.calc_id) for calc in calcs]
    told = {
        "upload_id": upload_id,
        "source": {"version": NOMAD_VERSION, "deployment": "sandbox"},
        "upload": describe_upload(upload, calcs, folder),
        "entries": [metadata_of(document) for document in documents if document is not None],
    }

    with_raw = call.flag("include_raw_files", default=True)
    with_archives = call.flag("include_archive_files", default=True)

    def files() -> Iterator[tuple[str, Path]]:
        if with_raw:
            yield from ((f"raw/{file.path}", file.where) for file in all_files(folder))
        if with_archives:
            paths = (call.store.archive_path(upload_id, calc.calc_id) for calc in calcs)
            yield from ((f"archive/{path.name}", path) for path in paths if path.is_file())

    parts = stream_zip(files(), extra=[("bundle_info.json", orjson.dumps(told))])
    return streamed(parts, mimetype="application/zip", filename=f"{upload_id}.zip")


HANDLERS: Mapping[str, Handler] = {
    "GET /entries/export": export_entries,
    "GET /uploads/{upload_id}/bundle": get_bundle,
}
