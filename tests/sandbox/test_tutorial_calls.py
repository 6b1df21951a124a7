"""Every way in which the classic tutorials use the API, with plain bravado and curl: nothing of ours but the server."""

from __future__ import annotations

import io
import json
import subprocess
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlparse

import pytest
from bravado.client import SwaggerClient
from bravado.exception import HTTPNotFound
from bravado.requests_client import Authenticator, RequestsClient
from keycloak import KeycloakOpenID

from nomad_sandbox import Sandbox

# bravado-core still asks jsonschema in the old way
pytestmark = pytest.mark.filterwarnings("ignore:Accessing Validator.resolver:DeprecationWarning")

LEONARD = "leonard.hofstadter@nomad-fairdi.tests.de"


class KeycloakAuthenticator(Authenticator):
    """The tutorial's own idea of it."""

    def __init__(self, host: str, user: str, password: str, **keycloak: str) -> None:
        super().__init__(host=host)
        self.user, self.password, self.token, self.time = user, password, None, 0.0
        self.oidc = KeycloakOpenID(**keycloak)

    def apply(self, request: Any) -> Any:
        if self.token is None:
            self.token, self.time = self.oidc.token(username=self.user, password=self.password), time.time()
        elif self.token["expires_in"] < time.time() - self.time + 10:
            self.token, self.time = self.oidc.refresh_token(self.token["refresh_token"]), time.time()
        request.headers.setdefault("Authorization", f"Bearer {self.token['access_token']}")
        return request


@pytest.fixture(params=["0.7.9", "0.8.6"])
def version(request: pytest.FixtureRequest) -> str:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def client(sandbox: Sandbox, version: str) -> SwaggerClient:
    base = sandbox.api_url if version == "0.7.9" else sandbox.api_url_08
    http_client = RequestsClient()
    http_client.authenticator = KeycloakAuthenticator(
        host=urlparse(base).netloc,
        user=LEONARD,
        password="password",
        server_url=sandbox.keycloak_url,
        realm_name="fairdi_nomad_prod",
        client_id="nomad_public",
    )
    return SwaggerClient.from_url(f"{base}/swagger.json", http_client=http_client)


def _curl(*arguments: str) -> bytes:
    return subprocess.run(["curl", "-sSf", *arguments], check=True, capture_output=True).stdout


def test_the_whole_story_with_bravado(
    client: SwaggerClient, version: str, silicon: dict[str, bytes], zip_of: Any, tmp_path: Path, sandbox: Sandbox
) -> None:
    (tmp_path / "silicon.zip").write_bytes(zip_of({**silicon, f"only-{version}/note": b""}))
    with (tmp_path / "silicon.zip").open("rb") as file:
        upload = client.uploads.upload(file=file).response().result
    while upload.tasks_running:
        upload = client.uploads.get_upload(upload_id=upload.upload_id).response().result
    assert (upload.tasks_status, upload.processed_calcs, upload.failed_calcs) == ("SUCCESS", 1, 0)
    assert upload.name == "file"  # bravado sends the parameter's name for the file's
    client.uploads.exec_upload_operation(
        upload_id=upload.upload_id,
        payload={
            "operation": "publish",
            "metadata": {"comment": "tutorial", "references": ["http://a"], "coauthors": [], "embargo_length": 0},
        },
    ).response()
    try:
        while client.uploads.get_upload(upload_id=upload.upload_id).response().result.process_running:
            pass
    except HTTPNotFound:
        pass
    paths = {"paths": ["AcAg"]} if version == "0.7.9" else {"files": ["AcAg/si/si.out"]}
    found = client.repo.search(upload_id=[upload.upload_id], **paths).response().result
    assert found.pagination.total == 1
    entry = found.results[0]
    assert entry["comment"] == "tutorial"
    raw = client.raw.get(upload_id=entry["upload_id"], path=entry["mainfile"]).response()
    assert raw.incoming_response.raw_bytes == silicon["AcAg/si/si.out"]


def test_a_count_with_bravado(client: SwaggerClient, leonard: Any, silicon: dict[str, bytes]) -> None:
    leonard.publish(leonard.process(silicon)["upload_id"])
    result = client.repo.search(atoms=["Si"]).response().result
    assert result.pagination.total >= 1
    assert isinstance(result.results[0], dict)


def test_a_failed_upload_with_bravado(client: SwaggerClient) -> None:
    upload = client.uploads.upload(file=io.BytesIO(b"no zip")).response().result
    while upload.tasks_running:
        upload = client.uploads.get_upload(upload_id=upload.upload_id).response().result
    assert upload.tasks_status != "SUCCESS"
    assert upload.errors == ["bad .zip/.tar file"]
    client.uploads.delete_upload(upload_id=upload.upload_id).response()


def test_a_local_path_with_bravado(
    client: SwaggerClient, sandbox: Sandbox, silicon: dict[str, bytes], zip_of: Any
) -> None:
    (sandbox._local_folder / "there.zip").write_bytes(zip_of(silicon))  # type: ignore[operator]
    upload = client.uploads.upload(local_path="there.zip").response().result
    while upload.tasks_running:
        upload = client.uploads.get_upload(upload_id=upload.upload_id).response().result
    assert upload.processed_calcs == 1


def test_every_curl_line(sandbox: Sandbox, leonard: Any, users: Any, silicon: dict[str, bytes], tmp_path: Path) -> None:
    api = sandbox.api_url
    upload = leonard.process(silicon)
    upload_id, calc_id = upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]
    leonard.publish(upload_id)
    name = "A set: of data"
    leonard.call(
        "POST", "/repo/edit", json={"query": {"upload_id": [upload_id]}, "actions": {"datasets": [{"value": name}]}}
    )
    doi = leonard.call("POST", f"/datasets/{name}").json()["doi"]

    def names(path: str) -> set[str]:
        _curl("-o", str(tmp_path / "download.zip"), api + path)
        with zipfile.ZipFile(tmp_path / "download.zip") as archive:
            assert archive.testzip() is None
            return set(archive.namelist())

    found = json.loads(_curl("-X", "GET", f"{api}/repo/?atoms=Si"))
    assert found["pagination"]["total"] >= 1
    assert json.loads(_curl(f"{api}/repo/?atoms=Si&atoms=O"))["pagination"]["total"] == 0
    assert names(f"/raw/calc/{upload_id}/{calc_id}/*") == set(silicon)
    assert _curl(f"{api}/raw/calc/{upload_id}/{calc_id}/si.in") == silicon["AcAg/si/si.in"]
    assert _curl(f"{api}/raw/{upload_id}/AcAg/si/si.out") == silicon["AcAg/si/si.out"]
    whole = {f"{upload_id}/{file}" for file in silicon} | {"manifest.json"}
    assert whole <= names("/raw/query?only_atoms=Si&system=bulk&crystal_system=cubic")
    assert names(f"/raw/query?doi={doi}") == whole
    assert names(f"/raw/query?dataset={quote(name)}") == whole
    assert names(f"/raw/query?upload_id={upload_id}") == whole
    assert "section_run" in json.loads(_curl(f"{api}/archive/{upload_id}/{calc_id}"))
    assert json.loads(_curl(f"{api}/archive/query?only_atoms=Si"))["results"][0]["section_run"]


def test_a_token_by_curl_downloads_what_is_unpublished(
    sandbox: Sandbox, leonard: Any, silicon: dict[str, bytes], tmp_path: Path
) -> None:
    upload_id = leonard.process(silicon)["upload_id"]
    form = [f"username={LEONARD}", "password=password", "grant_type=password", "client_id=nomad_public"]
    url = sandbox.keycloak_url + "realms/fairdi_nomad_prod/protocol/openid-connect/token"
    token = json.loads(_curl(*(part for field in form for part in ("-d", field)), url))["access_token"]
    header = ("-H", f"Authorization: Bearer {token}")
    content = _curl(*header, f"{sandbox.api_url}/raw/query?upload_id={upload_id}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert f"{upload_id}/AcAg/si/si.out" in archive.namelist()
    zipped = tmp_path / "new.zip"
    zipped.write_bytes(content)
    put = ("-X", "PUT", "--data-binary", f"@{zipped}", "-H", "Content-Type: application/octet-stream")
    upload = json.loads(_curl(*header, *put, f"{sandbox.api_url}/uploads/?name=by-curl"))
    assert leonard.wait(upload["upload_id"])["processed_calcs"] == 1
    with pytest.raises(subprocess.CalledProcessError):
        _curl(*header, "-T", str(zipped), f"{sandbox.api_url}/uploads/")  # curl appends the file's name: 405
