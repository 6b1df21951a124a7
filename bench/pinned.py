"""An environment in which nothing but our own code can move a ratio (``.venv-bench``), and a slow import put into it.

One Python, the one that CI's other jobs have (uv finds it, or fetches it), and the libraries of
``bench/constraints.txt``, which are there for this alone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.packaging.pythons import uv, with_pyenv

PYTHON = "3.12"
TOP = Path(__file__).resolve().parent.parent
_CONSTRAINTS = "bench/constraints.txt"
_FOLDER = TOP / ".venv-bench"
_WORK = "\nfor _ in range(1_000_000):\n    pass\n"


def environment(*, upgrade: bool) -> Path:
    """Make the environment: this Python, the libraries of the constraints and no others, and this package, built."""
    uv("venv", "--allow-existing", "--python", PYTHON, str(_FOLDER), env=with_pyenv(os.environ))
    python = _FOLDER / "bin" / "python"
    if upgrade:
        uv("pip", "compile", "setup.cfg", "--upgrade", "--python-version", PYTHON, "--output-file", _CONSTRAINTS)
    uv("pip", "sync", "--python", str(python), _CONSTRAINTS)
    uv("pip", "install", "--python", str(python), "--no-deps", "--reinstall-package", "nomad-swagger", ".")
    uv("pip", "check", "--python", str(python))
    return python


@contextmanager
def slowed(python: Path) -> Iterator[None]:
    """Have the import of the installed package do work for as long as this lasts."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    package = Path(subprocess.check_output([python, "-c", where], text=True).strip()) / "nomad_swagger" / "__init__.py"
    before = package.read_text("utf-8")
    _replace(package, before + _WORK)
    try:
        yield
    finally:
        _replace(package, before)


def _replace(path: Path, text: str) -> None:
    """Put a new file there: uv's cache may have the old one, too."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)
