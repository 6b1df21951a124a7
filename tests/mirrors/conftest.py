"""A sandbox with synthetic uploads for mirrors, and a client for it that has a login."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.settings import Keycloak, Profile

FILE_BYTES = 40_000
Connect = Callable[..., Any]


class Shop:
    """A sandbox, with a count of what it was asked."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.uploads = [box.add_entries(4, file_bytes=FILE_BYTES) for _ in range(2)]
        self.known: dict[str, Any] = {}

    def client(self, version: str = "v1", *, url: str = "", per_s: float = 0.0, **login: Any) -> Any:
        key = f"{version} {url} {per_s} {login}"
        if key not in self.known:
            api_url = {"v0": self.box.api_url_08, "v1": self.box.api_url_v1}[version]
            place = Profile(
                name="shop",
                url=api_url.replace(self.box.url, url or self.box.url),
                keycloak=Keycloak(self.box.keycloak_url),
                requests_per_s=per_s,
            )
            self.known[key] = ns.connect(profile=place, **(login or {"user": "leonard", "password": "password"}))
        return self.known[key]

    def asked(self) -> Counter[str]:
        """Give how often each kind of thing was asked for since the last time."""
        kinds = Counter(_kind(path) for _, path, _ in self.box.requests)
        self.box.requests.clear()
        return kinds


def _kind(path: str) -> str:
    for piece, kind in (("/raw", "raw"), ("archive", "archive"), ("/repo", "search"), ("entries/query", "search")):
        if piece in path:
            return kind
    return "other"


@pytest.fixture(scope="session")
def mirror_shop() -> Iterator[Shop]:
    with Sandbox() as box:
        yield Shop(box)


@pytest.fixture(scope="session")
def mirror_spec_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spec-cache")


@pytest.fixture
def shop(
    mirror_shop: Shop, mirror_spec_cache: Path, silent_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setenv(settings.ENV_CACHE, str(mirror_spec_cache))
    mirror_shop.asked()
    yield mirror_shop
    mirror_shop.box.faults.clear()


@pytest.fixture(params=["v0", "v1"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)
