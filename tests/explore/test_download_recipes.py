"""Recipes of downloads from v1, run against a small server: what is asked for is what the client asks for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.errors import UsageError
from nomad_swagger.explore.recipes import recipe
from tests.conftest import Asked, Reply, Web
from tests.warm import Warm

BASE = "/api/v1"
RUN = ("curl", "wget", "requests", "bravado")


@pytest.fixture
def site(web: Web) -> str:
    document = load_spec("nomad-2.0.0").document

    def answer(asked: Asked) -> Reply:
        if asked.path == f"{BASE}/openapi.json":
            return Reply.json(document)
        if asked.path == f"{BASE}/swagger.json":
            return Reply.json({"detail": "Not Found"}, 404)
        return Reply(200, b"PK", {"Content-Type": "application/zip"})

    web.answer = answer
    return f"{web.url}{BASE}"


def run(text: str, style: str, folder: Path, programs: str) -> None:
    if style in ("curl", "wget") and shutil.which(style) is None:
        pytest.skip(f"no {style} here")
    command = [f"{programs}/python", "-c", text] if style in ("requests", "bravado") else ["sh", "-c", text]
    env = {**os.environ, "NOMAD_TOKEN": "t0ken", "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder, env=env, timeout=120)
    assert done.returncode == 0, f"{text}\n{done.stderr.decode()}"


@pytest.mark.journey
@pytest.mark.parametrize("style", RUN)
@pytest.mark.parametrize(
    ("given", "path", "file"),
    [
        ({"upload_id": "u1"}, "/uploads/u1/raw/", "u1.zip"),
        ({"upload_id": "u1", "path": "Si/10Ry/"}, "/uploads/u1/raw/Si/10Ry", "10Ry.zip"),
    ],
)
def test_a_zip_of_an_upload_or_a_folder_is_asked_for_packed_and_with_the_login(
    site: str, web: Web, tmp_path: Path, warm: Warm, style: str, given: dict[str, str], path: str, file: str
) -> None:
    client = connect(site, spec="nomad-2.0.0", token="t0ken")
    run(recipe(client, "download", style=style, **given), style, tmp_path, warm.programs())
    asked = web.asked[-1]
    assert (unquote(asked.path), asked.query.lower()) == (f"{BASE}{path}", "compress=true")
    assert asked.headers["authorization"] == "Bearer t0ken"
    assert [saved.name for saved in tmp_path.iterdir()] == [file]


def test_a_folder_is_named_in_our_own_command_as_it_was_given() -> None:
    for snapshot in ("nomad-0.8.6", "nomad-2.0.0"):
        text = recipe(load_spec(snapshot), "download", style="nomad-swagger", upload_id="u1", path="Si/10Ry/")
        assert text.endswith("u1/Si/10Ry/")


def test_a_folder_of_v0_is_all_that_begins_so() -> None:
    text = recipe(load_spec("nomad-0.8.6"), "download", style="curl", upload_id="u1", path="Si/10Ry/")
    assert "/raw/u1/Si/10Ry/%2A" in text
    assert "-o 10Ry.zip" in text


def test_the_beginning_of_a_name_has_no_recipe_on_v1() -> None:
    with pytest.raises(UsageError, match="packs whole folders only"):
        recipe(load_spec("nomad-2.0.0"), "download", upload_id="u1", path="Si/1*")
