"""Two acts on files that several rooms need: write whole or not at all, and read YAML safely and fast."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml


def make_private(folder: Path) -> None:
    """Make a folder of ours where it is missing, for its owner alone; others write into none of those above it.

    ``mkdir(parents=True)`` gives the ones above what the umask leaves, which may be everything to everybody.
    """
    _make_above(folder)
    folder.mkdir(mode=0o700, exist_ok=True)


def _make_above(path: Path) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o755, exist_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that its name holds the old content or the whole new one, whatever happens meanwhile."""
    _make_above(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_yaml(text: str) -> Any:
    """Give what a YAML text of our own or of the user's says; never builds objects, uses the C parser if there is one.

    Raises
    ------
    yaml.YAMLError
    """
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
