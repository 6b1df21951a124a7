"""Embedded NOMADs beside each other: found by name, told apart, stopped."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.journey


def test_two_sandboxes_are_told_apart_listed_and_stopped(start: Any, run: Any) -> None:
    first, second = start("--name", "mine"), start("--name", "yours")
    listed = run("sandbox", "list", "-o", "ids").stdout.split()
    assert sorted(listed) == ["mine", "yours"]

    asked = run("uploads", code=2)
    assert all(part in asked.stderr for part in ("2 sandboxes are running", "sandbox:", "mine", "yours"))
    run("uploads", NOMAD_CLIENT_URL="sandbox:yours")
    run("uploads", NOMAD_CLIENT_URL=f"sandbox-v1:{first.url.rpartition(':')[2]}")
    assert "no sandbox is called" in run("uploads", NOMAD_CLIENT_URL="sandbox:theirs", code=2).stderr

    assert "stopped mine" in run("sandbox", "stop", "mine").stderr
    assert first.process.wait(timeout=10) == 0
    run("uploads")  # the other one is the only one now
    assert "stopped yours" in run("sandbox", "stop").stderr
    assert second.process.wait(timeout=10) == 0
    assert "start one with" in run("sandbox", "stop", code=2).stderr


def test_a_killed_sandbox_s_record_is_not_believed(start: Any, run: Any) -> None:
    gone = start("--name", "gone")
    gone.kill()
    assert "start one with" in run("uploads", code=2).stderr
    start("--name", "here")
    assert run("sandbox", "list", "-o", "ids").stdout.split() == ["here"]


def test_a_taken_port_says_by_whom_and_offers_another(start: Any, run: Any) -> None:
    box = start()
    port = box.url.rpartition(":")[2]
    said = run("sandbox", "--port", port, code=1).stderr
    assert f"port {port} is taken by another embedded NOMAD (process {box.process.pid})" in said
    assert "--port" in said.partition("is taken")[2]


def test_the_sandbox_starts_without_the_client_and_says_what_to_do_next(run: Any, silent_environment: Any) -> None:
    command = [sys.executable, "-m", "nomad_sandbox", "--port", "0", "--fault", "503:0.1@search", "--seed", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(7)]
        try:
            text = "".join(said)
            assert all(f"--url {name}" in text for name in ("sandbox ", "sandbox-0.8", "sandbox-v1"))
            assert "leonard.hofstadter@nomad-fairdi.tests.de" in text
            assert "503:0.1@search" in said[5]
            assert "--seed 5" in said[5]
            assert said[6].startswith("Next")
            next_words = said[6].partition("nomad-swagger ")[2].partition(",")[0].split()
            run(*next_words, "--password-stdin", given="password\n", NOMAD_CLIENT_URL="")
            run("uploads", "--url", next_words[2], user=None, NOMAD_CLIENT_URL="")
        finally:
            process.terminate()


@pytest.mark.parametrize("option", [("--fault", "quake"), ("--limits", "many"), ("--rate", "fast")])
def test_an_option_that_cannot_be_read_says_how_it_is_written(option: tuple[str, str], run: Any) -> None:
    assert option[1] in run("sandbox", *option, code=2).stderr
