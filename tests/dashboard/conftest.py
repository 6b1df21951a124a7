"""A sandbox with one published and one private upload, and dashboards on it: logged in and not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from nomad_sandbox.registry import write_record
from nomad_swagger import instances, settings
from nomad_swagger.client.client import NomadClient
from nomad_swagger.client.connect import connect
from nomad_swagger.dashboard import Dashboard
from nomad_swagger.flows.publishing import publish
from nomad_swagger.flows.sending import upload
from nomad_swagger.flows.waiting import wait

USER, PASSWORD = "leonard.hofstadter@nomad-fairdi.tests.de", "password"
DATA = Path(__file__).parents[2] / "tutorials" / "data"


@dataclass(frozen=True)
class Nomad:
    """What is there: a sandbox, two clients, and the ids of two uploads."""

    sandbox: Sandbox
    anonymous: NomadClient
    logged_in: NomadClient
    published: str
    private: str


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("NOMAD_", "HTTP_PROXY", "http_proxy")):
                patch.delenv(name)
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("NOMAD_SWAGGER_CACHE", str(folder / "cache"))
        patch.setenv("NOMAD_SWAGGER_CONFIG", str(folder / "config.yaml"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        yield


@pytest.fixture(scope="session")
def nomad() -> Iterator[Nomad]:
    with Sandbox() as sandbox:
        write_record(settings.state_folder() / instances.FOLDER, sandbox.port, name="test", data=None)
        client = connect("sandbox", user=USER, password=PASSWORD)
        published = wait(client, upload(client, DATA / "silicon", name="silicon"))
        publish(client, published)
        private = wait(client, upload(client, DATA / "cristobalite", name="private cristobalite"))
        yield Nomad(sandbox, connect(sandbox.api_url), client, published.upload_id, private.upload_id)


@pytest.fixture(scope="session")
def dashboard(nomad: Nomad) -> Iterator[Dashboard]:
    with Dashboard(nomad.logged_in) as dashboard:
        yield dashboard


@pytest.fixture(scope="session")
def anonymous_dashboard(nomad: Nomad) -> Iterator[Dashboard]:
    with Dashboard(nomad.anonymous) as dashboard:
        yield dashboard
