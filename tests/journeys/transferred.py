"""What the journeys of downloads share: an embedded NOMAD, an upload with files of all sizes, ways to it.

``NOMAD_SWAGGER_SOAK=1`` (``make soak``) makes everything as big and as often as a user's worst day.
"""

from __future__ import annotations

import hashlib
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.journeys.conftest import LEONARD

SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))
BIG_BYTES = 200 << 20 if SOAK else 12 << 20
FILES = 16


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def content() -> dict[str, bytes]:
    data = Path(__file__).parents[1] / "sandbox" / "data"
    files = {"calc/si.out": (data / "si.out").read_bytes(), "calc/big.dat": random.Random(7).randbytes(BIG_BYTES)}
    return {**files, **{f"runs/{number}/CHGCAR": random.Random(number).randbytes(300_000) for number in range(FILES)}}


@pytest.fixture(scope="module")
def packed(content: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def upload_id(box: Sandbox, packed: Path) -> str:
    """Gives a published upload with all of the content."""
    client = connect(box, "v1")
    return str(ns.publish(client, ns.upload(client, packed)).upload_id)


def profile(box: Sandbox, version: str, url: str = "") -> Profile:
    api_url = {"v0": box.api_url_08, "v1": box.api_url_v1}[version].replace(box.url, url or box.url)
    return Profile(name="sandbox", url=api_url, keycloak=Keycloak(box.keycloak_url))


def connect(box: Sandbox, version: str, url: str = "") -> Any:
    return ns.connect(profile=profile(box, version, url), user="leonard", password="password")


def environment(box: Sandbox, version: str, url: str = "") -> dict[str, str]:
    where = profile(box, version, url)
    assert where.keycloak is not None
    login = {"NOMAD_CLIENT_USER": LEONARD, "NOMAD_CLIENT_PASSWORD": "password"}
    keycloak = {"NOMAD_KEYCLOAK_SERVER_URL": where.keycloak.server_url}
    return {**os.environ, "NOMAD_CLIENT_URL": where.url, **login, **keycloak}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


def holds(folder: Path) -> set[str]:
    """Give all files below a folder, hidden ones and parts too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
