"""A second environment with bravado as pip installs it today: a newer jsonschema, which takes a second to import."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench" / "bravado"


def interpreter(*, may_install: bool) -> str | None:
    """Give that environment's Python, or None where it is not there and cannot or may not be made."""
    python = _FOLDER / "bin" / "python"
    ready = _FOLDER / ".ready"
    if not ready.exists() and may_install:
        venv.create(_FOLDER, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "bravado"]
        if subprocess.run(install, check=False).returncode:
            print("bravado as pip installs it is left out: it cannot be installed here", file=sys.stderr)
            return None
        ready.touch()
    return str(python) if ready.exists() else None
