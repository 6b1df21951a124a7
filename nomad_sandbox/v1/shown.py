"""Uploads and their entries as v1 shows them, from the states that v0 knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nomad_sandbox.calcs import Calc
from nomad_sandbox.uploads import Upload
from nomad_sandbox.v1.access import is_running
from nomad_sandbox.v1.answers import without_none
from nomad_sandbox.v1.rights import embargo_months, people
from nomad_sandbox.v1.view import with_zone

_PROCESSES = {
    "process_upload": "_process_upload",
    "re_process_upload": "_process_upload",
    "change_files": "_process_upload",
    "publish_upload": "_publish_upload",
    "re_pack": "_edit_metadata",
}


def _status(running: bool, tasks_status: str) -> str:
    """Give v1's state: a NOMAD of today goes from PENDING to its end, without anything in between."""
    return "PENDING" if running else tasks_status


def _message(status: str, process: str) -> str:
    ends = {"SUCCESS": "completed successfully", "FAILURE": "failed"}
    return f"Process {process} {ends.get(status, 'waits')}"


def describe_upload(upload: Upload, calcs: Sequence[Calc], folder: Path) -> dict[str, Any]:
    """Give an upload; keys without a value are absent.

    Parameters
    ----------
    upload : Upload
    calcs : sequence of Calc
        All of its calculations.
    folder : Path
        Where its files are.
    """
    process = _PROCESSES.get(upload.current_process, upload.current_process)
    status = _status(is_running(upload), upload.tasks_status)
    coauthors, reviewers = people(upload, calcs, "coauthors"), people(upload, calcs, "shared_with")
    months = embargo_months(upload, calcs)
    publish_time = upload.metadata.get("publish_time") or upload.complete_time
    return without_none(
        {
            "upload_id": upload.upload_id,
            "upload_name": upload.name,
            "upload_create_time": with_zone(upload.create_time),
            "description": upload.metadata.get("description"),
            "main_author": upload.user_id,
            "coauthors": coauthors,
            "coauthor_groups": [],
            "reviewers": reviewers,
            "reviewer_groups": [],
            "writers": list(dict.fromkeys([upload.user_id, *coauthors])),
            "writer_groups": [],
            "viewers": list(dict.fromkeys([upload.user_id, *coauthors, *reviewers])),
            "viewer_groups": [],
            "process_running": is_running(upload),
            "current_process": process,
            "process_status": status,
            "last_status_message": _message(status, process),
            "errors": upload.errors,
            "warnings": upload.warnings,
            "published": upload.published,
            "published_to": [],
            "publish_time": with_zone(publish_time) if upload.published else None,
            "with_embargo": months > 0,
            "embargo_length": months,
            "license": "CC BY 4.0",
            "entries": len(calcs),
            "upload_files_server_path": str(folder.parent),
        }
    )


def describe_entry(calc: Calc, metadata: dict[str, Any] | None) -> dict[str, Any]:
    """Give the state of an entry's processing, and its metadata."""
    status = _status(calc.tasks_running, calc.tasks_status)
    return without_none(
        {
            "process_running": calc.tasks_running,
            "process_status": status,
            "last_status_message": _message(status, "process_entry"),
            "errors": calc.errors,
            "warnings": calc.warnings,
            "complete_time": with_zone(calc.complete_time),
            "entry_id": calc.calc_id,
            "entry_create_time": with_zone(calc.create_time),
            "mainfile": calc.mainfile,
            "upload_id": calc.upload_id,
            "parser_name": calc.parser,
            "entry_metadata": metadata,
        }
    )
