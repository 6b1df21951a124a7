from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.cli.commands.call import command_of
from nomad_swagger.cli.main import cli
from nomad_swagger.errors import NotFound, UnknownOperation, UsageError
from nomad_swagger.explore.meanings import option_name

SNAPSHOTS = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")
EVERY = [(snapshot, operation) for snapshot in SNAPSHOTS for operation in load_spec(snapshot).operations.values()]


def run(*words: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, list(words), input=stdin, catch_exceptions=False)


@pytest.fixture
def api(web: Any) -> list[str]:
    """Words that send a call to the noting server, whose description is known."""
    return ["--url", f"{web.url}/prod/rae/api", "--spec", "nomad-0.8.6", "call"]


@pytest.mark.parametrize(("snapshot", "operation"), EVERY, ids=[f"{name}-{op.full_name}" for name, op in EVERY])
def test_every_operation_has_help_with_an_option_for_every_parameter(snapshot: str, operation: Operation) -> None:
    done = CliRunner().invoke(command_of(operation), ["--help"], catch_exceptions=False)
    assert done.exit_code == 0
    options = [option for param in command_of(operation).params for option in param.opts]
    assert len(options) == len(set(options))
    for parameter in operation.parameters:
        assert option_name(parameter) in options


def test_help_is_had_by_the_operations_name() -> None:
    text = run("call", "uploads.get_upload", "--help", "--spec", "nomad-0.8.6").stdout
    assert "--upload_id TEXT" in text
    assert "[required]" in text


def test_a_wrong_operation_offers_the_nearest() -> None:
    with pytest.raises(UnknownOperation, match=r"did you mean 'repo\.search'"):
        run("call", "repo.serch", "--spec", "nomad-0.8.6")


def test_a_wrong_option_offers_the_nearest() -> None:
    done = run("call", "repo.search", "--atom", "Si", "--spec", "nomad-0.8.6")
    assert done.exit_code == 2
    assert "--atoms" in done.stderr


def test_a_value_of_the_wrong_type_is_a_usage_error() -> None:
    done = run("call", "repo.search", "--page", "two", "--spec", "nomad-0.8.6")
    assert done.exit_code == 2
    assert "--page" in done.stderr


def test_only_allowed_values_are_taken() -> None:
    spec = load_spec("nomad-2.0.0")
    operation = spec.operation("entries.get_entries_metadata")
    owner = next(param for param in command_of(operation).params if "--owner" in param.opts)
    assert isinstance(owner.type, click.Choice)
    assert "staging" in owner.type.choices


def test_a_call_sends_its_options_and_prints_json(web: Any, reply: Any, api: list[str]) -> None:
    web.script(reply.json({"pagination": {"total": 3}}))
    done = run(*api, "repo.search", "--atoms", "Si", "--atoms", "O", "--dft.code_name", "VASP", "--page", "2")
    assert json.loads(done.stdout) == {"pagination": {"total": 3}}
    assert web.asked[-1].query == "page=2&dft.code_name=VASP&atoms=Si&atoms=O"


def test_a_boolean_may_stand_alone_and_a_false_is_left_out(web: Any, api: list[str]) -> None:
    run(*api, "repo.search", "--scroll", "--atoms", "Si")
    assert "scroll=true" in web.asked[-1].query
    run(*api, "repo.search", "--scroll", "false")
    assert "scroll" not in web.asked[-1].query


@pytest.mark.parametrize("source", ["inline", "file", "stdin"])
def test_a_body_comes_from_the_line_a_file_or_a_pipe(web: Any, api: list[str], tmp_path: Path, source: str) -> None:
    body = '{"operation": "publish"}'
    (tmp_path / "body.json").write_text(body)
    given = {"inline": body, "file": f"@{tmp_path / 'body.json'}", "stdin": "-"}[source]
    run(*api, "uploads.exec_upload_operation", "--upload_id", "x", "--body", given, "--yes", stdin=body)
    assert json.loads(web.asked[-1].body) == {"operation": "publish"}


@pytest.mark.parametrize("body", ["{", "@/not/there.json"])
def test_a_body_that_is_no_json_is_refused(api: list[str], body: str) -> None:
    with pytest.raises(UsageError, match="JSON|cannot be read"):
        run(*api, "uploads.exec_upload_operation", "--upload_id", "x", "--body", body)


def test_a_file_is_given_by_its_path(web: Any, api: list[str], tmp_path: Path) -> None:
    (tmp_path / "a b.zip").write_bytes(b"the content")
    run(*api, "uploads.upload", "--file", str(tmp_path / "a b.zip"), "--name", "x")
    assert b'filename="a b.zip"' in web.asked[-1].body
    assert b"the content" in web.asked[-1].body
    with pytest.raises(UsageError, match="no file"):
        run(*api, "uploads.upload", "--file", str(tmp_path / "other.zip"))


def test_a_file_as_answer_goes_to_a_file_or_a_pipe(web: Any, reply: Any, api: list[str], tmp_path: Path) -> None:
    web.script(reply(body=b"\x00\xff"))
    words = [*api, "raw.get", "--upload_id", "x", "--path", "a.out"]
    assert run(*words).stdout_bytes == b"\x00\xff"
    run(*words, "--to", str(tmp_path / "a.out"))
    assert (tmp_path / "a.out").read_bytes() == b"\x00\xff"


def test_an_error_of_the_server_is_ours(web: Any, reply: Any, api: list[str]) -> None:
    web.script(reply.json({"message": "no such upload"}, 404))
    with pytest.raises(NotFound, match="no such upload"):
        run(*api, "uploads.get_upload", "--upload_id", "x")


@pytest.mark.parametrize("flag", ["--dry-run", "--curl"])
def test_a_look_at_the_request_sends_nothing(web: Any, api: list[str], flag: str) -> None:
    done = run(*api, "uploads.delete_upload", "--upload_id", "a b", flag)
    assert web.asked == []
    assert "DELETE" in done.stdout
    assert "/prod/rae/api/uploads/a%20b" in done.stdout
    assert "Bearer $NOMAD_TOKEN" in done.stdout


def test_a_pinned_description_needs_no_server_for_a_look() -> None:
    done = run("call", "repo.search", "--atoms", "Si", "--dry-run", "--spec", "nomad-0.8.6")
    assert done.stdout.splitlines()[0] == "GET http://127.0.0.1:8008/prod/rae/api/repo/?atoms=Si"
