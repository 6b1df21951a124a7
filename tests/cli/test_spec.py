"""The ``spec`` commands: what a group's CI relies on."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import nomad_swagger as ns
from nomad_swagger.apispec.snapshots import find_snapshot, shipped_folder
from nomad_swagger.cli.failures import run as run_command
from nomad_swagger.cli.main import cli
from tests.conftest import Asked, Reply, Web

Run = Callable[..., "Said"]


class Said:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*words: str, code: int = 0) -> Said:
        with pytest.raises(SystemExit) as left:
            run_command(cli, words)
        captured = capfd.readouterr()
        said = Said(int(left.value.code or 0), captured.out, captured.err)
        assert said.code == code, said.err
        return said

    return call


@pytest.fixture
def document() -> dict[str, Any]:
    return find_snapshot("nomad-0.7.9").read()


def serve(web: Web, document: dict[str, Any], *, reverse: bool = False) -> str:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in sorted(value, reverse=reverse)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    def answer(asked: Asked) -> Reply:
        return Reply.json(turned(document)) if asked.path == "/api/swagger.json" else Reply.json({}, 404)

    web.answer = answer
    return f"{web.url}/api"


def test_two_servers_that_write_their_keys_in_another_order_are_pinned_alike(
    run: Run, web: Web, other_web: Web, document: dict[str, Any], tmp_path: Path
) -> None:
    run("spec", "pin", serve(web, document), "--name", "ours")
    first = (tmp_path / "specs" / "ours.json").read_bytes()
    updated = run("spec", "pin", serve(other_web, document, reverse=True), "--name", "ours", "--update")
    assert "no difference" in updated.out
    assert (tmp_path / "specs" / "ours.json").read_bytes() == first
    (row,) = yaml.safe_load((tmp_path / "specs" / "index.yaml").read_text()).values()
    assert row["sha256"] == hashlib.sha256(first).hexdigest()
    assert (row["operations"], row["generation"]) == (35, "v0")
    assert row["fetched_at"]


def test_a_pin_is_not_replaced_without_being_told_to(run: Run) -> None:
    run("spec", "pin", "nomad-0.7.9", "--name", "ours")
    run("spec", "pin", "nomad-0.8.6", "--name", "ours", code=2)
    changed = run("spec", "pin", "nomad-0.8.6", "--name", "ours", "--update")
    assert "got the prefix dft." in changed.out


def test_one_changed_character_is_found_and_its_file_named(run: Run, tmp_path: Path) -> None:
    run("spec", "pin", "nomad-0.8.6", "--name", "ours")
    assert "as pinned" in run("spec", "verify").out
    path = tmp_path / "specs" / "ours.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"basePath", b"basepath", 1))
    assert "specs/ours.json" in run("spec", "verify", code=8).err
    assert "specs/ours.json" in run("spec", "verify", "ours", code=8).err
    assert "ours.json" in run("ops", "--spec", "ours", code=8).err
    path.write_bytes(content)
    run("spec", "verify", "ours")


def test_what_has_drifted_on_a_server_is_said_in_words(run: Run, web: Web, document: dict[str, Any]) -> None:
    url = serve(web, document)
    run("spec", "pin", url, "--name", "ours")
    assert "says the same" in run("spec", "verify", "--against", url, "ours").out
    changed = copy.deepcopy(document)
    parameters = changed["paths"]["/repo/"]["get"]["parameters"]
    next(p for p in parameters if p["name"] == "code_name")["name"] = "dft.code_name"
    changed["paths"]["/uploads/{upload_id}"]["post"]["operationId"] = "operate"
    drifted = run("spec", "verify", "--against", serve(web, changed), "ours", code=8)
    assert "dft.code_name" in drifted.out
    assert "is now called uploads.operate" in drifted.out
    assert "`publish` will fail" in drifted.out
    assert "no longer what ours says" in drifted.err


def test_a_diff_fails_only_as_told(run: Run) -> None:
    assert "BREAKING" in run("spec", "diff", "nomad-0.7.9", "nomad-0.8.6").out
    run("spec", "diff", "nomad-0.7.9", "nomad-0.8.6", "--fail-on", "breaking", code=8)
    run("spec", "diff", "nomad-0.7.9", "nomad-0.7.9", "--fail-on", "any")
    report = json.loads(run("spec", "diff", "nomad-1.4.3", "nomad-2.0.0", "-o", "json").out)
    assert report["counts"]["breaking"]
    assert "## nomad-0.7.9" in run("spec", "diff", "nomad-0.7.9", "nomad-0.8.6", "-o", "markdown").out


def test_what_is_at_hand_is_listed_with_where_it_comes_from(run: Run, web: Web, document: dict[str, Any]) -> None:
    url = serve(web, document)
    run("spec", "fetch", url)
    run("spec", "pin", "nomad-0.8.6", "--name", "ours")
    rows = {row["name"]: row for row in json.loads(run("spec", "list", "-o", "json").out)}
    assert rows[f"{url}/swagger.json"]["origin"] == "cache"
    assert rows["ours"]["origin"] == "specs"
    assert rows["nomad-2.0.0"] == {**rows["nomad-2.0.0"], "origin": "shipped", "operations": 104}
    assert "1 cached" in run("spec", "clean").err
    assert url not in run("spec", "list", "-o", "ids").out


def test_a_description_is_shown_as_json_and_as_yaml(run: Run, document: dict[str, Any]) -> None:
    assert json.loads(run("spec", "show", "nomad-0.7.9").out) == document
    assert yaml.safe_load(run("spec", "show", "nomad-0.7.9", "-o", "yaml").out) == document


def test_the_doctor_names_what_bites_and_what_we_do(run: Run) -> None:
    said = run("spec", "doctor", "nomad-0.8.6").out
    assert "any text for true" in said
    assert "200 has no schema" in said
    assert re.search(r"uploads\.upload.*login", said)


def test_with_the_network_off_helpers_start_from_a_pin_and_from_a_damaged_one_nothing_starts(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("spec", "pin", "nomad-0.7.9", "--name", "ours")
    monkeypatch.setenv("NOMAD_SWAGGER_OFFLINE", "1")
    client = ns.connect("http://127.0.0.1:9/prod/rae/api", spec="ours")
    assert client.nomad.generation.name == "v0"
    assert {*dir(client)} >= {"repo", "uploads", "raw"}
    path = tmp_path / "specs" / "ours.json"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ns.SpecTampered, match=r"ours\.json"):
        ns.connect("http://127.0.0.1:9/prod/rae/api", spec="ours")


def test_the_shipped_pins_are_in_order(run: Run) -> None:
    assert run("spec", "verify", "--specs", str(shipped_folder())).out.count("as pinned") == 4
