"""Every tutorial, block by block, in the prompts that people have, twice in a row. ``make test-prompts`` runs these."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.registry import write_record
from nomad_swagger import instances, settings
from tests.tutorials import prompts
from tests.tutorials.notebook import NOTEBOOKS
from tests.tutorials.runner import read_blocks

TOP = Path(__file__).parents[2]
TUTORIALS = TOP / "tutorials"
PYTHON = [TOP / "README.md", *sorted(TUTORIALS.glob("[2-4]-*.md"), key=str), *NOTEBOOKS]
SHELL = TUTORIALS / "1-curl-and-wget.md"
# what an exception or a refused line shows, in any of the prompts
_RAISED = ("Traceback", "SyntaxError", "IndentationError", "NameError", "command not found")

pytestmark = [
    pytest.mark.prompts,
    # of the kernel and its client
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore:Proactor"),
]


def blocks_of(path: Path) -> list[tuple[str, str]]:
    """Give the code of each block or cell, and what the text says that it prints."""
    if path.suffix == ".ipynb":
        cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        return [(cell.source, "".join(o.text for o in cell.outputs if o.output_type == "stream")) for cell in cells]
    text = path.read_text("utf-8")
    if path.name == "README.md":  # it has other blocks, too, and its output stands below two of them
        text = text[text.index("## Ten lines of Python") : text.index("## The same from the shell")]
    return [(block.code, block.expected or "") for block in read_blocks(text)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what a reader has, where both `tutorials/data` and `data` are."""
    shutil.copytree(TUTORIALS / "data", tmp_path / "data")
    (tmp_path / "tutorials").symlink_to(tmp_path)
    return tmp_path


@pytest.fixture
def environment(folder: Path) -> Iterator[dict[str, str]]:
    with Sandbox(local_folder=folder) as box:
        write_record(settings.state_folder() / instances.FOLDER, box.port, name="test", data=None)
        yield {"API": box.api_url, "KEYCLOAK": box.keycloak_url, "PYTHONPATH": str(TOP)}


def paste_twice(paste: prompts.Paste, path: Path, folder: Path, environment: dict[str, str]) -> None:
    blocks = blocks_of(path)
    for first in (True, False):
        shown = paste([code for code, _ in blocks], folder, environment)
        for (code, expected), seen in zip(blocks, shown, strict=True):
            assert [word for word in _RAISED if word in seen] == [], f"{code}\n{seen}"
            # other counts the second time, as the text says
            assert not first or prompts.missing(seen, expected) == [], f"{code}\n{seen}"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "paste", [prompts.in_python, prompts.in_ipython, prompts.in_a_notebook], ids=lambda paste: paste.__name__
)
def test_each_block_can_be_pasted_twice_in_a_row(
    paste: prompts.Paste, path: Path, folder: Path, environment: dict[str, str]
) -> None:
    paste_twice(paste, path, folder, environment)


def test_the_shells_tutorial_can_be_pasted_twice_in_a_row(folder: Path, environment: dict[str, str]) -> None:
    missing = [program for program in ("bash", "curl", "wget") if shutil.which(program) is None]
    assert not missing, f"install {', '.join(missing)}"
    paste_twice(prompts.in_bash, SHELL, folder, environment)
