from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nomad_swagger
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.explore.stubs import stubs

SCRIPT = """\
from typing import TYPE_CHECKING, cast

import nomad_swagger as ns

if TYPE_CHECKING:
    from nomad_api import Client

client = cast("Client", ns.connect("sandbox"))
found = client.repo.search(atoms=["Si", "O"], per_page=3).response().result
print(found.pagination.total)
client.repo.search(dft_code_name="VASP", atoms="Si", scroll=True)
with open("example.zip", "rb") as file:
    client.uploads.upload(file=file, name="example")
client.uploads.exec_upload_operation(upload_id="x", payload={"operation": "publish"})
print(client.nomad.api_url)
"""


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0"])
def test_the_stub_of_every_snapshot_names_every_operation_and_parameter(snapshot: str) -> None:
    spec = load_spec(snapshot)
    tree = ast.parse(stubs(spec))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    methods = {
        (name, part.name): {argument.arg for argument in part.args.kwonlyargs}
        for name, node in classes.items()
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    }
    for operation in spec.operations.values():
        tag = "".join(word.title() for word in operation.tag.split("_")) + "Tag"
        assert len(methods[tag, operation.name]) == 1 + len({p.name for p in operation.parameters})


def _mypy(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    (folder / "nomad_api.pyi").write_text(stubs(load_spec("nomad-0.8.6")), "utf-8")
    (folder / "script.py").write_text(script, "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        ".cache",
        "--follow-imports=silent",
        "script.py",
    ]
    # An editable installation is not on mypy's path.
    env = {**os.environ, "MYPYPATH": str(Path(nomad_swagger.__file__).parents[1])}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=env, timeout=300)


@pytest.mark.typing
def test_mypy_passes_on_a_script_and_catches_its_mistakes(tmp_path: Path) -> None:
    done = _mypy(tmp_path, SCRIPT)
    assert done.returncode == 0, done.stdout
    wrong = [
        ('client.repo.search(atom=["Si"])', 'Unexpected keyword argument "atom"'),
        ("client.repo.serch()", '"RepoTag" has no attribute "serch"'),
        ("client.uploads.get_upload()", 'Missing named argument "upload_id"'),
        ('client.repo.search(per_page="3")', 'Argument "per_page"'),
    ]
    done = _mypy(tmp_path, SCRIPT + "\n".join(line for line, _ in wrong) + "\n")
    for _, message in wrong:
        assert message in done.stdout


def test_a_strangers_text_cannot_leave_its_docstring() -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": 'x"""\nimport os', "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "operationId": "a",
                    "tags": ["t"],
                    "summary": 'end"""\nimport os #',
                    "description": 'quote" \\',
                    "parameters": [
                        {"name": "class", "in": "query", "type": "string"},
                        {"name": "n", "in": "query", "type": "string", "description": '"""'},
                    ],
                    "responses": {"200": {"description": "OK"}},
                }
            }
        },
    }
    tree = ast.parse(stubs(load_spec(document)))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
