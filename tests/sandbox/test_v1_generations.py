"""One store, two generations: what is done through one is seen through the other. And bravado on the document."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests
from bravado.client import SwaggerClient
from bravado.requests_client import RequestsClient

from nomad_swagger.apispec.openapi3 import convert

EV_J = 1.602176634e-19


@pytest.fixture
def shared(leonard: Any, silicon: Any) -> tuple[str, str]:
    """An upload through v0: its id and its entry's."""
    upload_id = leonard.process(silicon)["upload_id"]
    calc = leonard.json(f"/uploads/{upload_id}")["calcs"]["results"][0]
    return upload_id, calc["calc_id"]


def test_an_upload_through_v0_is_seen_through_v1(leonard: Any, leonard_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, calc_id = shared
    upload = leonard_v1.json(f"/uploads/{upload_id}")["data"]
    assert (upload["process_status"], upload["entries"]) == ("SUCCESS", 1)
    old = leonard.json(f"/repo/{upload_id}/{calc_id}")
    new = leonard_v1.json(f"/entries/{calc_id}")["data"]
    assert new["results"]["material"]["chemical_formula_hill"] == old["formula"]
    assert new["results"]["material"]["elements"] == old["atoms"]
    assert new["results"]["method"]["simulation"]["program_name"] == old["dft"]["code_name"]
    assert new["mainfile"] == old["mainfile"]
    assert new["files"] == old["files"]


def test_both_archives_tell_the_same_in_si_units(leonard: Any, leonard_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, calc_id = shared
    old = leonard.json(f"/archive/{upload_id}/{calc_id}")["section_run"][0]
    new = leonard_v1.json(f"/entries/{calc_id}/archive")["data"]["archive"]
    run = new["run"][0]
    energy_J = run["calculation"][-1]["energy"]["total"]["value"]
    assert energy_J == old["section_single_configuration_calculation"][-1]["energy_total"]
    assert -250 < energy_J / EV_J < -200
    forces = run["calculation"][-1]["forces"]["total"]["value"]
    assert forces == old["section_single_configuration_calculation"][-1]["atom_forces"]
    assert run["system"][0]["atoms"]["labels"] == old["section_system"][0]["atom_labels"]
    assert run["system"][0]["atoms"]["positions"] == old["section_system"][0]["atom_positions"]
    assert run["program"]["name"] == old["program_name"]
    assert new["results"] == leonard_v1.json(f"/entries/{calc_id}")["data"]["results"]
    assert new["metadata"]["entry_id"] == calc_id


def test_what_is_published_through_v1_is_published_on_v0(
    leonard: Any, leonard_v1: Any, nobody: Any, shared: tuple[str, str]
) -> None:
    upload_id, calc_id = shared
    leonard_v1.post(f"/uploads/{upload_id}/edit", {"metadata": {"comment": "from v1"}})
    leonard_v1.act(upload_id, "publish")
    assert nobody.json(f"/repo/{upload_id}/{calc_id}")["comment"] == "from v1"


def test_what_v0_says_at_publish_is_told_on_v1(leonard: Any, leonard_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, calc_id = shared
    leonard.publish(upload_id, comment="from v0", references=["https://x"], with_embargo=True, embargo_length=7)
    entry = leonard_v1.json(f"/entries/{calc_id}")["data"]
    assert (entry["comment"], entry["references"]) == ("from v0", ["https://x"])
    upload = leonard_v1.json(f"/uploads/{upload_id}")["data"]
    assert (upload["published"], upload["with_embargo"], upload["embargo_length"]) == (True, True, 7)


def test_deleted_through_v1_is_gone_on_v0(leonard: Any, leonard_v1: Any, shared: tuple[str, str]) -> None:
    leonard_v1.call("DELETE", f"/uploads/{shared[0]}")
    assert leonard.get(f"/uploads/{shared[0]}").status_code == 404


def test_raw_files_are_the_same_bytes(leonard_v1: Any, shared: tuple[str, str], silicon: Any) -> None:
    upload_id, entry_id = shared
    content = silicon["AcAg/si/si.in"]
    for path in (
        f"/entries/{entry_id}/raw/si.in",
        f"/uploads/{upload_id}/raw/AcAg/si/si.in",
        f"/uploads/{upload_id}/raw/AcAg%2Fsi%2Fsi.in",
    ):
        assert leonard_v1.get(path).content == content
    part = leonard_v1.get(f"/entries/{entry_id}/raw/si.in", params={"offset": 3, "length": 5})
    assert part.content == content[3:8]
    assert leonard_v1.get(f"/entries/{entry_id}/raw/none.in").status_code == 404
    assert leonard_v1.get(f"/uploads/{upload_id}/raw/none").status_code == 404


def test_a_zip_by_query_has_a_manifest(leonard_v1: Any, shared: tuple[str, str], silicon: Any) -> None:
    upload_id, entry_id = shared
    body = {"owner": "user", "query": {"upload_id": upload_id}, "files": {"glob_pattern": "*.in", "compress": True}}
    response = leonard_v1.call("POST", "/entries/raw/query", json=body)
    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == [f"{upload_id}/AcAg/si/si.in", "manifest.json"]
        assert archive.read(f"{upload_id}/AcAg/si/si.in") == silicon["AcAg/si/si.in"]
        assert entry_id in archive.read("manifest.json").decode()
    whole = leonard_v1.get(f"/entries/{entry_id}/raw")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.namelist() == [f"{upload_id}/{name}" for name in silicon] + ["manifest.json"]
    listed = leonard_v1.json(f"/entries/{entry_id}/rawdir")["data"]["files"]
    assert {row["path"]: row["size"] for row in listed} == {name: len(content) for name, content in silicon.items()}
    (row,) = leonard_v1.post("/entries/rawdir/query", {"owner": "user", "query": {"upload_id": upload_id}})["data"]
    assert row["files"] == listed


def test_an_archive_is_also_found_by_its_upload(leonard_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, entry_id = shared
    by_upload = leonard_v1.json(f"/uploads/{upload_id}/archive/{entry_id}")
    by_mainfile = leonard_v1.json(f"/uploads/{upload_id}/archive/mainfile/AcAg/si/si.out")
    assert by_upload["data"] == by_mainfile["data"]


def test_queries_by_address_give_what_queries_by_body_give(leonard_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, entry_id = shared
    body = {"owner": "user", "query": {"upload_id": upload_id}}
    params = {"owner": "user", "upload_id": upload_id}
    for path in ("/entries/archive", "/entries/rawdir"):
        assert leonard_v1.json(path, **params)["data"] == leonard_v1.post(f"{path}/query", body)["data"]
    for path, name in (("/entries/raw", f"{upload_id}/AcAg/si/si.in"), ("/entries/archive/download", entry_id)):
        names = []
        by_address = leonard_v1.get(path, params=params)
        by_body = leonard_v1.call("POST", f"{path}/query", json=body)
        for response in (by_address, by_body):
            with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
                names.append(archive.namelist())
        assert names[0] == names[1]
        assert any(name in row for row in names[0])
    alone = leonard_v1.json(f"/entries/{entry_id}/archive/download")
    assert alone == leonard_v1.json(f"/entries/{entry_id}/archive")["data"]["archive"]


def test_an_entry_whose_mainfile_cannot_be_read_has_an_archive_without_a_run(leonard_v1: Any, silicon: Any) -> None:
    broken = {"bad/si.out": silicon["AcAg/si/si.out"][:600]}
    upload = leonard_v1.process_v1(broken)
    answer = leonard_v1.json(f"/uploads/{upload['upload_id']}/entries")
    (entry,) = answer["data"]
    assert (entry["process_status"], answer["processing_failed"]) == ("FAILURE", 1)
    archive = leonard_v1.json(f"/entries/{entry['entry_id']}/archive")["data"]["archive"]
    assert archive.keys() == {"metadata", "processing_logs", "m_ref_archives"}
    assert archive["metadata"]["processed"] is False
    many = leonard_v1.post("/entries/archive/query", {"owner": "user", "query": {"upload_id": upload["upload_id"]}})
    assert [row["archive"] for row in many["data"]] == [archive]


def test_bravado_on_the_converted_document_uploads_publishes_and_finds(
    sandbox: Any, users: Any, silicon: Any, zip_of: Callable[..., bytes]
) -> None:
    document = requests.get(sandbox.api_url_v1 + "/openapi.json", timeout=60).json()
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/prod/v1/api/v1"}]
    http = RequestsClient()
    http.session.headers["Authorization"] = "Bearer " + users.login("leonard")["access_token"]
    http.session.headers["Accept"] = "application/json"
    client = SwaggerClient.from_spec(
        convert(document).document,
        origin_url=sandbox.api_url_v1 + "/openapi.json",
        http_client=http,
        config={"use_models": False, "validate_swagger_spec": False, "validate_responses": True},
    )
    made = client.uploads.post_upload(file=("si.zip", zip_of(silicon))).response().result
    for _ in range(1000):
        data = client.uploads.get_upload(upload_id=made["upload_id"]).response().result["data"]
        if not data["process_running"]:
            break
        time.sleep(0.01)
    client.uploads.post_upload_action_publish(upload_id=made["upload_id"]).response()
    body = {"owner": "public", "query": {"upload_id": made["upload_id"]}}
    found = client.entries.post_entries_metadata_query(body=body).response().result
    (entry,) = found["data"]
    assert entry["results"]["material"]["elements"] == ["Si"]
    archive = client.entries.get_entry_archive(entry_id=entry["entry_id"]).response().result
    assert archive["data"]["archive"]["run"][0]["calculation"][0]["energy"]["total"]["value"] < 0
