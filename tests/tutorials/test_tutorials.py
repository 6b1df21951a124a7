"""Every tutorial is run as it is written, against a sandbox of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from requests import Request, Session

from nomad_sandbox import Sandbox
from nomad_swagger.client.login import log_in_to
from tests.tutorials.pasted import faults, read_python
from tests.tutorials.prompts import in_python
from tests.tutorials.runner import as_expected, as_program, as_script, read_blocks, run_program, run_tutorial

TUTORIALS = Path(__file__).parents[2] / "tutorials"
TEXTS = sorted(TUTORIALS.glob("[0-9]-*.md"), key=lambda path: path.name)
pytestmark = pytest.mark.journey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what a reader has, so that nothing is written into the repository."""
    target = tmp_path / "tutorials"
    shutil.copytree(TUTORIALS / "data", target / "data")
    return target


def addresses(sandbox: Sandbox) -> dict[str, str]:
    return {"API": sandbox.api_url, "KEYCLOAK": sandbox.keycloak_url}


@pytest.fixture
def environment(folder: Path) -> Iterator[dict[str, str]]:
    with Sandbox(local_folder=folder) as sandbox:
        yield addresses(sandbox)


def need(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and "CI" not in os.environ:
        pytest.skip(f"not installed: {', '.join(missing)}")
    assert not missing, f"in CI nothing is skipped: install {', '.join(missing)}"


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_a_tutorial_does_what_it_says(text: Path, folder: Path, environment: dict[str, str]) -> None:
    if "```bash" in text.read_text("utf-8"):
        need("bash", "curl", "wget")
    outputs = run_tutorial(text, folder=folder, environment={**environment, "PYTHONPATH": str(TUTORIALS.parent)})
    assert len(outputs) > 5


def test_each_block_can_be_pasted_into_a_prompt() -> None:
    for text in (*TEXTS, TUTORIALS.parent / "README.md"):
        for block in read_python(text.read_text("utf-8")):
            assert list(faults(block)) == [], f"{text.name}:\n{block}"


def test_a_tutorial_pasted_block_by_block_twice_raises_nothing(folder: Path, environment: dict[str, str]) -> None:
    """One tutorial into one prompt; ``make test-prompts`` takes all of them into all."""
    blocks = read_python((TUTORIALS / "4-nomad-swagger.md").read_text("utf-8"))
    for _ in range(2):
        shown = "".join(in_python(blocks, folder, {**environment, "PYTHONPATH": str(TUTORIALS.parent)}))
        assert "Traceback" not in shown, shown[shown.index("Traceback") :][:3000]
        assert "SyntaxError" not in shown
        assert "IndentationError" not in shown


def test_everybody_is_nobody_also_for_one_who_is_logged_in(folder: Path, environment: dict[str, str]) -> None:
    log_in_to(environment["API"], user="leonard", password="password")
    text = TUTORIALS / "4-nomad-swagger.md"
    run_tutorial(text, folder=folder, environment={**environment, "PYTHONPATH": str(TUTORIALS.parent)})


def test_the_classic_script_is_the_bravado_tutorial() -> None:
    text = (TUTORIALS / "3-bravado.md").read_text("utf-8")
    script = (TUTORIALS / "classic_bravado.py").read_text("utf-8")
    assert script == as_script(text), "run: python -m tests.tutorials.runner"


def test_the_classic_script_needs_bravado_and_keycloak_alone(folder: Path, environment: dict[str, str]) -> None:
    program = folder / "classic_bravado.py"
    script = (TUTORIALS / "classic_bravado.py").read_text("utf-8")
    program.write_text(
        script + "\nimport sys\nprint(sorted(name for name in sys.modules if name.startswith('nomad_swagger')))\n",
        "utf-8",
    )
    printed = run_program(program, "python", folder=folder, environment=environment)
    assert printed.splitlines()[-1] == "[]"
    assert "deleted" in printed
    assert "O4Si2" in printed


def test_the_classic_script_outlives_its_token(folder: Path) -> None:
    with Sandbox(local_folder=folder, token_ttl_s=3) as sandbox:
        run_program(TUTORIALS / "classic_bravado.py", "python", folder=folder, environment=addresses(sandbox))
        tokens = [status for _, path, status in sandbox.requests if path.endswith("/openid-connect/token")]
        refused = [path for _, path, status in sandbox.requests if status == 401 and "/raw/" not in path]
    assert len(tokens) > 2, "two users logged in, and at least one token was renewed"
    assert set(tokens) == {200}
    assert not refused


def test_the_authenticator_of_the_tutorial_logs_in_again_when_a_renewal_is_refused(
    folder: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {}
    for block in read_blocks((TUTORIALS / "3-bravado.md").read_text("utf-8"))[:2]:
        exec(block.code, names)
    authenticator = names["KeycloakAuthenticator"]("host", "leonard", "password")
    authenticator.token = {"access_token": "old", "refresh_token": "no token at all"}
    request = authenticator.apply(Request("GET", "http://host/"))
    assert request.headers["Authorization"].startswith("Bearer ey")
    netrc = folder / "netrc"
    netrc.write_text("machine host login someone password else\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    assert Session().prepare_request(request).headers["Authorization"].startswith("Bearer ey")


def test_a_block_that_fails_is_named_by_its_line(tmp_path: Path) -> None:
    text = tmp_path / "broken.md"
    text.write_text("Fine:\n\n```bash\necho 1\n```\n\n```text\n1\n```\n\nNot:\n\n```bash\ntrue\nfalse\n```\n", "utf-8")
    with pytest.raises(AssertionError, match="status 1 in the block at line 13"):
        run_tutorial(text, folder=tmp_path, environment={})


def test_another_output_than_the_text_says_is_a_failure(tmp_path: Path) -> None:
    text = tmp_path / "wrong.md"
    text.write_text("```python\nprint(2)\n```\n\n```text\n1\n```\n", "utf-8")
    with pytest.raises(AssertionError, match=r"wrong.md, line 1(.|\n)*printed\n2\n\ninstead of\n1"):
        run_tutorial(text, folder=tmp_path, environment={})


def test_output_that_the_text_keeps_quiet_about_is_a_failure(tmp_path: Path) -> None:
    text = tmp_path / "talkative.md"
    text.write_text("```python\nprint(2)\n```\n", "utf-8")
    with pytest.raises(AssertionError, match="printed\n2"):
        run_tutorial(text, folder=tmp_path, environment={})


def test_a_block_of_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'ruby'"):
        read_blocks("```ruby\nputs 1\n```\n")


def test_a_program_has_the_line_numbers_of_its_text() -> None:
    text = "# One\n\n```python\nx = 1\n```\n\nTwo:\n\n```python\nraise ValueError(x)\n```\n"
    lines = as_program(read_blocks(text)).splitlines()
    assert lines[3] == "x = 1"
    assert lines[9] == "raise ValueError(x)"


def test_dots_stand_for_anything_and_nothing_else_does() -> None:
    assert as_expected("a 12 c\n", "a ... c\n")
    assert not as_expected("a 12 d\n", "a ... c\n")
    assert not as_expected("a  c\n", "a c\n")
