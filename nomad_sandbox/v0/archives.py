"""The archive of an entry as a version of v0 writes it: sections around the run that was read from the mainfile.

Knows the forms of the archives of 0.7 and 0.8. It must not know HTTP.

Source: ``nomad/processing/data.py`` of NOMAD 0.7.9 and 0.8.6, and ``nomad/parsing/backend.py`` of 0.7.9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

import orjson

from nomad_sandbox.store import Store

_PROCESSORS = ("SystemNormalizer", "OptimadeNormalizer", "DosNormalizer", "FhiAimsBaseNormalizer")
Document = Mapping[str, Any]


def _with_names(name: str, section: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Give a section with its name and number, and numbers in the place of references."""
    shown: dict[str, Any] = {"_name": name, "_gIndex": index}
    for key, value in section.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            shown[key] = [_with_names(key, item, i) for i, item in enumerate(value)]
        elif key.endswith("_ref"):
            shown[key] = int(value.rpartition("/")[2])
        else:
            shown[key] = value
    return shown


def _entry_info(document: Document) -> dict[str, Any]:
    uploader, files = document.get("uploader", {}), document.get("files", [])
    uploaded = datetime.fromisoformat(document["upload_time"]).replace(tzinfo=timezone.utc)
    first, _, last = uploader.get("name", "").partition(" ")
    return {
        "upload_id": document["upload_id"],
        "calc_id": document["calc_id"],
        "calc_hash": document.get("calc_hash"),
        "mainfile": document["mainfile"],
        "parser_name": document["parser_name"],
        "number_of_files": len(files),
        "filepaths": files,
        "entry_uploader_name": f"{first}, {last}",
        "entry_uploader_id": uploader.get("user_id"),
        "entry_upload_time": int(uploaded.timestamp()),
        "section_archive_processing_info": [
            {"archive_processor_name": name, "archive_processor_status": "Success"}
            for name in (document["parser_name"], *_PROCESSORS)
        ],
    }


def _of_backend(document: Document, run: list[dict[str, Any]] | None, logs: Any) -> dict[str, Any] | None:
    """0.7: sections know their names and numbers; an entry that could not be read has no archive."""
    if run is None:
        return None
    return {
        "section_run": [_with_names("section_run", section, i) for i, section in enumerate(run)],
        "section_entry_info": [_with_names("section_entry_info", _entry_info(document), 0)],
    }


def _of_metainfo(document: Document, run: list[dict[str, Any]] | None, logs: Any) -> dict[str, Any] | None:
    """0.8: with metadata and log, which also an entry has that could not be read."""
    if run is None and document.get("processed", True):
        return None
    archive = {"section_run": run, "section_metadata": dict(document), "processing_logs": logs}
    return {name: section for name, section in archive.items() if section is not None}


FORMS: Mapping[str, Callable[[Document, list[dict[str, Any]] | None, Any], dict[str, Any] | None]] = {
    "backend": _of_backend,
    "metainfo": _of_metainfo,
}


def read_archive(store: Store, document: Document, form: str) -> dict[str, Any] | None:
    """Give the archive of an entry, None where there is none.

    Parameters
    ----------
    store : Store
    document : dict
        The entry in the index.
    form : str
        One of `FORMS`.
    """
    ids = (document["upload_id"], document["calc_id"])
    path, log_path = store.archive_path(*ids), store.log_path(*ids)
    run = orjson.loads(path.read_bytes())["section_run"] if path.is_file() else None
    logs = orjson.loads(log_path.read_bytes()) if log_path.is_file() else None
    return FORMS[form](document, run, logs)
