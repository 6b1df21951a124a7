"""The README says what is so: its lines are run, and their output compared."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nomad_swagger.cli.main import COMMANDS
from tests.journeys.conftest import LEONARD, Run, Start
from tests.journeys.typed import Line, read_lines, typed
from tests.warm import Warm

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


def test_the_shell_lines_of_the_readme_work_at_a_terminal(start: Start, warm: Warm, tmp_path: Path) -> None:
    start()
    (tmp_path / "tutorials").symlink_to(TOP / "tutorials")
    lines = list(read_lines(README[README.index("## The same from the shell") :]))
    assert sum(line.command.startswith("nomad-swagger") for line in lines) == 4
    ended = typed(lines, folder=tmp_path, environment={"PATH": f"{warm.programs()}:{os.environ['PATH']}"})
    assert [code for code, _ in ended] == [0] * len(lines), ended
    assert "silicon/si.out" in ended[-2][1]
    assert (tmp_path / "downloads" / "si.out").read_bytes() == (TOP / "tutorials/data/silicon/si.out").read_bytes()


def test_the_shell_lines_of_the_guide_work_at_a_terminal(
    start: Start, run: Run, warm: Warm, tmp_path: Path, tutorial_data: Path
) -> None:
    """All that a sandbox can have, with an upload of its own in the place of the guide's."""
    box = start()
    words = ("--wait", "--publish", "--yes", "-o", "ids")
    there = {
        "UPLOAD/folder": "UPLOAD/silicon",
        "UPLOAD": run("upload", str(tutorial_data / "silicon"), *words).stdout.strip(),
        "*vasprun.xml*": "*.in",
        "code=VASP": 'code="Quantum Espresso"',
        "sheldon@example.org": "sheldon.cooper@nomad-fairdi.tests.de",
        "https://nomad.example.org/prod/rae/api": box.api_url,
        " --show": "",  # opens a window
    }
    lines = [
        Line(functools.reduce(lambda text, pair: text.replace(*pair), there.items(), line.command), line.below)
        for head in ("Descriptions", "Metadata and datasets", "Downloading", "Statistics", "Every operation")
        for line in read_lines(GUIDE.partition(f"\n## {head}\n")[2].partition("\n## ")[0])
        if not line.command.startswith(("nomad-swagger dashboard", "nomad-swagger shell"))
    ]
    assert len(lines) > 20
    said = {"PATH": f"{warm.programs()}:{os.environ['PATH']}", "NOMAD_CLIENT_URL": "sandbox"}
    said |= {"NOMAD_CLIENT_USER": LEONARD, "NOMAD_CLIENT_PASSWORD": "password"}
    ended = typed(lines, folder=tmp_path, environment=said)
    wrong = [(line.command, *end) for line, end in zip(lines, ended, strict=True) if end[0]]
    assert not wrong, wrong


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
