"""The command in a process of its own, with a real Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import requests

COMMAND = (
    "import sys; from nomad_swagger.cli.failures import run; "
    "from nomad_swagger.cli.commands.dashboard import dashboard as d"
)


def start(*arguments: str) -> subprocess.Popen[str]:
    code = f"{COMMAND}; run(d, sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_the_url_alone_serves_it_and_ends_well_on_ctrl_c(nomad, stop):
    with start("--url", nomad.sandbox.api_url, "--no-browser") as process:
        url = process.stdout.readline().strip()
        assert requests.get(f"{url}api/info/", timeout=10).status_code == 200
        process.send_signal(stop)
        out, notes = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert notes.splitlines()[-1] == "stopped"
    assert "Traceback" not in notes


def test_a_pinned_description_needs_no_server():
    with start("--spec", "nomad-2.0.0", "--no-browser") as process:
        url = process.stdout.readline().strip()
        assert "explore only" in requests.get(url, timeout=10).text
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_without_any_server_or_description_the_command_says_what_to_do():
    with start("--no-browser") as process:
        out, notes = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "no server is named" in notes
