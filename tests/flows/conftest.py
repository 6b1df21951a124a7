"""A sandbox that all tests of this room share, clients for its users, and calculations to upload."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.flows.polling import Patience
from nomad_swagger.settings import Keycloak, Profile
from tests.flows.relay import Relay
from tests.ports import at_its_port

DATA = Path(__file__).parents[1] / "sandbox" / "data"
QUICK = Patience(first_s=0.01, longest_s=0.05)


def imagined() -> Patience:
    """Give a patience whose time passes in its own sleeps alone, so that a minute costs nothing."""
    now = [0.0]

    def sleep(pause_s: float) -> None:
        now[0] += pause_s
        time.sleep(0.01)  # a real server behind it gets on with its work

    return Patience(first_s=1, longest_s=20, clock=lambda: now[0], sleep=sleep)


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


@pytest.fixture(scope="session")
def known_clients() -> dict[tuple[str | None, str], Any]:
    return {}


@pytest.fixture
def connect(sandbox: Sandbox, known_clients: dict[tuple[str | None, str], Any]) -> Connect:
    """Gives clients: ``connect("leonard", "0.8.6")``; None is nobody. By way of another ``url`` they are new ones."""

    def make(user: str | None = "leonard", version: str = "0.7.9", *, url: str = "") -> Any:
        if not url and (user, version) in known_clients:
            return known_clients[user, version]
        api_url = {"0.7.9": sandbox.api_url, "0.8.6": sandbox.api_url_08, "1.4.3": sandbox.api_url_v1}[version]
        profile = Profile(
            name="sandbox",
            url=api_url.replace(sandbox.url, url or sandbox.url),
            keycloak=Keycloak(sandbox.keycloak_url),
        )
        client = ns.connect(profile=profile, user=user, password="password" if user else None)
        if not url:
            known_clients[user, version] = client
        return client

    return make


@pytest.fixture(params=["0.7.9", "0.8.6"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(connect: Connect, version: str) -> Any:
    """The tutorial's user, at each version of the API."""
    return connect("leonard", version)


@pytest.fixture(params=["0.7.9", "0.8.6", "1.4.3"])
def each(request: pytest.FixtureRequest, connect: Connect) -> Any:
    """The tutorial's user, on both generations."""
    return connect("leonard", request.param)


@pytest.fixture
def relay(sandbox: Sandbox) -> Iterator[Relay]:
    between = at_its_port(partial(Relay, sandbox.url), kind=(Relay, sandbox.url))
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


@pytest.fixture(scope="session")
def known_uploads() -> dict[str, ns.Upload]:
    return {}


@pytest.fixture
def shelf(
    connect: Connect, put: Callable[..., ns.Upload], known_uploads: dict[str, ns.Upload]
) -> Callable[..., ns.Upload]:
    """Published uploads for tests that only read them: the same one for the same files; ``copy`` tells twins apart."""

    def get(files: Mapping[str, bytes], *, copy: int = 0, **metadata: Any) -> ns.Upload:
        key = repr((sorted(files), copy, metadata))
        if key not in known_uploads:
            known_uploads[key] = put(connect("leonard"), files, publish=True, **metadata)
        return known_uploads[key]

    return get


@pytest.fixture(autouse=True)
def clean_staging(request: pytest.FixtureRequest) -> Iterator[None]:
    """Delete what a test leaves unpublished: a user may have ten such uploads only."""
    if "connect" not in request.fixturenames:
        yield
        return
    box: Sandbox = request.getfixturevalue("sandbox")
    make: Connect = request.getfixturevalue("connect")
    yield
    for user in ("leonard", "sheldon"):
        account = box.accounts.find(user)
        assert account is not None
        if not box.store.value("SELECT count(*) FROM uploads WHERE NOT published AND user_id = ?", (account.user_id,)):
            continue
        client = make(user, "0.8.6")
        for upload in list(ns.list_uploads(client)):
            with suppress(ns.ProcessingFailed):
                ns.wait(client, upload, patience=QUICK)
            if not ns.get_upload(client, upload).published:  # an order of the test may have been under way
                ns.delete(client, upload, patience=QUICK)
