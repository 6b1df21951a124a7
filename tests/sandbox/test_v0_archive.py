from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

EV = 1.602176634e-19


@pytest.fixture(scope="module")
def entries(users: Any, silicon: dict[str, bytes], water: dict[str, bytes]) -> dict[str, tuple[str, str]]:
    """(upload_id, calc_id) of an open, an embargoed and a second open entry."""
    api = users.api("leonard")
    found = {}
    for name, files, metadata in (
        ("silicon", silicon, {}),
        ("hidden", water, {"with_embargo": True}),
        ("water", water, {}),
    ):
        upload = api.process(files)
        api.publish(upload["upload_id"], **metadata)
        found[name] = (upload["upload_id"], upload["calcs"]["results"][0]["calc_id"])
    return found


def test_an_archive_holds_the_run_and_the_metadata(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    archive = nobody.json("/archive/{}/{}".format(*entries["silicon"]))
    assert archive["section_metadata"]["calc_id"] == entries["silicon"][1]
    [run] = archive["section_run"]
    energy = run["section_single_configuration_calculation"][0]["energy_total"]
    assert energy / EV == pytest.approx(-214.18379865)
    assert run["section_system"][0]["atom_labels"] == ["Si", "Si"]
    assert "processing_logs" not in archive


def test_archives_need_rights(entries: dict[str, tuple[str, str]], nobody: Any, leonard: Any) -> None:
    for path in ("/archive/{}/{}", "/archive/logs/{}/{}"):
        assert nobody.get(path.format(*entries["hidden"])).status_code == 401
        assert leonard.get(path.format(*entries["hidden"])).status_code == 200
        assert leonard.get(path.format(entries["water"][0], entries["silicon"][1])).status_code == 404
    signature = leonard.json("/auth/")["signature_token"]
    path = "/archive/{}/{}".format(*entries["hidden"])
    assert nobody.get(path, params={"signature_token": signature}).status_code == 200


def test_logs_are_a_list_of_events(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    logs = nobody.json("/archive/logs/{}/{}".format(*entries["silicon"]))
    assert all({"event", "level", "timestamp"} <= line.keys() for line in logs)


def test_a_download_has_archives_and_a_manifest(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    response = nobody.get("/archive/download", params={"atoms": "O", "owner": "all"})
    assert response.headers["Content-Disposition"] == "attachment; filename=nomad_archive.zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        calc_id = entries["water"][1]
        assert set(archive.namelist()) == {f"{calc_id}.json", "manifest.json"}
        assert json.loads(archive.read("manifest.json")).keys() == {calc_id}
        assert "section_run" in json.loads(archive.read(f"{calc_id}.json"))


def test_the_old_query_pages_whole_archives(entries: dict[str, tuple[str, str]], users: Any) -> None:
    found = users.api(None, "0.7.9").json("/archive/query", only_atoms=["H", "O"])
    assert found["pagination"] == {"total": 1, "page": 1, "per_page": 10}
    assert found["results"][0]["section_metadata"]["calc_id"] == entries["water"][1]
    assert {"python", "curl"} <= found.keys()
    part = users.api(None, "0.7.9").json("/archive/query", scroll="true", per_page=1)
    assert part["scroll"]["total"] == 2
    assert len(part["results"]) == 1


def test_the_new_query_cuts_archives_to_what_is_required(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    required = {"section_run": {"section_single_configuration_calculation[-1]": {"energy_total": "*"}}}
    body = {"query": {"only_atoms": ["Si"]}, "required": required}
    found = nobody.call("POST", "/archive/query", json=body).json()
    assert found["pagination"] == {"total": 1, "page": 1, "per_page": 10}
    [result] = found["results"]
    assert result.keys() == {"calc_id", "parser_name", "archive"}
    [single] = result["archive"]["section_run"][0]["section_single_configuration_calculation"]
    assert single.keys() == {"energy_total"}
    assert nobody.get("/archive/query").status_code == 405


def test_an_aggregation_goes_through_everything(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    seen, after = [], None
    while True:
        aggregation = {"per_page": 1, **({"after": after} if after else {})}
        found = nobody.call("POST", "/archive/query", json={"query": {}, "aggregation": aggregation}).json()
        assert "pagination" not in found
        assert (found["aggregation"]["total"], found["aggregation"]["per_page"]) == (2, 1)
        after = found["aggregation"]["after"]
        if not found["results"]:
            break
        seen += [result["calc_id"] for result in found["results"]]
        assert after.endswith(":" + seen[-1])
    assert after is None
    assert sorted(seen) == sorted([entries["silicon"][1], entries["water"][1]])


def test_an_empty_aggregation_counts_as_none(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    found = nobody.call("POST", "/archive/query", json={"aggregation": {}}).json()
    assert found["pagination"]["total"] == 2
    assert "aggregation" not in found


def test_entries_without_an_archive_are_skipped_or_refused(
    entries: dict[str, tuple[str, str]], sandbox: Any, nobody: Any
) -> None:
    body = {"query": {"upload_id": [sandbox.add_entries(1)]}}
    found = nobody.call("POST", "/archive/query", json=body).json()
    assert (found["pagination"]["total"], found["results"]) == (1, [])
    assert nobody.call("POST", "/archive/query", json={**body, "raise_errors": True}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"), [(None, ""), ({"query": {"atoms": "Si"}}, "query.atoms"), ({"query": []}, "query")]
)
def test_bodies_that_do_not_fit_are_refused(body: Any, field: str, nobody: Any) -> None:
    response = nobody.call("POST", "/archive/query", json=body)
    assert response.status_code == 400
    assert field in response.json()["errors"]


def test_unknown_keys_match_everything(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    found = nobody.call("POST", "/archive/query", json={"query": {"foo": "bar", "atoms": ["O"]}}).json()
    assert found["pagination"]["total"] == 1


def test_a_requirement_that_makes_no_sense_is_refused(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    for required in ({"section_run": {"a[": "*"}}, {"section_run": "all"}):
        assert nobody.call("POST", "/archive/query", json={"required": required}).status_code == 400
