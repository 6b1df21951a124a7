"""A reader of a tutorial has its files, and begins as the counts in it want it."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from nomad_swagger.cli.commands.tutorials import where
from tests.cli.conftest import Say, cli_sandbox, cli_spec_cache, say  # noqa: F401 - fixtures

TUTORIALS = Path(__file__).parents[2] / "tutorials"
PAGES = sorted(TUTORIALS.glob("[0-9]-*"), key=str)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_begins_with_a_fresh_sandbox_and_the_files(page: Path) -> None:
    begin = page.read_text("utf-8")[:2500]
    assert "Start a fresh sandbox" in begin
    assert "nomad-swagger sandbox" in begin
    assert "nomad-swagger tutorials" in begin


def test_the_tutorials_are_written_into_a_folder_of_yours_once(say: Say) -> None:  # noqa: F811
    said = say("tutorials", "--to", "mine")
    assert "mine/README.md" in said.out.splitlines()
    data = filecmp.dircmp(where() / "data", "mine/data")
    assert not data.diff_files
    assert not data.left_only
    assert (Path("mine") / "data/silicon/si.out").read_bytes() == (TUTORIALS / "data/silicon/si.out").read_bytes()
    assert "mine exists" in say("tutorials", "--to", "mine", code=2).err
