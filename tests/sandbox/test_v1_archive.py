from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest


@pytest.fixture(scope="module")
def shared(users: Any, silicon: dict[str, bytes]) -> tuple[str, str]:
    """(upload_id, entry_id) of a published entry."""
    api = users.v1("leonard")
    upload_id = api.process_v1(silicon)["upload_id"]
    api.act(upload_id, "publish")
    api.wait_v1(upload_id)
    (entry_id,) = api.search({"upload_id": upload_id})
    return upload_id, entry_id


def cut(api: Any, entry_id: str, required: Any, status: int = 200) -> Any:
    answer = api.post(f"/entries/{entry_id}/archive/query", {"required": required}, status)
    return answer["data"]["archive"] if status == 200 else answer["detail"]


def test_a_whole_archive_has_run_metadata_results_log_and_a_place_for_other_archives(
    nobody_v1: Any, shared: tuple[str, str]
) -> None:
    upload_id, entry_id = shared
    whole = nobody_v1.json(f"/entries/{entry_id}/archive")
    assert whole.keys() == {"entry_id", "required", "data"}
    assert whole["data"].keys() == {"entry_id", "upload_id", "parser_name", "archive"}
    archive = whole["data"]["archive"]
    assert archive.keys() == {"run", "metadata", "results", "processing_logs", "m_ref_archives"}
    assert cut(nobody_v1, entry_id, "*") == cut(nobody_v1, entry_id, "include") == archive
    many = nobody_v1.post("/entries/archive/query", {"query": {"upload_id": upload_id}})
    assert many.keys() == {"owner", "query", "required", "pagination", "data"}
    assert (many["owner"], many["required"]) == ("public", "*")
    assert many["pagination"] == {"page_size": 10, "order_by": "entry_id", "order": "asc", "total": 1}
    assert many["data"] == [whole["data"]]


def test_required_is_really_applied(nobody_v1: Any, shared: tuple[str, str]) -> None:
    upload_id, entry_id = shared
    required = {"run[-1]": {"calculation[-1]": {"energy": "*"}}, "metadata": {"entry_id": "*"}, "data": "*"}
    one = cut(nobody_v1, entry_id, required)
    many = nobody_v1.post("/entries/archive/query", {"query": {"upload_id": upload_id}, "required": required})
    assert many["required"] == required
    assert many["data"][0]["archive"] == one
    assert list(one["run"][0]["calculation"][0]) == ["energy"]
    assert one.keys() == {"run", "metadata", "m_ref_archives"}
    assert one["metadata"] == {"entry_id": entry_id}


@pytest.mark.parametrize(
    ("required", "status", "detail"),
    [
        ("some", 400, "unknown directive some"),
        ({"run": "exclude"}, 400, "unknown directive exclude"),
        ({"metadata[0]": "*"}, 400, "cannot use list key on none list metadata"),
        ({"run[x]": "*"}, 422, [{"msg": "invalid required key", "loc": ["run[x]"]}]),
        ({"run": {"*": "*"}}, 422, [{"msg": "invalid required key", "loc": ["*"]}]),
        (
            {"resolve-inplace": "yes"},
            422,
            [{"msg": "resolve-inplace is not a bool", "loc": ["required", "resolve-inplace"]}],
        ),
    ],
)
def test_what_is_not_understood_is_refused(
    nobody_v1: Any, shared: tuple[str, str], required: Any, status: int, detail: Any
) -> None:
    upload_id, entry_id = shared
    assert cut(nobody_v1, entry_id, required, status) == detail
    body = {"query": {"upload_id": upload_id}, "required": required}
    assert nobody_v1.post("/entries/archive/query", body, status)["detail"] == detail


def test_a_wrong_requirement_is_noticed_only_where_an_archive_is_read(nobody_v1: Any) -> None:
    body = {"query": {"upload_id": "nothing"}, "required": "some"}
    assert nobody_v1.post("/entries/archive/query", body)["data"] == []
    nobody_v1.post("/entries/archive/query", {**body, "required": {"resolve-inplace": 1}}, 422)


def test_what_nomad_does_not_foresee_is_its_own_error(nobody_v1: Any, shared: tuple[str, str]) -> None:
    for required in ({"run": 3}, {"run": None}, {"metadata": {"published": {"x": "*"}}}):
        nobody_v1.post(f"/entries/{shared[1]}/archive/query", {"required": required}, 500)


def test_references_are_resolved(nobody_v1: Any, shared: tuple[str, str]) -> None:
    required = {"resolve-inplace": True, "run": {"calculation[-1]": {"system_ref": {"atoms": {"labels": "*"}}}}}
    (run,) = cut(nobody_v1, shared[1], required)["run"]
    assert run == {"calculation": [{"system_ref": {"atoms": {"labels": ["Si", "Si"]}}}]}


def test_all_is_no_owner_for_archives(leonard_v1: Any) -> None:
    for path in ("/entries/archive/query", "/entries/archive/download/query"):
        assert "owner=all is not allowed" in leonard_v1.post(path, {"owner": "all"}, 403)["detail"]
    for path in ("/entries/archive", "/entries/archive/download"):
        assert leonard_v1.get(path, params={"owner": "all"}).status_code == 403


def test_an_archive_under_embargo_is_not_there_for_others(users: Any, silicon: dict[str, bytes]) -> None:
    leonard, sheldon = users.v1("leonard"), users.v1("sheldon")
    upload_id = leonard.process_v1(silicon)["upload_id"]
    leonard.act(upload_id, "publish", embargo_length=3)
    leonard.wait_v1(upload_id)
    (entry_id,) = leonard.search({"upload_id": upload_id})
    assert leonard.get(f"/entries/{entry_id}/archive").status_code == 200
    for path in ("archive", "archive/download"):
        refused = sheldon.get(f"/entries/{entry_id}/{path}")
        assert (refused.status_code, refused.json()["detail"]) == (
            404,
            "The entry does not exist or is not visible to you.",
        )


def test_a_download_cuts_too_and_lists_all_entries_in_the_end(sandbox: Any, nobody_v1: Any) -> None:
    upload_id = sandbox.add_entries(3, without_archive=[1])
    body = {"query": {"upload_id": upload_id}, "required": {"run": {"program": "*"}}}
    response = nobody_v1.call("POST", "/entries/archive/download/query", json=body)
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        *names, last = archive.namelist()
        files = [json.loads(archive.read(name)) for name in names]
        manifest = json.loads(archive.read(last))
    assert last == "manifest.json"
    assert len(files) == 2
    assert all(file.keys() == {"entry_id", "parser_name", "archive"} for file in files)
    assert all(file["archive"].keys() == {"run", "m_ref_archives"} for file in files)
    assert [row.keys() for row in manifest] == [{"entry_id", "upload_id", "parser_name", "path"}] * 3
    assert {row["path"] for row in manifest} > set(names)


def test_entries_without_an_archive_are_left_out_of_a_page(sandbox: Any, nobody_v1: Any) -> None:
    upload_id = sandbox.add_entries(5, without_archive=[0, 4])
    answer = nobody_v1.post("/entries/archive/query", {"query": {"upload_id": upload_id}})
    assert (answer["pagination"]["total"], len(answer["data"])) == (5, 3)
    came = {row["entry_id"] for row in answer["data"]}
    (missing, *_) = set(nobody_v1.search({"upload_id": upload_id})) - came
    refused = nobody_v1.get(f"/entries/{missing}/archive")
    assert (refused.status_code, refused.json()["detail"]) == (404, "The entry does exist, but it has no archive.")


def test_a_download_of_archives_with_a_requirement_that_is_none_is_refused(leonard_v1: Any, sandbox: Any) -> None:
    body = {"query": {"upload_id": sandbox.add_entries(2)}, "required": "everything"}
    refused = leonard_v1.post("/entries/archive/download/query", body, status=400)
    assert "everything" in refused["detail"]
