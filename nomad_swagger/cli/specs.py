"""What the ``spec`` commands share: which folder of pins, and the report of a diff."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger import settings

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec


def diff_report(old: Spec, new: Spec, *, title: str, fmt: str = "text") -> str:
    """Give the changes in words, with what they do to our verbs."""
    from nomad_swagger.apispec.diff import affected_commands, report_json, report_markdown, report_text

    changes = old.diff(new)
    impacts = affected_commands(changes, old.interface, new.interface, before=old.generation, after=new.generation)
    report = {"text": report_text, "markdown": report_markdown, "json": report_json}[fmt]
    return report(changes, impacts=impacts, title=title).rstrip("\n")


def pinned_folder(specs: str | None, names: Sequence[str] = ()) -> Path:
    """Give the folder of pins that is meant: the one named, else the first on the search path that has them."""
    from nomad_swagger.apispec.snapshots import read_index, shipped_folder

    if specs is not None:
        return Path(specs)
    for folder in settings.spec_folders():
        rows = read_index(folder)
        if rows and all(name in rows for name in names):
            return folder
    return shipped_folder()
