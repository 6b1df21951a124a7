"""Each recipe of each operation that the sandbox serves is run, and gives the same body as the client."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from bravado.exception import HTTPBadRequest, HTTPNotFound

from nomad_sandbox import Sandbox
from nomad_sandbox.v0.face import HANDLERS
from nomad_sandbox.v0.unserved import HANDLERS as UNSERVED
from nomad_swagger.apispec.access import needs_login
from nomad_swagger.client.client import NomadClient
from nomad_swagger.client.connect import connect
from nomad_swagger.errors import Unauthorized, UsageError
from nomad_swagger.explore.recipes import STYLES, recipe
from tests.warm import Warm

pytestmark = pytest.mark.journey

DATA = Path(__file__).parents[1] / "sandbox" / "data"
# New with every answer: tokens, and the query in NOMAD's own words, which has its parameters in our order.
VOLATILE = {"access_token", "upload_token", "signature_token", "expires_at", "curl", "python", "code"}

Arguments = dict[str, Any]


@dataclass
class World:
    """A sandbox with one published and one private upload, and Leonard's clients for both versions."""

    sandbox: Sandbox
    token: str
    clients: dict[str, NomadClient]
    zip_file: Path
    programs: str
    upload_id: str = ""
    calc_id: str = ""

    def client(self, version: str = "0.7.9") -> NomadClient:
        return self.clients[version]

    def fresh_upload(self) -> Arguments:
        """Give a new, processed upload."""
        client = self.client()
        with self.zip_file.open("rb") as file:
            made = client.uploads.upload(file=file, name="fresh").response().result
        return {"upload_id": self.processed(made.upload_id)}

    def fresh_dataset(self) -> Arguments:
        name = f"set {uuid.uuid4()}"
        self.client().datasets.create_dataset(payload={"name": name}).response()
        return {"name": name}

    def processed(self, upload_id: str) -> str:
        for _ in range(2000):
            seen = self.client().uploads.get_upload(upload_id=upload_id).response().result
            if not (seen.tasks_running or seen.process_running):
                return upload_id
            time.sleep(0.01)
        raise AssertionError(f"{upload_id} is still at work")

    def published(self) -> str:
        """Give a new upload that is published."""
        upload_id: str = self.fresh_upload()["upload_id"]
        order = {"operation": "publish", "metadata": {"comment": "water"}}
        self.client().uploads.exec_upload_operation(upload_id=upload_id, payload=order).response()
        return self.processed(upload_id)

    def clear(self) -> None:
        """Delete what is not published: a user may have ten such uploads only."""
        uploads = self.client().uploads
        for _ in range(2000):
            left = uploads.get_uploads(per_page=100).response().result.results
            if not left:
                return
            for upload in left:
                with suppress(HTTPBadRequest, HTTPNotFound):  # still at work, just published, or gone
                    uploads.delete_upload(upload_id=upload.upload_id).response()
            time.sleep(0.01)
        raise AssertionError(f"these stay: {left}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[World]:
    with Sandbox() as sandbox:
        token = _token(sandbox)
        urls = {"0.7.9": sandbox.api_url, "0.8.6": sandbox.api_url_08}
        clients = {version: connect(url, spec=f"nomad-{version}", token=token) for version, url in urls.items()}
        world = World(sandbox, token, clients, tmp_path_factory.mktemp("world") / "water.zip", warm.programs())
        with zipfile.ZipFile(world.zip_file, "w") as packed:
            for name in ("h2o.out", "h2o.nw"):
                packed.write(DATA / name, f"water/{name}")
        world.upload_id = world.published()
        hits = clients["0.7.9"].repo.search(upload_id=[world.upload_id]).response().result
        world.calc_id = hits.results[0]["calc_id"]
        yield world


def _token(sandbox: Sandbox) -> str:
    url = f"{sandbox.keycloak_url}realms/fairdi_nomad_prod/protocol/openid-connect/token"
    form = {"grant_type": "password", "client_id": "nomad_public", "username": "leonard", "password": "password"}
    return str(requests.post(url, data=form, timeout=60).json()["access_token"])


ENTRY = ("upload_id", "calc_id")
MAINFILE = {"path": "water/h2o.out"}

# operation: (what it takes of the published entry, what else)
READS: dict[str, tuple[tuple[str, ...], Arguments]] = {
    "archive.archive_download": (("upload_id",), {}),
    "archive.archive_query": (("upload_id",), {}),
    "archive.get_archive_calc": (ENTRY, {}),
    "archive.get_archive_logs": (ENTRY, {}),
    "auth.get_auth": ((), {}),
    "auth.get_users": ((), {"query": "Sheldon"}),
    "datasets.list_datasets": ((), {"page": 1}),
    "info.get_info": ((), {}),
    "raw.get": (("upload_id",), MAINFILE),
    "raw.get_file_from_calc": (ENTRY, {"path": "h2o.out"}),
    "raw.get_file_list_from_calc": (ENTRY, {}),
    "raw.get_files": (("upload_id",), {"payload": {"files": ["water/h2o.out", "water/h2o.nw"]}}),
    "raw.get_files_alternate": (("upload_id",), {"files": "water/h2o.out"}),
    "raw.raw_files_from_query": (("upload_id",), {"atoms": ["H", "O"]}),
    "repo.get_repo_calc": (ENTRY, {}),
    "repo.quantities_search": ((), {"quantities": ["atoms"]}),
    "repo.quantity_search": ((), {"quantity": "atoms"}),
    "repo.search": ((), {"atoms": ["H", "O"], "owner": "all", "order": -1}),
    "uploads.get_upload": (("upload_id",), {}),
    "uploads.get_upload_command": ((), {}),
    "uploads.get_uploads": ((), {"state": "all"}),
}
READS_08: dict[str, tuple[tuple[str, ...], Arguments]] = {
    "archive.post_archive_query": ((), {"payload": {"query": {"atoms": ["H"]}, "per_page": 3}}),
    "repo.search": ((), {"dft.code_name": "NWChem", "atoms": ["H"]}),
    "repo.suggestions_search": ((), {"quantity": "atoms", "include": "H"}),
}
WRITES: dict[str, Callable[[World], Arguments]] = {
    "auth.invite_user": lambda _: {"payload": {"first_name": "A", "last_name": "B", "email": f"{uuid.uuid4()}@x.de"}},
    "datasets.assign_doi": lambda world: _with_entry(world, world.fresh_dataset()),
    "datasets.create_dataset": lambda _: {"payload": {"name": f"it's ${uuid.uuid4()}"}},
    "datasets.delete_dataset": World.fresh_dataset,
    "datasets.get_dataset": World.fresh_dataset,
    "repo.edit_repo": lambda world: {
        "payload": {"query": {"upload_id": world.upload_id}, "actions": {"comment": {"value": "it's $5 & more"}}}
    },
    "uploads.delete_upload": World.fresh_upload,
    "uploads.exec_upload_operation": lambda world: {
        **world.fresh_upload(),
        "payload": {"operation": "publish", "metadata": {"comment": "it's $5"}},
    },
    "uploads.upload": lambda world: {"file": world.zip_file, "name": "it's"},
}


def _with_entry(world: World, dataset: Arguments) -> Arguments:
    action = {"query": {"upload_id": world.published()}, "actions": {"datasets": [{"value": dataset["name"]}]}}
    world.client().repo.edit_repo(payload=action).response()
    return dataset


def _run(world: World, style: str, text: str, folder: Path) -> bytes:
    programs = world.programs
    env = {**os.environ, "NOMAD_TOKEN": world.token, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [f"{programs}/python", "-c", text] if style in ("requests", "bravado") else ["sh", "-c", text]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder, env=env, timeout=120)
    assert done.returncode == 0, f"{text}\n{done.stderr.decode()}"
    saved = list(folder.iterdir())
    return saved[0].read_bytes() if saved else done.stdout


def _content(body: bytes) -> Any:
    """Give what a body says, without what is new in every answer."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return {name: _content(packed.read(name)) for name in packed.namelist()}
    try:
        return _stable(json.loads(body))
    except ValueError:
        return body


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if key not in VOLATILE and "command" not in key}
    return [_stable(item) for item in value] if isinstance(value, list) else value


def _shape(value: Any) -> Any:
    return {key: _shape(item) for key, item in value.items()} if isinstance(value, dict) else type(value).__name__


def _skip_without(style: str) -> None:
    if style in ("curl", "wget") and shutil.which(style) is None:
        pytest.skip(f"no {style} here")


CASES = [("0.7.9", name) for name in READS] + [("0.8.6", name) for name in READS_08]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("version", "name"), CASES, ids=[f"{version}-{name}" for version, name in CASES])
def test_a_recipe_gives_what_the_client_gives(
    world: World, tmp_path: Path, version: str, name: str, style: str
) -> None:
    _skip_without(style)
    arguments = _arguments(world, version, name)
    client = world.client(version)
    expected = client.nomad.send(client.nomad.prepare(name, arguments)).content
    text = recipe(client, name, style=style, Authorization="yes", **arguments)
    assert _content(_run(world, style, text, tmp_path)) == _content(expected)


def _arguments(world: World, version: str, name: str) -> Arguments:
    taken, more = (READS if version == "0.7.9" else READS_08)[name]
    operation = world.client(version).nomad.spec.operation(name)
    arguments = {key: getattr(world, key) for key in taken}
    lists = {p.name for p in operation.parameters if p.type == "array"}
    return {**{key: [value] if key in lists else value for key, value in arguments.items()}, **more}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", WRITES)
def test_a_recipe_does_what_the_client_does(world: World, tmp_path: Path, name: str, style: str) -> None:
    _skip_without(style)
    world.clear()
    client = world.client()
    arguments = WRITES[name](world)
    if style == "wget" and name == "uploads.upload":
        with pytest.raises(UsageError, match="wget cannot"):
            recipe(client, name, style=style, **arguments)
        return
    text = recipe(client, name, style=style, **arguments)
    got = json.loads(_run(world, style, text, tmp_path))
    again = WRITES[name](world)
    if "file" in again:
        again["file"] = io.BytesIO(world.zip_file.read_bytes())
    expected = json.loads(client.nomad.send(client.nomad.prepare(name, again)).content)
    assert _shape(got) == _shape(expected)


@pytest.mark.parametrize("style", STYLES)
def test_an_upload_recipe_makes_an_upload_that_gets_processed(world: World, tmp_path: Path, style: str) -> None:
    _skip_without(style)
    world.clear()
    name = f"by {style}"
    text = recipe(world.client(), "upload", style=style, source=world.zip_file, name=name)
    _run(world, style, text, tmp_path)
    found = world.client().uploads.get_uploads(name=name).response().result.results
    assert len(found) == 1
    assert (
        world.client().uploads.get_upload(upload_id=world.processed(found[0].upload_id)).response().result.total_calcs
        == 1
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_download_recipe_gives_the_file(world: World, tmp_path: Path, style: str) -> None:
    _skip_without(style)
    text = recipe(world.client(), "download", style=style, upload_id=world.upload_id, path="water/h2o.out")
    assert _run(world, style, text, tmp_path) == (DATA / "h2o.out").read_bytes()


def test_what_we_say_needs_no_login_answers_without_one(world: World) -> None:
    for version, reads in (("0.7.9", READS), ("0.8.6", READS_08)):
        nomad = world.client(version).nomad
        anonymous = connect(nomad.api_url, spec=nomad.spec).nomad
        for name in set(reads) & set(nomad.generation.login_optional):
            anonymous.send(anonymous.prepare(name, _arguments(world, version, name)))


def test_what_we_say_needs_a_login_is_refused_without_one(world: World) -> None:
    nomad = world.client().nomad
    anonymous = connect(nomad.api_url, spec=nomad.spec).nomad
    for name in set(READS) - set(nomad.generation.login_optional):
        if needs_login(nomad.spec, nomad.spec.operation(name)):
            with pytest.raises(Unauthorized):
                anonymous.send(anonymous.prepare(name, _arguments(world, "0.7.9", name)))
    for owner in nomad.generation.login_values["owner"]:
        with pytest.raises(Unauthorized):
            anonymous.send(anonymous.prepare("repo.search", {"owner": owner}))


def test_every_operation_that_the_sandbox_serves_is_run_or_named_here(world: World) -> None:
    served = {name for client in world.clients.values() for name in client.nomad.spec.operations if name in HANDLERS}
    # Nothing in this world has a DOI or an old number to look up; of what is refused in the end nothing is to compare.
    assert served - {*READS, *READS_08, *WRITES, *UNSERVED} == {"datasets.resolve_doi", "repo.resolve_pid"}
