"""Downloads from a NOMAD behind nginx, through a line that cuts: with ranges, and with a proxy that takes them away.

nginx buffers, speaks HTTP/1.0 to NOMAD and packs what it may: what institutes put before their NOMAD. ``make
test-nginx`` runs this, and installs nginx where it is missing; ``NOMAD_SWAGGER_SOAK=1`` makes it ten times as big.
"""

from __future__ import annotations

import io
import random
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import Keycloak, Profile
from tests.journeys.transferred import SOAK, holds, sha256
from tests.transfers.conftest import Cutter

pytestmark = pytest.mark.nginx

BIG_BYTES = 200 << 20 if SOAK else 20 << 20
CUT_BYTES = BIG_BYTES // 40
_CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    gzip on; gzip_types *; gzip_proxied any;
    client_max_body_size 0;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{upstream}; {more} }}
    }}
}}
"""
_NO_RANGES = 'proxy_set_header Range ""; proxy_set_header If-Range ""; proxy_hide_header Accept-Ranges; max_ranges 0;'


@contextmanager
def nginx(folder: Path, upstream: int, more: str) -> Iterator[int]:
    """Run nginx before a server; gives its port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    assert program is not None, "nginx is missing; `make test-nginx` installs it"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, upstream=upstream, more=more))
    with subprocess.Popen([program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]) as process:
        try:
            while True:
                assert process.poll() is None, (folder / "error.log").read_text()
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.01)
            yield port
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module", params=[True, False], ids=["with ranges", "without ranges"])
def ranges(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def proxy(ranges: bool, box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nginx(tmp_path_factory.mktemp("nginx"), box.port, "" if ranges else _NO_RANGES) as port:
        yield port


@pytest.fixture
def through(box: Sandbox, proxy: int) -> Iterator[Callable[..., tuple[Any, Cutter]]]:
    """Gives a client whose line to nginx cuts, and the line."""
    with ExitStack() as lines:

        def make(version: str, *, cut_bytes: int = CUT_BYTES) -> tuple[Any, Cutter]:
            line = Cutter(proxy, cut_bytes)
            lines.callback(line.close)
            url = {"v0": box.api_url_08, "v1": box.api_url_v1}[version].replace(box.url, line.url)
            client = ns.connect(
                profile=Profile(name="nginx", url=url, keycloak=Keycloak(box.keycloak_url)),
                user="leonard",
                password="password",
            )
            return client, line

        yield make


def put(client: Any, big: bytes, *, publish: bool) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(Path(__file__).parents[1] / "sandbox" / "data" / "si.out", "calc/si.out")
        archive.writestr("calc/big.dat", big)
    buffer.seek(0)
    upload = ns.wait(client, ns.upload(client, buffer, name="big"))
    return str((ns.publish(client, upload) if publish else upload).upload_id)


@pytest.fixture(scope="module")
def big() -> bytes:
    return random.Random(1).randbytes(BIG_BYTES)


@pytest.fixture(scope="module")
def upload_id(box: Sandbox, big: bytes) -> str:
    where = Profile(name="direct", url=box.api_url_v1, keycloak=Keycloak(box.keycloak_url))
    return put(ns.connect(profile=where, user="leonard", password="password"), big, publish=True)


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_a_file_arrives_with_hardly_a_byte_twice(
    through: Callable[..., tuple[Any, Cutter]], upload_id: str, big: bytes, version: str, tmp_path: Path
) -> None:
    client, line = through(version)
    line.passed_bytes = 0
    path = ns.download(client, f"{upload_id}/calc/big.dat", to=tmp_path)
    assert sha256(path.read_bytes()) == sha256(big)
    print(f"{version} file: {line.passed_bytes / BIG_BYTES:.3f} of its bytes, {line.connections} connections")
    assert line.passed_bytes < 1.1 * BIG_BYTES
    assert holds(tmp_path) == {"big.dat"}


def test_a_stored_zip_arrives_with_hardly_a_byte_twice(
    through: Callable[..., tuple[Any, Cutter]], upload_id: str, big: bytes, tmp_path: Path
) -> None:
    client, line = through("v1")
    line.passed_bytes = 0
    path = ns.download(client, ns.Upload(upload_id), to=tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert sha256(archive.read("calc/big.dat")) == sha256(big)
    print(f"zip: {line.passed_bytes / BIG_BYTES:.3f} of its bytes, {line.connections} connections")
    assert line.passed_bytes < 1.1 * BIG_BYTES
    assert holds(tmp_path) == {path.name}


class _Enough(Exception):
    """The user has enough for today."""


def change(box: Sandbox, upload_id: str, big: bytes) -> None:
    """Put another content under the name, as an admin may do in a published upload, too."""
    login = {"grant_type": "password", "client_id": "nomad_public", "username": "admin", "password": "password"}
    realm = f"{box.keycloak_url}realms/fairdi_nomad_prod"
    token = requests.post(f"{realm}/protocol/openid-connect/token", data=login, timeout=60).json()["access_token"]
    requests.put(
        f"{box.api_url_v1}/uploads/{upload_id}/raw/calc",
        params={"file_name": "big.dat", "wait_for_processing": "true"},
        data=big,
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        timeout=60,
    ).raise_for_status()


def stop_at(size: int) -> Callable[[int, int | None], None]:
    def look(done: int, _: int | None) -> None:
        if done >= size:
            raise _Enough

    return look


@pytest.mark.parametrize("what", ["file", "zip"])
def test_what_changed_in_between_with_the_same_size_begins_anew_and_says_so(
    box: Sandbox,
    ranges: bool,
    through: Callable[..., tuple[Any, Cutter]],
    what: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    size = BIG_BYTES // 8
    old, new = (random.Random(seed).randbytes(size) for seed in (2, 3))
    client, _ = through("v1", cut_bytes=0)
    upload_id = put(client, old, publish=what == "zip")
    target = f"{upload_id}/calc/big.dat" if what == "file" else ns.Upload(upload_id)
    with pytest.raises(_Enough):
        ns.download(client, target, to=tmp_path, progress=stop_at(size // 2))
    kept = bool(holds(tmp_path))
    assert kept or (what, ranges) == ("zip", False), "what cannot be asked for from its middle is of no use"
    change(box, upload_id, new)
    path = ns.download(client, target, to=tmp_path)
    found = path.read_bytes() if what == "file" else zipfile.ZipFile(path).read("calc/big.dat")
    assert found == new
    assert ("beginning anew" in caplog.text) == kept
    assert holds(tmp_path) == {path.name}
