"""The pages of the doors say what is so: their lines are run, and what they print is compared."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import nomad_swagger as ns
from nomad_swagger import settings
from nomad_swagger.cli.failures import run
from nomad_swagger.cli.main import COMMANDS, cli
from nomad_swagger.cli.words import shielded
from tests.doors.conftest import Shelf

DOCS = Path(__file__).parents[2] / "docs"


def programs(page: str) -> tuple[str, str]:
    text = (DOCS / page).read_text("utf-8")
    found = [re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) for language in ("python", "text")]
    return "\n".join(found[0]), "".join(found[1])


@pytest.mark.parametrize(("page", "server"), [("fsspec.md", "new"), ("assistants.md", "")])
def test_the_lines_of_a_page_print_what_it_says(
    shelf: Shelf, capfd: pytest.CaptureFixture[str], page: str, server: str
) -> None:
    program, expected = programs(page)
    program = program.replace("SERVER", server or shelf.box.api_url_v1).replace("UPLOAD", shelf.public)
    exec(compile(program, page, "exec"), {"__name__": page})
    assert capfd.readouterr().out == expected


def test_the_page_has_a_row_for_each_tool() -> None:
    from nomad_swagger.doors.tools import Tools

    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "assistants.md").read_text("utf-8"), re.MULTILINE)
    assert rows == [name for name, thing in vars(Tools).items() if callable(thing) and not name.startswith("_")]
    assert "mcp" in COMMANDS


def test_the_guides_optimade_lines_work(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(settings.ENV_URL, "new")
    guide = (DOCS / "guide.md").read_text("utf-8")
    block = next(block for block in re.findall(r"```console\n(.*?)```", guide, re.DOTALL) if "--optimade" in block)
    for line in block.splitlines():
        words = shlex.split(line.removeprefix("$ nomad-swagger ").replace("--url central", "--url new"))
        with pytest.raises(SystemExit) as left:
            run(cli, shielded(words))
        assert left.value.code == 0
        assert "Si" in capfd.readouterr().out, line
    client = ns.connect(profile="new")
    assert ns.search(client, optimade='chemical_formula_reduced="Si"', code="Quantum Espresso").total == 3


def test_without_the_protocols_library_the_extra_that_brings_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "nomad_swagger.doors.assistant", raising=False)
    with pytest.raises(SystemExit) as left:
        run(cli, shielded(["mcp", "--url", "new"]))
    assert left.value.code == 2
    assert "mcp needs mcp: pip install 'nomad-swagger[mcp]'" in capfd.readouterr().err
