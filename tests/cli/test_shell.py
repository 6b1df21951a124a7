from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORDS = ["--url", "http://127.0.0.1:1/prod/rae/api", "--spec", "nomad-0.8.6", "shell"]


@pytest.mark.parametrize("with_ipython", [True, False])
def test_the_prompt_has_the_client_and_the_helpers(tmp_path: Path, with_ipython: bool) -> None:
    if with_ipython:
        pytest.importorskip("IPython")
    blocked = "" if with_ipython else "sys.modules['IPython'] = None; "
    script = f"import sys; {blocked}from nomad_swagger.cli.main import main; sys.argv[1:] = {WORDS!r}; main()"
    lines = "print(len(client.nomad.spec.operations), ns.search is search)\nexit()\n"
    env = {**os.environ, "IPYTHONDIR": str(tmp_path), "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-c", script], input=lines, capture_output=True, text=True, check=False, env=env, timeout=60
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert "49 True" in shown
    assert "ns.search(client" in shown
