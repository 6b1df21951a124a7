"""The YAML files of this folder, which are read in a form that is quick to read. Knows files; not what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nomad_swagger import settings
from nomad_swagger.compiled import compiled
from nomad_swagger.disk import read_yaml


def read_own(kind: str, file: str) -> dict[str, Any]:
    """Give what one of our files says, of a kind by which it is kept; the caller may change it."""
    source = Path(__file__).with_name(file).read_bytes()
    rows: dict[str, Any] = compiled(settings.cache_folder(), kind, source, lambda: read_yaml(source))
    return rows
