"""A hosted CI does nothing but what can be done here: each of its steps is a make target."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[1]
WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))
MADE = re.compile(r"make ([a-z-]+)")


@pytest.fixture(scope="module")
def targets() -> set[str]:
    rules = re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE)
    return set(rules)


def _steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_step_of_a_workflow_is_a_make_target(workflow: Path, targets: set[str]) -> None:
    commands = [step["run"] for step in _steps(workflow) if "run" in step]
    assert commands
    for command in commands:
        made = MADE.fullmatch(command)
        assert made, f"{command!r} is no make target alone"
        assert made[1] in targets


def test_this_machines_ci_runs_all_that_the_hosted_one_does() -> None:
    listed = re.search(r"^for target in (.*); do", (TOP / ".ci" / "run").read_text(), re.MULTILINE)
    here = {target.split()[0] for target in shlex.split(listed[1])}
    hosted = {step["run"].removeprefix("make ") for step in _steps(TOP / ".github/workflows/ci.yml") if "run" in step}
    assert hosted <= here


def test_every_python_of_the_classifiers_is_tested() -> None:
    setup = (TOP / "setup.cfg").read_text()
    claimed = set(re.findall(r"Python :: (3\.\d+)", setup))
    matrix = yaml.safe_load((TOP / ".github/workflows/ci.yml").read_text())["jobs"]["part"]["strategy"]["matrix"]
    assert claimed <= set(matrix["python"])
    assert f"python_requires = >={min(claimed, key=lambda v: int(v[2:]))}" in setup


def test_nothing_of_a_workflow_gets_more_rights_than_to_read_but_what_publishes() -> None:
    for workflow in WORKFLOWS:
        described = yaml.safe_load(workflow.read_text())
        assert described["permissions"] == {"contents": "read"}
        more = {name: job["permissions"] for name, job in described["jobs"].items() if "permissions" in job}
        assert more in ({}, {"publish": {"id-token": "write"}})


def test_make_knows_every_target_that_is_listed() -> None:
    quiet = ["make", "--no-print-directory"]  # `make test` is a make already
    listed = subprocess.run([*quiet, "help"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        target = line.split()[0]
        subprocess.run([*quiet, "--dry-run", "--silent", target], cwd=TOP, capture_output=True, check=True)
