"""The command line against a sandbox process: what a person or a script sees, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import COMMAND, LEONARD, Run, Start

pytestmark = pytest.mark.journey


def test_the_whole_flow_by_commands_on_both_versions(
    start: Start, run: Run, tutorial_data: Path, tmp_path: Path
) -> None:
    box = start()
    for url in (box.api_url, box.api_url_08):
        made = run("upload", str(tutorial_data / "silicon"), "--wait", "-o", "ids", "--url", url)
        upload_id = made.stdout.strip()
        assert "cleanup (SUCCESS), 1 entry" in made.stderr
        run("publish", upload_id, "--yes", "--comment", "it's $5", "--reference", "https://example.org", "--url", url)
        found = run("search", f"upload_id={upload_id}", "code=Quantum Espresso", "-o", "json", "--url", url)
        (entry,) = json.loads(found.stdout)
        assert (entry["formula"], entry["comment"], entry["published"]) == ("Si2", "it's $5", True)
        path = run(
            "download", f"{upload_id}/{entry['mainfile']}", "--to", f"dl{upload_id}", "--url", url
        ).stdout.strip()
        assert (tmp_path / path).read_bytes() == (tutorial_data / "silicon" / "si.out").read_bytes()
        archive = json.loads(run("archive", entry["entry_id"], "--url", url).stdout)
        assert archive["section_run"][0]["program_name"] == "Quantum Espresso"


def test_what_is_no_zip_exits_with_5_and_nomads_own_words_and_can_be_deleted(
    start: Start, run: Run, tmp_path: Path
) -> None:
    start()
    (tmp_path / "bad.zip").write_text("no zip")
    assert "is no zip archive" in run("upload", "bad.zip", code=2).stderr  # nothing is sent
    failed = run("upload", "bad.zip", "--as-is", "--wait", code=5)
    assert "bad .zip/.tar file" in failed.stderr
    (upload_id,) = run("uploads", "-o", "ids").stdout.split()
    run("delete", "--yes", upload_id)
    assert run("uploads", "-o", "ids").stdout == ""


def test_each_mistake_has_its_exit_code_and_a_sentence_that_helps(start: Start, run: Run) -> None:
    start()
    assert "did you mean 'elements'" in run("search", "element=Si", code=2).stderr
    assert "is not key=value" in run("search", "Si", code=2).stderr
    assert "did you mean 'search'" in run("serch", code=2).stderr
    assert "Invalid user credentials" in run("uploads", code=3, NOMAD_CLIENT_PASSWORD="wrong").stderr
    assert "needs a login" in run("uploads", code=3, user=None).stderr
    assert "nonsense" in run("wait", "nonsense", code=4).stderr
    assert "nonsense" in run("wait", "nonsense", "--until", "published", code=4).stderr
    assert "nonsense" in run("publish", "nonsense", code=4).stderr
    assert "Is the URL right" in run("search", "elements=Si", "--url", "http://127.0.0.1:9/api", code=6).stderr


def test_a_wait_that_runs_out_exits_with_7(start: Start, run: Run, tutorial_data: Path) -> None:
    start()
    (upload_id,) = run("upload", str(tutorial_data / "silicon"), "--wait", "-o", "ids").stdout.split()
    late = run("wait", upload_id, "--until", "published", "--timeout", "1", code=7)
    assert "Nothing is lost" in late.stderr


def test_without_a_server_nobody_guesses_one(run: Run) -> None:
    assert "no server is named" in run("search", "elements=Si", code=2, NOMAD_CLIENT_URL="").stderr
    assert "no sandbox is running" in run("search", "elements=Si", code=2).stderr


def test_a_login_is_stored_used_and_forgotten(start: Start, run: Run) -> None:
    start()
    run("login", "--user", LEONARD, "--password-stdin", user=None, given="wrong\n", code=3)
    assert "anonymous" in run("whoami", user=None).stdout
    run("login", "--user", LEONARD, "--password-stdin", user=None, given="password\n")
    assert f"{LEONARD} at" in run("whoami", user=None).stdout
    assert "stored" in run("whoami", user=None).stdout
    assert "environment" in run("whoami").stdout
    run("uploads", user=None)
    run("logout", user=None)
    assert "anonymous" in run("whoami", user=None).stdout
    assert "no such option" in run("login", "--password", "x", user=None, code=2).stderr.lower()


def test_every_format_says_the_same(start: Start, run: Run, tutorial_data: Path) -> None:
    start()
    run("upload", str(tutorial_data / "silicon"), str(tutorial_data / "cristobalite"), "--publish", "--yes")
    ids = run("search", "elements=Si", "-o", "ids").stdout.split()
    assert len(ids) == 2
    assert [row["entry_id"] for row in json.loads(run("search", "elements=Si", "-o", "json").stdout)] == ids
    lines = run("search", "elements=Si", "-o", "ndjson").stdout.splitlines()
    assert [json.loads(line)["entry_id"] for line in lines] == ids
    rows = csv.DictReader(io.StringIO(run("search", "elements=Si", "-o", "csv").stdout))
    assert [row["entry_id"] for row in rows] == ids
    table = run("search", "elements=Si", "elements=O").stdout
    assert "O4Si2" in table
    assert len(table.splitlines()) == 2


def test_a_reader_that_has_enough_is_no_error(start: Start, run: Run) -> None:
    command = [*COMMAND, "spec", "show", "nomad-0.8.6"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=20)
    assert said == b""


def test_help_imports_nothing_that_is_slow() -> None:
    code = (
        "import sys; from nomad_swagger.cli.main import cli; cli.main(['--help'], standalone_mode=False); "
        "print([m for m in ('requests', 'bravado', 'yaml', 'rich', 'ase') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
