"""The notebook is run as it is written, and prints and draws again what it shows."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.image
import nbformat
import pytest

from tests.journeys.conftest import start  # noqa: F401 - a fixture
from tests.tutorials.notebook import NOTEBOOKS, executed

pytestmark = [
    pytest.mark.journey,
    # of the kernel and its client, and nothing that a notebook's author could mend
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore:Proactor"),
]


def outputs(notebook: Any) -> Iterator[tuple[str, Any]]:
    """Give what a notebook shows, cell by cell: texts, tables as text, and pictures as arrays of pixels."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                yield output.name, output.text
            elif "image/png" in output.get("data", {}):
                picture = io.BytesIO(base64.b64decode(output.data["image/png"]))
                yield "picture", matplotlib.image.imread(picture, format="png")
            else:
                yield output.output_type, output.get("data", {}).get("text/plain", output)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_showed_before(path: Path, start: Any, tmp_path: Path) -> None:  # noqa: F811
    start()
    written, fresh = nbformat.read(path, 4), executed(path, tmp_path / "tutorials")
    expected, found = list(outputs(written)), list(outputs(fresh))
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    assert "stderr" not in dict(found), "warnings in a tutorial"
    for (kind, before), (_, now) in zip(expected, found, strict=True):
        if kind == "picture":
            # other fonts move a label by some pixels
            assert abs(now.shape[0] - before.shape[0]) < 40
            assert abs(now.shape[1] - before.shape[1]) < 40
            assert now[..., :3].std() > 0.05, "an empty picture"
        else:
            assert now == before


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
