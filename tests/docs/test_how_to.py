"""Every how-to, and the start page, does what it says, line by line, on the embedded NOMAD."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from nomad_swagger import settings
from tests.docs import scenes
from tests.docs.blocks import as_text, faults, steps_of
from tests.docs.conftest import Stage
from tests.warm import Warm

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path.stem for path in (DOCS / "how-to").glob("*.md") if path.stem != "index")
# make docs-check runs all of them, the suite the quickest
ALL = os.environ.get("NOMAD_SWAGGER_DOCS") == "1"
RUN = PAGES if ALL else ["raw-files-of-a-pattern"]
pytestmark = pytest.mark.journey


@pytest.mark.parametrize("page", RUN)
def test_a_how_to_does_what_it_says(page: str, stage: Stage, warm: Warm, tmp_path: Path) -> None:
    text = (DOCS / "how-to" / f"{page}.md").read_text("utf-8")
    scenes.put_runs(tmp_path)
    with getattr(scenes, page.replace("-", "_"), scenes.nothing)(stage.box, tmp_path) as there:
        for word, here in {scenes.DOI: stage.doi, **there}.items():
            text = text.replace(word, here)
        assert faults(text, folder=tmp_path, environment=environment(stage), warm=warm) == []


@pytest.mark.skipif(not ALL, reason="make docs-check runs it")
def test_the_first_steps_of_the_start_page_work(stage: Stage, warm: Warm, tmp_path: Path) -> None:
    text = (DOCS / "index.md").read_text("utf-8").replace("central", stage.box.api_url_v1)
    installing, rest = text.split("## First steps")
    assert re.findall(r"```(\w+)", installing) == ["shell"]  # needs PyPI; `make demo` and `make test-wheel` run it
    assert faults(rest, folder=tmp_path, environment=environment(stage), warm=warm) == []


def test_every_how_to_says_what_can_go_wrong_and_stands_in_the_index() -> None:
    index = (DOCS / "how-to" / "index.md").read_text("utf-8")
    assert sorted(re.findall(r"\]\(([\w-]+)\.md\)", index)) == PAGES
    assert len(PAGES) == 15
    for page in PAGES:
        text = (DOCS / "how-to" / f"{page}.md").read_text("utf-8")
        assert "## What can go wrong" in text, page
        assert any(step.expected for step in steps_of(text)), page
        assert len(text.splitlines()) < 100, page


def test_a_line_that_prints_something_else_or_ends_otherwise_is_named(warm: Warm, tmp_path: Path) -> None:
    page = "```console\n$ echo 1\n2\n$ false\n$ false  # exit 1\n```\n\n```python\nprint(3)\n```\n\n```text\n3\n```\n"
    found = faults(page, folder=tmp_path, environment={}, warm=warm)
    assert found == [as_text(2, "echo 1", "1\n", "2\n"), as_text(4, "false", "", None, code=1)]


def environment(stage: Stage) -> dict[str, str]:
    kept = ("HOME", "XDG_", "PYTHON_KEYRING_BACKEND")
    return {
        **{name: value for name, value in os.environ.items() if name.startswith(kept)},
        settings.ENV_CACHE: str(stage.cache),
        settings.ENV_URL: stage.box.api_url_v1,
        settings.ENV_USER: scenes.LEONARD,
        settings.ENV_PASSWORD: "password",
    }
