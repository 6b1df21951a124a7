"""TAB: what is offered, and that real shells take it, cold and with a server that hangs."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from click.shell_completion import CompletionItem

from nomad_swagger.cli.main import cli
from nomad_swagger.cli.options import Server
from nomad_swagger.cli.shells import SHELLS
from nomad_swagger.cli.upload_ids import own_uploads, refresh
from tests.cli.conftest import Say
from tests.conftest import Reply, Web

BIN = Path(sys.executable).parent
_HANGS_S = 40.0
Offered = Callable[[str], list[str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """Gives what is offered for a line, as bash gets it."""

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("COMP_LINE", f"nomad-swagger {line}")
        monkeypatch.setenv("COMP_WORDBREAKS", " =:")
        shell = SHELLS["bash"](cli, {}, "nomad-swagger", "_NOMAD_SWAGGER_COMPLETE")
        found: list[CompletionItem] = shell.get_completions(*shell.get_completion_args())
        return [shell.format_completion(item).partition(",")[2] for item in found]

    return ask


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("uplo", ["upload", "upload-many", "uploads"]),
        ("search el", ["elements="]),
        ("search elements=S", ["S", "Sb", "Sc", "Se", "Sg", "Si", "Sm", "Sn", "Sr"]),
        ("search elements=Si,O", ["Si,O", "Si,Os", "Si,Og"]),
        ("search code=qu", ["Quantum Espresso", "QuantumESPRESSO"]),
        ("search --owner s", ["shared", "staging"]),
        ("uploads --profile his", ["historical"]),
        ("uploads --url sandbox-", ["sandbox-0.8", "sandbox-v1"]),
        ("spec diff nomad-0", ["nomad-0.7.9", "nomad-0.8.6"]),
        ("search --spec nomad-0.8.6 dft.code_n", ["dft.code_name="]),
        ("search --spec nomad-2.0.0 results.material.n_el", ["results.material.n_elements="]),
        ("help das", ["dashboard"]),
        ("wait x --until pu", ["published"]),
    ],
)
def test_what_can_stand_there_is_offered(line: str, wanted: list[str], offered: Offered) -> None:
    assert sorted(offered(line)) == sorted(wanted)


def test_the_ids_of_your_uploads_are_remembered(say: Say, offered: Offered, tmp_path: Path) -> None:
    (tmp_path / "si").mkdir()
    (tmp_path / "si" / "a.txt").write_text("x")
    upload_id = say("upload", "si", "-o", "ids").out.strip()
    refresh(Server())
    assert upload_id in offered("wait ")
    assert offered(f"wait {upload_id[:8]}") == [upload_id]
    assert upload_id in offered("search upload_id=")
    assert (tmp_path / "si").exists()
    say("wait", upload_id, "--allow-failed")
    say("delete", upload_id, "--yes")  # others count what is there


def test_a_server_that_hangs_takes_a_moment_and_no_more(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.script(Reply(pause_s=30))
    monkeypatch.setenv("NOMAD_CLIENT_URL", web.url)
    begin = time.monotonic()
    assert own_uploads(Server(), patience_s=0.1) == []
    assert time.monotonic() - begin < 5


def _give_up(child: pexpect.spawn[str]) -> None:
    """Drop the line; what is typed before the next prompt may be lost."""
    child.sendcontrol("c")
    child.expect_exact("$ ")


@pytest.mark.parametrize(
    "shell", ["bash", *(pytest.param(shell, marks=pytest.mark.prompts) for shell in ("zsh", "fish"))]
)
def test_a_shell_completes_after_install_cold_and_with_a_server_that_hangs(
    shell: str, say: Say, web: Web, silent_environment: Path, tmp_path: Path
) -> None:
    assert shutil.which(shell), f"install {shell}"
    for _ in range(2):
        say("completion", "install", shell)
    if shell != "fish":
        assert (silent_environment / f".{shell}rc").read_text().count("\n") == 1
    web.script(Reply(pause_s=_HANGS_S))
    (tmp_path / "silicon-runs").mkdir()
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "$ ", "SHELL": shell}
    environment |= {"NOMAD_CLIENT_URL": web.url, "NOMAD_SWAGGER_CACHE": str(tmp_path / "cold")}
    words = {"bash": ["--norc", "-i"], "zsh": ["-f", "-i"], "fish": ["--private", "-i"]}[shell]
    child = pexpect.spawn(
        shutil.which(shell) or shell, words, env=environment, cwd=tmp_path, encoding="utf-8", timeout=_HANGS_S - 10
    )
    if shell != "fish":
        child.sendline(f". {silent_environment}/.{shell}rc; echo rea''dy")
        child.expect_exact("ready")
        child.send("nomad-swagger search el\t")
        child.expect_exact("elements=")
        child.send("Si code=Quantum\\ E\t")
        child.expect("Quantum\\\\ Espresso")
        _give_up(child)
        child.send("nomad-swagger uploads --profile his\t")
        child.expect_exact("historical")
        _give_up(child)
        child.send("nomad-swagger upload silicon-\t")
        child.expect_exact("runs")
        _give_up(child)
        child.send("nomad-swagger wait \t\t")  # nothing is known, and nobody waits for the server
        for _ in range(3):  # what is typed while a shell gives up a completion may be lost
            child.sendcontrol("c")
            child.sendline("echo still he''re")
            if child.expect_exact(["still here", pexpect.TIMEOUT], timeout=_HANGS_S / 8) == 0:
                break
        else:
            pytest.fail(f"{shell} waits for a server that hangs: {child.before}")
    child.close(force=True)
