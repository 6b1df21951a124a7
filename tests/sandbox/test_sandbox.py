from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from nomad_sandbox import Sandbox
from nomad_swagger.apispec.snapshots import find_snapshot

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def clean_staging() -> None:
    """Each test here has its own sandbox, or leaves nothing."""


@pytest.mark.parametrize(("version", "base_path"), [("0.7.9", "/prod/rae/api"), ("0.8.6", "/prod/rae-0.8/api")])
def test_the_pinned_document_is_served_raw_where_it_lies(
    version: str, base_path: str, users: Any, sandbox: Sandbox
) -> None:
    api = users.api(None, version)
    assert api.url == sandbox.url + base_path
    response = api.get("/swagger.json")
    expected = find_snapshot(f"nomad-{version}").read()
    assert response.json() == {**expected, "basePath": base_path}
    assert "$ref" in response.text
    for condition in (
        {"If-None-Match": response.headers["ETag"]},
        {"If-Modified-Since": response.headers["Last-Modified"]},
    ):
        assert api.get("/swagger.json", headers=condition).status_code == 304
    assert api.get("/swagger.json", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6"])
def test_every_operation_is_answered_or_named_as_left_out(version: str, users: Any) -> None:
    left_out = set()
    api = users.api("admin", version)
    document = api.json("/swagger.json")
    for path, item in document["paths"].items():
        for method in set(item) - {"parameters"}:
            known = {"query": "atoms", "quantity": "atoms", "path": "x"}
            filled = path
            for name in ("upload_id", "calc_id", "path", "quantity", "pid", "name", "doi", "metainfo_package_name"):
                filled = filled.replace(f"{{{name}}}", known.get(name, "1"))
            for name in ("material_id", "group_type", "group_id"):
                filled = filled.replace(f"{{{name}}}", "1")
            response = api.call(method.upper(), filled, json={} if method != "get" else None)
            if response.status_code == 501:
                left_out.add(f"{item[method]['tags'][0]}.{item[method]['operationId']}")
                assert item[method]["operationId"] in response.json()["message"]
            else:
                # a body without files breaks NOMAD, and so it does here
                breaks = {500} if item[method]["operationId"] == "get_files" else set()
                assert response.status_code in {200, 400, 401, 404, *breaks}
    tags = {name.partition(".")[0] for name in left_out}
    assert tags == ({"mirror"} if version == "0.7.9" else {"mirror", "metainfo", "encyclopedia"})


def test_what_the_sandbox_does_not_have_is_refused_as_nomad_refuses_it_first(nobody: Any, leonard: Any) -> None:
    for api in (nobody, leonard):
        assert api.call("POST", "/mirror/", json={"query": {}}).status_code == 401
        assert api.call("POST", "/mirror/").status_code == 400
        assert api.get("/metainfo/nosuch").status_code == 404
        assert api.get("/metainfo/general").status_code == 501
        assert api.get("/encyclopedia/materials/nosuch").status_code == 404


def test_unknown_routes_and_methods_have_the_form_of_errors(nobody: Any) -> None:
    missing = nobody.get("/foo")
    assert (missing.status_code, missing.json().keys()) == (404, {"code", "name", "description"})
    assert " " not in missing.text.split('"description"')[0]
    assert nobody.call("DELETE", "/repo/").status_code == 405
    assert nobody.call("DELETE", "/repo/").json()["name"] == "Method Not Allowed"


def test_a_browser_from_elsewhere_may_read(nobody: Any) -> None:
    assert nobody.get("/repo/").headers["Access-Control-Allow-Origin"] == "*"
    assert nobody.call("OPTIONS", "/repo/").status_code == 200


def test_it_says_that_it_is_alive(sandbox: Sandbox) -> None:
    assert requests.get(sandbox.url + "/prod/rae/alive", timeout=60).text == "I am, alive!"


def test_answers_are_counted(sandbox: Sandbox, nobody: Any) -> None:
    sandbox.requests.clear()
    nobody.get("/repo/")
    nobody.get("/foo")
    base = "/prod/rae-0.8/api"
    assert list(sandbox.requests) == [("GET", f"{base}/repo/", 200), ("GET", f"{base}/foo", 404)]


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6"])
def test_info_tells_what_the_sandbox_reads(version: str, users: Any) -> None:
    info = users.api(None, version).json("/info/")
    assert "parsers/vasp" in info["parsers"]
    if version == "0.7.9":
        assert "Quantum Espresso" in info["codes"]
        assert {row["name"] for row in info["domain"]["quantities"]} >= {"atoms", "code_name", "doi"}
    else:
        assert {"code_name": "VASP", "code_homepage": None} in info["codes"]
        assert info["search_quantities"]["atoms"]["many"] is True
        assert info["statistics"].keys() == {"n_entries", "n_uploads", "n_quantities", "n_calculations"}


def test_data_survive_a_restart(tmp_path: Path, make_api: Any, silicon: dict[str, bytes]) -> None:
    with Sandbox(data=tmp_path) as first:
        api = _logged_in(first, make_api)
        upload_id = api.process(silicon)["upload_id"]
        api.publish(upload_id, comment="kept")
        staged = api.process(silicon)["upload_id"]
    with Sandbox(data=tmp_path, port=first.port) as second:
        assert second.url == first.url
        assert api.json(f"/uploads/{staged}")["processed_calcs"] == 1  # the old token is good, too
        [entry] = make_api(second.api_url_08).json("/repo/")["results"]
        assert entry["comment"] == "kept"
        raw = make_api(second.api_url_08).get(f"/raw/{upload_id}/{entry['mainfile']}")
        assert raw.content == silicon["AcAg/si/si.out"]


def test_a_temporary_folder_is_removed(silicon: dict[str, bytes]) -> None:
    with Sandbox() as sandbox:
        folder = sandbox.store.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_interrupted_work_is_taken_up(tmp_path: Path, make_api: Any, silicon: dict[str, bytes]) -> None:
    with Sandbox(data=tmp_path) as first:
        upload_id = _logged_in(first, make_api).upload({f"{i}/si.out": silicon["AcAg/si/si.out"] for i in range(5)})
    (tmp_path / "incoming" / "form-left-over").write_bytes(b"x")
    with Sandbox(data=tmp_path) as second:
        upload = _logged_in(second, make_api).wait(upload_id)
        assert (upload["tasks_status"], upload["processed_calcs"], upload["failed_calcs"]) == ("SUCCESS", 5, 0)
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_taken_port_is_an_os_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=sandbox.port).start()


@pytest.mark.parametrize("length", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked"])
def test_an_upload_that_breaks_off_leaves_nothing(length: bytes, sandbox: Sandbox, leonard: Any) -> None:
    incoming = sandbox.store.folder / "incoming"
    before = (leonard.json("/uploads/")["pagination"]["total"], set(incoming.iterdir()))
    head = b"PUT /prod/rae-0.8/api/uploads/ HTTP/1.1\r\nHost: x\r\nAuthorization: "
    authorization = leonard.headers["Authorization"].encode()
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(head + authorization + b"\r\n" + length + b"\r\n\r\n5\r\nhello\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert (leonard.json("/uploads/")["pagination"]["total"], set(incoming.iterdir())) == before


def _logged_in(sandbox: Sandbox, make_api: Any) -> Any:
    form = {"grant_type": "password", "client_id": "nomad_public", "username": "leonard", "password": "password"}
    url = sandbox.keycloak_url + "realms/fairdi_nomad_prod/protocol/openid-connect/token"
    token = requests.post(url, data=form, timeout=60).json()["access_token"]
    return make_api(sandbox.api_url_08, {"Authorization": f"Bearer {token}"})


SERVE = """
import sys
from pathlib import Path
from nomad_sandbox import Sandbox
sandbox = Sandbox(data=Path(sys.argv[1]), port=int(sys.argv[2]))
sandbox.prepare()
sys.stdout.write(f"{sandbox.url}\\n")
sys.stdout.flush()
sandbox.serve_forever()
"""


class TestInItsOwnProcess:
    """What needs a server that can be measured and killed."""

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(tmp_path), "0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()
        process.wait()
        process.stdout.close()

    @pytest.fixture
    def api(self, server: tuple[subprocess.Popen[str], str], make_api: Any) -> Any:
        url = server[1]
        tokens = requests.get(f"{url}/prod/rae/api/auth/", auth=("leonard", "password"), timeout=60).json()
        return make_api(f"{url}/prod/rae/api", {"Authorization": "Bearer " + tokens["access_token"]})

    def test_a_killed_server_leaves_a_download_that_only_looks_whole(self, server: Any, api: Any) -> None:
        upload_id = api.call("PUT", "/uploads/", data=_zip_bytes({"big.bin": os.urandom(32 << 20)})).json()["upload_id"]
        api.wait(upload_id)
        response = api.get(f"/raw/{upload_id}/big.bin", stream=True)
        received = len(response.raw.read(1 << 20))
        server[0].send_signal(signal.SIGKILL)
        received += sum(len(chunk) for chunk in response.iter_content(1 << 20))  # raises nothing
        assert 0 < received < 32 << 20

    def test_an_interrupt_ends_it_in_order(self, server: Any, tmp_path: Path) -> None:
        children = psutil.Process(server[0].pid).children()
        server[0].send_signal(signal.SIGINT)
        server[0].wait(timeout=10)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []

    @pytest.mark.parametrize("form", [False, True])
    def test_big_uploads_and_downloads_stay_flat_in_memory(
        self, form: bool, server: Any, api: Any, tmp_path: Path
    ) -> None:
        big = tmp_path / "big.zip"
        big.write_bytes(_zip_bytes({"big.bin": os.urandom(200 << 20)}))
        process = psutil.Process(server[0].pid)
        before = process.memory_info().rss
        url = f"{api.url}/uploads/"
        how = ["-X", "PUT", "-F", f"file=@{big}"] if form else ["-X", "PUT", "--data-binary", f"@{big}"]
        header = "Authorization: " + api.headers["Authorization"]
        kind = [] if form else ["-H", "Content-Type: application/octet-stream"]
        sent = subprocess.run(["curl", "-sS", "-H", header, *kind, *how, url], check=True, capture_output=True)
        upload_id = json.loads(sent.stdout)["upload_id"]
        peak = process.memory_info().rss
        api.wait(upload_id)
        size = 0
        with api.get(f"/raw/{upload_id}/*", stream=True) as response:
            for chunk in response.iter_content(1 << 20):
                size += len(chunk)
        peak = max(peak, process.memory_info().rss)
        assert size > 200 << 20
        assert peak - before < 48 << 20


def _zip_bytes(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
