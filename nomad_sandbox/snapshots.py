"""The pinned API descriptions, found as files: all that this package shares with the client.

Neither imports the client nor believes its index: a snapshot is the file of that name.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def snapshot_path(name: str) -> Path:
    """Give where the description ``nomad-0.8.6`` and the like lies."""
    return _folder() / f"{name}.json"


def read_snapshot(name: str) -> dict[str, Any]:
    """Give a description by its name.

    Raises
    ------
    FileNotFoundError
        There is none of that name.
    """
    document: dict[str, Any] = json.loads(snapshot_path(name).read_bytes())
    return document


def _folder() -> Path:
    """Give the folder of the snapshots beside this package: in a checkout at the top, installed in the client's."""
    client = find_spec("nomad_swagger")  # of a package at the top, which this does not import
    homes = [Path(home) for home in (client.submodule_search_locations or ())] if client else []
    for folder in (*(home / "specs" for home in homes), Path(__file__).resolve().parents[1] / "specs"):
        if (folder / "index.yaml").exists():
            return folder
    raise FileNotFoundError("the API descriptions (specs/) are neither in nomad_swagger nor beside nomad_sandbox")
