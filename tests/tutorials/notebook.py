"""Execute the notebooks of the tutorials: ``python -m tests.tutorials.notebook`` writes their outputs anew.

Each runs in a copy of the folder, with an embedded NOMAD of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

TUTORIALS = Path(__file__).parents[2] / "tutorials"
NOTEBOOKS = sorted(TUTORIALS.glob("*.ipynb"))
TIMEOUT_S = 120


def executed(path: Path, folder: Path) -> Any:
    """Give a notebook as it is after a run in a folder with the tutorials' data; nothing of an earlier run is left."""
    shutil.copytree(TUTORIALS / "data", folder / "data")
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(
        notebook, timeout=TIMEOUT_S, record_timing=False, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def main() -> None:
    """Execute all notebooks and write them."""
    for path in NOTEBOOKS:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_STATE_HOME"] = f"{folder}/state"  # where the sandbox says that it runs
            command = [sys.executable, "-m", "nomad_swagger", "sandbox"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as sandbox:
                assert sandbox.stdout is not None
                sandbox.stdout.readline()
                try:
                    nbformat.write(executed(path, Path(folder) / "work"), path)
                finally:
                    sandbox.terminate()


if __name__ == "__main__":
    main()
