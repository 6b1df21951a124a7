"""The workflow that users copy, run as it stands: against a server that is as pinned, then against one that is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nomad_sandbox import Sandbox

pytestmark = pytest.mark.journey

EXAMPLE = Path(__file__).parents[2] / "docs" / "ci-example"


def steps(job: str) -> list[str]:
    workflow = yaml.safe_load((EXAMPLE / "nomad-api.yml").read_text())
    return [step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step and "pip" not in step["run"]]


def test_the_workflow_passes_while_the_server_is_as_pinned_and_fails_on_the_day_it_is_not(
    silent_environment: Path, tmp_path: Path
) -> None:
    programs = str(Path(sys.executable).parent)
    summary = tmp_path / "summary.md"

    def run(command: str, url: str, **env: str) -> int:
        given = {"NOMAD_PIN": "our-nomad", "NOMAD_URL": url, "GITHUB_STEP_SUMMARY": str(summary)}
        environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **given, **env}
        return subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, check=False).returncode

    with Sandbox() as box:
        assert run('nomad-swagger spec pin "$NOMAD_URL" --name "$NOMAD_PIN" --to specs', box.api_url) == 0
        for command in steps("drift"):
            assert run(command, box.api_url) == 0
        assert "no difference" in summary.read_text()
        say, fail = steps("drift")
        assert run(say, box.api_url_08) == 0
        assert run(fail, box.api_url_08) == 8
        assert "Breaking" in summary.read_text() or "BREAKING" in summary.read_text().upper()
    verify, _ = steps("pinned")
    assert run(verify, "", NOMAD_SWAGGER_OFFLINE="1") == 0
