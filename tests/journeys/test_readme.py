"""The README says what is so: its lines are run, and their output compared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nomad_swagger.cli.main import COMMANDS
from tests.journeys.conftest import Run, Start

pytestmark = pytest.mark.journey

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text("utf-8")
GUIDE = (TOP / "docs" / "guide.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_ten_lines_of_python_print_what_the_readme_says(start: Start, tmp_path: Path) -> None:
    start()
    (tmp_path / "tutorials").symlink_to(TOP / "tutorials")
    program, *more = blocks(README, "python")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([program, *more])], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == blocks(README, "text")[0]


def test_the_shell_lines_of_the_readme_work(start: Start, run: Run, tmp_path: Path) -> None:
    start()
    (tmp_path / "tutorials").symlink_to(TOP / "tutorials")
    upload_id = ""
    shell = next(block for block in blocks(README, "console") if "nomad-swagger login" in block)
    for line in shell.splitlines():
        words = re.findall(r'(?:[^\s"]|"[^"]*")+', line.removeprefix("$ nomad-swagger "))
        words = [word.replace('"', "").replace("UPLOAD", upload_id) for word in words]
        if words[0] == "login":
            continue  # asks on a terminal; the journeys log in otherwise
        said = run(*words, NOMAD_CLIENT_URL="").stdout
        if words[0] == "upload":
            upload_id = said.splitlines()[1].split()[0]


@pytest.mark.parametrize("text", [README, GUIDE], ids=["README", "guide"])
def test_every_command_that_the_docs_name_exists(text: str) -> None:
    named = set(re.findall(r"(?:\$ |`)nomad-swagger ([a-z]+)", text))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("text", [README, GUIDE], ids=["README", "guide"])
def test_every_link_in_the_docs_leads_somewhere(text: str) -> None:
    folder = TOP if text is README else TOP / "docs"
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text):
        assert (folder / target).exists(), target
