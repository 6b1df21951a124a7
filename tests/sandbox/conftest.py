"""A sandbox that all tests of this room share, and a plain HTTP client for it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from nomad_sandbox import Sandbox

DATA = Path(__file__).parent / "data"
PASSWORD = "password"


def token_url(sandbox: Sandbox) -> str:
    return sandbox.keycloak_url + "realms/fairdi_nomad_prod/protocol/openid-connect/token"


def pack(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@dataclass
class Api:
    """One user (or nobody) at one version of the API."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def json(self, path: str, /, **params: Any) -> Any:
        response = self.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def upload(self, files: Mapping[str, bytes], **params: Any) -> str:
        response = self.call("PUT", "/uploads/", params=params, data=pack(files))
        assert response.status_code == 200, response.text
        return str(response.json()["upload_id"])

    def wait(self, upload_id: str, until: str = "tasks_running") -> dict[str, Any]:
        for _ in range(2000):
            upload: dict[str, Any] = self.json(f"/uploads/{upload_id}")
            if not upload[until]:
                return upload
            time.sleep(0.01)
        raise AssertionError(f"{upload_id} is still at work: {upload}")

    def process(self, files: Mapping[str, bytes], **params: Any) -> dict[str, Any]:
        return self.wait(self.upload(files, **params))

    def publish(self, upload_id: str, **metadata: Any) -> dict[str, Any]:
        body = {"operation": "publish", "metadata": metadata}
        response = self.call("POST", f"/uploads/{upload_id}", json=body)
        assert response.status_code == 200, response.text
        return self.wait(upload_id, "process_running")


@dataclass
class ApiV1(Api):
    """One user (or nobody) at v1."""

    def post_upload(self, body: Any, **params: Any) -> dict[str, Any]:
        response = self.call("POST", "/uploads", params=params, data=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def wait_v1(self, upload_id: str) -> dict[str, Any]:
        for _ in range(2000):
            upload: dict[str, Any] = self.json(f"/uploads/{upload_id}")["data"]
            if not upload["process_running"]:
                return upload
            time.sleep(0.01)
        raise AssertionError(f"{upload_id} is still at work: {upload}")

    def process_v1(self, files: Mapping[str, bytes], **params: Any) -> dict[str, Any]:
        return self.wait_v1(self.post_upload(pack(files), **params)["upload_id"])

    def act(self, upload_id: str, action: str, **params: Any) -> dict[str, Any]:
        response = self.call("POST", f"/uploads/{upload_id}/action/{action}", params=params)
        assert response.status_code == 200, response.text
        data: dict[str, Any] = response.json()["data"]
        return data

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        response = self.call("POST", path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    def search(self, query: Any, *, owner: str = "visible", **options: Any) -> list[str]:
        found = self.post("/entries/query", {"owner": owner, "query": query, **options})
        return [entry["entry_id"] for entry in found["data"]]


@dataclass
class Users:
    """The toy accounts at both versions."""

    sandbox: Sandbox

    def login(self, username: str) -> dict[str, Any]:
        form = {
            "grant_type": "password",
            "client_id": "nomad_public",
            "username": username,
            "password": PASSWORD,
        }
        response = requests.post(token_url(self.sandbox), data=form, timeout=60)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    def api(self, username: str | None, version: str = "0.8.6") -> Api:
        url = {"0.7.9": self.sandbox.api_url, "0.8.6": self.sandbox.api_url_08}[version]
        if username is None:
            return Api(url)
        return Api(url, {"Authorization": "Bearer " + self.login(username)["access_token"]})

    def v1(self, username: str | None) -> ApiV1:
        headers = {"Accept": "application/json"}
        if username is not None:
            headers["Authorization"] = "Bearer " + self.login(username)["access_token"]
        return ApiV1(self.sandbox.api_url_v1, headers)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    local = tmp_path_factory.mktemp("local")
    with Sandbox(local_folder=local) as running:
        yield running


@pytest.fixture(scope="module")
def users(sandbox: Sandbox) -> Users:
    return Users(sandbox)


@pytest.fixture(scope="module")
def make_api() -> type[Api]:
    return Api


@pytest.fixture
def leonard(users: Users) -> Api:
    return users.api("leonard")


@pytest.fixture
def sheldon(users: Users) -> Api:
    return users.api("sheldon")


@pytest.fixture
def admin(users: Users) -> Api:
    return users.api("admin")


@pytest.fixture
def nobody(users: Users) -> Api:
    return users.api(None)


@pytest.fixture
def leonard_v1(users: Users) -> ApiV1:
    return users.v1("leonard")


@pytest.fixture
def sheldon_v1(users: Users) -> ApiV1:
    return users.v1("sheldon")


@pytest.fixture
def nobody_v1(users: Users) -> ApiV1:
    return users.v1(None)


@pytest.fixture(scope="session")
def silicon() -> dict[str, bytes]:
    """A real calculation with its input, in a folder of its own."""
    return {f"AcAg/si/{name}": (DATA / name).read_bytes() for name in ("si.out", "si.in")}


@pytest.fixture(scope="session")
def water() -> dict[str, bytes]:
    return {f"water/{name}": (DATA / name).read_bytes() for name in ("h2o.out", "h2o.nw")}


@pytest.fixture(scope="session")
def zip_of() -> Callable[[Mapping[str, bytes]], bytes]:
    return pack


@pytest.fixture(autouse=True)
def clean_staging(request: pytest.FixtureRequest) -> Iterator[None]:
    """Delete what a test leaves unpublished: a user may have ten such uploads only."""
    users: Users | None = request.getfixturevalue("users") if "sandbox" in request.fixturenames else None
    yield
    if users is not None:
        for name in ("leonard", "sheldon", "admin"):
            api = users.api(name)
            while left := api.json("/uploads/", per_page=100)["results"]:
                for upload in left:
                    api.call("DELETE", f"/uploads/{upload['upload_id']}")  # refused as long as it is at work
                time.sleep(0.01)
