"""A sandbox that all tests of this room share, clients for its users, and calculations to upload."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger import settings
from nomad_swagger.flows.engine import Patience
from nomad_swagger.sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.flows.relay import Relay

DATA = Path(__file__).parents[1] / "sandbox" / "data"
QUICK = Patience(first_s=0.01, longest_s=0.05)
Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(local_folder=tmp_path_factory.mktemp("local")) as box:
        yield box


@pytest.fixture(scope="session")
def spec_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spec-cache")


@pytest.fixture(autouse=True)
def shared_cache(silent_environment: Path, spec_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A description is read and validated once for all tests."""
    monkeypatch.setenv(settings.ENV_CACHE, str(spec_cache))


@pytest.fixture
def connect(sandbox: Sandbox) -> Connect:
    """Makes clients: ``connect("leonard", "0.8.6")``; None is nobody."""

    def make(user: str | None = "leonard", version: str = "0.7.9", *, url: str = "") -> Any:
        api_url = {"0.7.9": sandbox.api_url, "0.8.6": sandbox.api_url_08}[version]
        if url:
            api_url = api_url.replace(sandbox.url, url)
        profile = Profile(name="sandbox", url=api_url, keycloak=Keycloak(sandbox.keycloak_url))
        return ns.connect(profile=profile, user=user, password="password" if user else None)

    return make


@pytest.fixture(params=["0.7.9", "0.8.6"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(connect: Connect, version: str) -> Any:
    """The tutorial's user, at each version of the API."""
    return connect("leonard", version)


@pytest.fixture
def relay(sandbox: Sandbox) -> Iterator[Relay]:
    between = Relay(sandbox.url)
    yield between
    between.close()


@pytest.fixture(scope="session")
def silicon() -> dict[str, bytes]:
    return {f"AcAg/si/{name}": (DATA / name).read_bytes() for name in ("si.out", "si.in")}


@pytest.fixture(scope="session")
def water() -> dict[str, bytes]:
    return {name: (DATA / name).read_bytes() for name in ("h2o.out", "h2o.nw")}


def packed(files: Mapping[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    buffer.seek(0)
    return buffer


@pytest.fixture
def pack() -> Callable[[Mapping[str, bytes]], io.BytesIO]:
    return packed


@pytest.fixture
def put() -> Callable[..., ns.Upload]:
    """Uploads files and waits: ``put(client, files, publish=True, comment=…)``."""

    def do(client: Any, files: Mapping[str, bytes], *, publish: bool = False, **metadata: Any) -> ns.Upload:
        made = ns.upload(client, packed(files), name="test")
        if publish:
            return ns.publish(client, made, patience=QUICK, **metadata)
        return ns.wait(client, made, patience=QUICK)

    return do


@pytest.fixture(autouse=True)
def clean_staging(sandbox: Sandbox, connect: Connect) -> Iterator[None]:
    """Delete what a test leaves unpublished: a user may have ten such uploads only."""
    yield
    if not sandbox.store.value("SELECT count(*) FROM uploads WHERE NOT published"):
        return
    for user in ("leonard", "sheldon"):
        client = connect(user, "0.8.6")
        for upload in list(ns.list_uploads(client)):
            with suppress(ns.ProcessingFailed):
                ns.wait(client, upload, patience=QUICK)
            ns.delete(client, upload, patience=QUICK)
