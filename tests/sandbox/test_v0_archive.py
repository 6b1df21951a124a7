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
    response = nobody.get("/archive/download", params={"atoms": "O"})
    assert response.headers["Content-Disposition"] == "attachment; filename=nomad_archive.zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        upload_id, calc_id = entries["water"]
        assert set(archive.namelist()) == {f"{calc_id}.json", "manifest.json"}
        manifest = json.loads(archive.read("manifest.json"))
        assert (manifest[calc_id]["upload_id"], manifest[calc_id]["calc_id"]) == (upload_id, calc_id)
        assert json.loads(archive.read(f"{calc_id}.json")).keys() == {
            "section_run",
            "section_metadata",
            "processing_logs",
        }


def test_the_old_query_pages_whole_archives(entries: dict[str, tuple[str, str]], users: Any) -> None:
    api = users.api(None, "0.7.9")
    found = api.json("/archive/query", only_atoms=["H", "O"])
    assert found["pagination"] == {"total": 1, "page": 1, "per_page": 10}
    assert found["results"][0]["section_entry_info"][0]["calc_id"] == entries["water"][1]
    assert {"python", "curl"} <= found.keys()
    part = api.json("/archive/query", scroll="true", per_page=1)
    assert part["scroll"].keys() == {"total", "size", "scroll_id"}
    assert part["scroll"]["total"] == 2
    assert len(part["results"]) == 1
    for params in ({"per_page": 0}, {"page": 0}, {"order": 2}):
        assert api.get("/archive/query", params=params).status_code == 400


def test_an_old_archive_names_and_numbers_its_sections(
    entries: dict[str, tuple[str, str]], users: Any, silicon: dict[str, bytes]
) -> None:
    upload_id, calc_id = entries["silicon"]
    archive = users.api(None, "0.7.9").json(f"/archive/{upload_id}/{calc_id}")
    assert archive.keys() == {"section_run", "section_entry_info"}
    [run], [info] = archive["section_run"], archive["section_entry_info"]
    assert (run["_name"], run["_gIndex"], run["section_system"][0]["_name"]) == ("section_run", 0, "section_system")
    [single] = run["section_single_configuration_calculation"]
    assert single["single_configuration_calculation_to_system_ref"] == 0
    assert (info["upload_id"], info["calc_id"], info["mainfile"]) == (upload_id, calc_id, "AcAg/si/si.out")
    assert (info["number_of_files"], sorted(info["filepaths"])) == (2, sorted(silicon))
    assert info["entry_uploader_name"] == "Leonard, Hofstadter"
    assert isinstance(info["entry_upload_time"], int)
    assert info["section_archive_processing_info"][0]["archive_processor_status"] == "Success"


def test_one_hidden_archive_fails_the_whole_page_of_the_old_query(
    entries: dict[str, tuple[str, str]], users: Any
) -> None:
    refused = users.api(None, "0.7.9").get("/archive/query", params={"owner": "all", "atoms": "O"})
    assert refused.status_code == 401
    assert refused.json()["message"] == "Not authorized to access {}/{}.".format(*entries["hidden"])


def test_an_entry_that_could_not_be_read_has_metadata_and_a_log_since_08(
    users: Any, leonard: Any, silicon: dict[str, bytes]
) -> None:
    upload = leonard.process({"bad/si.out": silicon["AcAg/si/si.out"][:600]})
    upload_id, calc_id = upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]
    archive = leonard.json(f"/archive/{upload_id}/{calc_id}")
    assert archive.keys() == {"section_metadata"}
    assert archive["section_metadata"]["processed"] is False
    [result] = leonard.call("POST", "/archive/query", json={"query": {"upload_id": [upload_id]}}).json()["results"]
    assert result["archive"].keys() == {"section_metadata", "processing_logs"}
    assert users.api("leonard", "0.7.9").get(f"/archive/{upload_id}/{calc_id}").status_code == 404


def test_the_new_query_cuts_archives_to_what_is_required(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    required = {"section_run": {"section_single_configuration_calculation[-1]": {"energy_total": "*"}}}
    body = {"query": {"only_atoms": ["Si"]}, "required": required}
    found = nobody.call("POST", "/archive/query", json=body).json()
    assert found["pagination"] == {"total": 1, "page": 1, "per_page": 10}
    [result] = found["results"]
    assert result.keys() == {"calc_id", "parser_name", "archive"}
    [single] = result["archive"]["section_run"][0]["section_single_configuration_calculation"]
    assert single.keys() == {"energy_total"}
    assert "code" not in found
    assert nobody.get("/archive/query").status_code == 405
    far = {"query": {}, "pagination": {"page": 101, "per_page": 100}}
    assert nobody.call("POST", "/archive/query", json=far).status_code == 500


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


def required_of(api: Any, upload_id: str, required: Any, **options: Any) -> Any:
    body = {"query": {"upload_id": [upload_id]}, "required": required, **options}
    return api.call("POST", "/archive/query", json=body)


def test_only_names_narrow_what_is_required(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    upload_id, _ = entries["silicon"]
    for everything in ("*", "all", 1, None, ["section_run"]):
        [result] = required_of(nobody, upload_id, {"section_run": everything}).json()["results"]
        assert "program_name" in result["archive"]["section_run"][0]
    [result] = required_of(nobody, upload_id, {"section_workflow": "*", "section_run[5]": "*"}).json()["results"]
    assert result["archive"] == {}


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ({"section_run": {"a[": "*"}}, "invalid key format: a["),
        ({"section_run": {"a.b": "*"}}, "invalid key format: a.b"),
        ({"section_metadata[0]": "*"}, "cannot use list key on none list section_metadata"),
    ],
)
def test_a_requirement_that_makes_no_sense_is_refused(
    entries: dict[str, tuple[str, str]], nobody: Any, required: Any, message: str
) -> None:
    refused = required_of(nobody, entries["silicon"][0], required)
    assert (refused.status_code, refused.json()["message"]) == (400, message)
    assert required_of(nobody, "nothing", required).status_code == 200, "it is noticed where an archive is read"


def test_names_below_a_number_cost_the_entry(entries: dict[str, tuple[str, str]], nobody: Any) -> None:
    for required in ({"section_run": {"program_name": {"x": "*"}}}, {"section_run[?]": "*"}):
        assert required_of(nobody, entries["silicon"][0], required).json()["results"] == []
        assert required_of(nobody, entries["silicon"][0], required, raise_errors=True).status_code == 500
