"""What a recipe sends, when a shell or Python runs it, is what the client itself sends; whatever the values are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from nomad_swagger.apispec.model import Spec
from nomad_swagger.client.client import NomadClient
from nomad_swagger.explore.recipes import STYLES, client_of, recipe
from tests.warm import Warm

NASTY = (
    "two words",
    'it\'s "quoted"',
    "$HOME `id` $(id) \\",
    "line\nbreak\r\nand\ttab",
    "a&b=c;d#e?f",
    "a/b/../*",
    "[x]{y}!%20",
    "β-Fe₂O₃ ü 🙂",
    "",
    "-dash",
    "--version",
    "@file",
    "true",
)
IN_A_PATH = "it's $HOME & `x`\n* [a]{b} ü%20/#?-"

Sent = tuple[str, str, list[tuple[str, str]], Any]
Run = Callable[[str, str], bytes]


@pytest.fixture
def client(web: Any, reply: Any, v0: Spec) -> NomadClient:
    """A client whose server notes what it is asked, and knows its own description."""
    document = reply.json(v0.document)
    hits = reply.json({"results": [], "pagination": {"total": 0}})
    upload = reply.json({"upload_id": "x"})

    def answer(asked: Any) -> Any:
        if asked.path.endswith("/swagger.json"):
            return document
        return upload if asked.method == "PUT" else hits

    web.answer = answer
    return client_of(replace(v0, url=f"{web.url}/prod/rae/api"))


@pytest.fixture
def run(tmp_path: Path, warm: Warm) -> Run:
    """Run a recipe of a style in a folder of its own."""
    programs = warm.programs()
    env = {**os.environ, "NOMAD_TOKEN": "token-of-mine", "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def runs(style: str, text: str) -> bytes:
        command = [f"{programs}/python", "-c", text] if style in ("requests", "bravado") else ["sh", "-c", text]
        done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path, env=env, timeout=60)
        assert done.returncode == 0, f"{text}\n{done.stderr.decode()}"
        return done.stdout

    return runs


def _needs(style: str) -> None:
    if style in ("curl", "wget") and shutil.which(style) is None:
        pytest.skip(f"no {style} here")


def _last(web: Any) -> Sent:
    asked = next(asked for asked in reversed(web.asked) if not asked.path.endswith("/swagger.json"))
    body = json.loads(asked.body) if asked.headers.get("content-type") == "application/json" else asked.body
    # The order of values counts, the order of parameters does not.
    query = sorted(parse_qsl(asked.query, keep_blank_values=True), key=lambda pair: pair[0])
    return asked.method, unquote(asked.path), query, body


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("repo.search", {"atoms": list(NASTY), "dft.code_name": NASTY[2]}),
        ("raw.get", {"upload_id": "-x", "path": IN_A_PATH}),
        (
            "repo.edit_repo",
            {"payload": {"query": {"upload_id": list(NASTY)}, "actions": {"comment": {"value": "'$x"}}}},
        ),
    ],
    ids=["in-a-query", "in-a-path", "in-a-body"],
)
def test_nasty_values_survive_every_style(
    web: Any, client: NomadClient, run: Run, style: str, name: str, arguments: dict[str, Any]
) -> None:
    _needs(style)
    client.nomad.send(client.nomad.prepare(name, arguments))
    expected = _last(web)
    web.asked.clear()
    run(style, recipe(client, name, style=style, **arguments))
    assert _last(web) == expected


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("filename", ["a b.zip", '-d\'"a";,$x[1]{2}.zip', "ü\\.zip"])
def test_an_upload_streams_the_file_with_its_length(
    web: Any, client: NomadClient, run: Run, tmp_path: Path, style: str, filename: str
) -> None:
    _needs(style)
    with zipfile.ZipFile(tmp_path / filename, "w") as packed:  # what is none by its content is not sent
        packed.writestr("si.out", os.urandom(300_000))
    content = (tmp_path / filename).read_bytes()
    run(style, recipe(client, "upload", style=style, source=filename))
    asked = next(asked for asked in web.asked if asked.method == "PUT")
    assert asked.path == "/prod/rae/api/uploads/"
    assert parse_qsl(asked.query) == [("name", filename)]
    assert asked.headers["content-length"] == str(len(content))
    assert asked.headers["authorization"] == "Bearer token-of-mine"
    assert asked.body == content


@pytest.mark.parametrize("style", [style for style in STYLES if style != "wget"])
@pytest.mark.parametrize("filename", ["a b.zip", "d'a;,$x[1]{2}.zip"])
def test_a_form_carries_the_file(
    web: Any, client: NomadClient, run: Run, tmp_path: Path, style: str, filename: str
) -> None:
    _needs(style)
    (tmp_path / filename).write_bytes(b"the content")
    run(style, recipe(client, "uploads.upload", style=style, file=filename, name="it's"))
    asked = next(asked for asked in web.asked if asked.method == "PUT")
    assert parse_qsl(asked.query) == [("name", "it's")]
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert b'name="file"' in asked.body
    assert b"\r\n\r\nthe content\r\n" in asked.body


@pytest.mark.parametrize("style", STYLES)
def test_a_download_lands_in_a_file(
    web: Any, reply: Any, client: NomadClient, run: Run, tmp_path: Path, style: str
) -> None:
    _needs(style)
    before = web.answer
    web.answer = lambda asked: reply(body=b"\x00\xff content") if "/raw/" in asked.path else before(asked)
    run(style, recipe(client, "raw.get", style=style, upload_id="x", path="a/-it's $x.out"))
    assert (tmp_path / "-it's $x.out").read_bytes() == b"\x00\xff content"


@pytest.mark.parametrize("style", ["curl", "wget", "requests", "bravado"])
def test_a_failed_call_fails_the_recipe(
    web: Any, reply: Any, client: NomadClient, tmp_path: Path, style: str, warm: Warm
) -> None:
    _needs(style)
    before = web.answer
    gone = reply.json({"message": "no such upload"}, 404)
    web.answer = lambda asked: gone if "/raw/" in asked.path else before(asked)
    text = recipe(client, "raw.get", style=style, upload_id="x", path="a.out")
    command = [f"{warm.programs()}/python", "-c", text] if style in ("requests", "bravado") else ["sh", "-c", text]
    assert subprocess.run(command, capture_output=True, check=False, cwd=tmp_path, timeout=60).returncode != 0


@pytest.mark.parametrize("style", ["curl", "requests"])
def test_a_folder_arrives_as_a_zip(web: Any, client: NomadClient, run: Run, tmp_path: Path, style: str) -> None:
    import io

    if style == "curl" and shutil.which("zip") is None:
        pytest.skip("no zip here")
    folder = tmp_path / "my $data"
    folder.mkdir()
    (folder / ".hidden").write_text("a")
    (folder / "si.out").write_text("b")
    run(style, recipe(client, "upload", style=style, source=folder))
    asked = next(asked for asked in web.asked if asked.method == "PUT")
    assert parse_qsl(asked.query) == [("name", "my $data.zip")]
    assert {"my $data/.hidden", "my $data/si.out"} <= set(zipfile.ZipFile(io.BytesIO(asked.body)).namelist())
