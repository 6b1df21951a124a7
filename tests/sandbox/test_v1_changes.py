"""Files of an unpublished upload on v1: added, replaced, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def upload_id(leonard_v1: Any, silicon: Any) -> str:
    return str(leonard_v1.process_v1(silicon)["upload_id"])


def names(api: Any, upload_id: str) -> list[str]:
    return [row["mainfile"] for row in api.json(f"/uploads/{upload_id}/entries")["data"]]


def test_an_added_file_becomes_an_entry(leonard_v1: Any, upload_id: str, water: Any) -> None:
    params = {"file_name": "h2o.out", "wait_for_processing": "true"}
    answer = leonard_v1.call("PUT", f"/uploads/{upload_id}/raw/more/", data=water["water/h2o.out"], params=params)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["data"]["entries"], answer.json()["data"]["process_status"]) == (2, "SUCCESS")
    assert names(leonard_v1, upload_id) == ["AcAg/si/si.out", "more/h2o.out"]


def test_an_added_zip_is_unpacked_where_it_is_put(
    leonard_v1: Any, upload_id: str, water: Any, zip_of: Callable[..., bytes]
) -> None:
    files = {"file": ("more.zip", zip_of(water))}
    answer = leonard_v1.call("PUT", f"/uploads/{upload_id}/raw/deep/er", files=files)
    assert answer.json()["data"]["process_running"]
    leonard_v1.wait_v1(upload_id)
    assert names(leonard_v1, upload_id) == ["AcAg/si/si.out", "deep/er/water/h2o.out"]


def test_a_file_is_overwritten_unless_that_is_forbidden(leonard_v1: Any, upload_id: str) -> None:
    path = f"/uploads/{upload_id}/raw/AcAg/si"
    params = {"file_name": "si.in", "overwrite_if_exists": "false"}
    assert leonard_v1.call("PUT", path, data=b"new", params=params).status_code == 409
    assert leonard_v1.get(f"{path}/si.in").content != b"new"
    answer = leonard_v1.call("PUT", path, data=b"new", params={"file_name": "si.in"}, headers={"Accept": "*/*"})
    assert answer.headers["Content-Type"].startswith("text/plain")
    leonard_v1.wait_v1(upload_id)
    assert leonard_v1.get(f"{path}/si.in").content == b"new"


def test_a_deleted_mainfile_takes_its_entry_along(leonard_v1: Any, upload_id: str) -> None:
    answer = leonard_v1.call("DELETE", f"/uploads/{upload_id}/raw/AcAg/si/si.out")
    assert answer.status_code == 200
    assert leonard_v1.wait_v1(upload_id)["entries"] == 0
    assert leonard_v1.search({"upload_id": upload_id}) == []
    assert leonard_v1.call("DELETE", f"/uploads/{upload_id}/raw/AcAg/si/si.out").status_code == 404


def test_no_path_leads_outside(leonard_v1: Any, upload_id: str) -> None:
    answer = leonard_v1.call("PUT", f"/uploads/{upload_id}/raw/%2E%2E%2Fx", data=b"x", params={"file_name": "x"})
    assert answer.status_code in (400, 404)
    assert leonard_v1.call("DELETE", f"/uploads/{upload_id}/raw/a%2F..%2F..%2Farchive").status_code == 400


def test_a_published_upload_keeps_its_files(leonard_v1: Any, upload_id: str) -> None:
    leonard_v1.act(upload_id, "publish")
    for method in ("PUT", "DELETE"):
        answer = leonard_v1.call(method, f"/uploads/{upload_id}/raw/AcAg", params={"file_name": "x"})
        assert answer.status_code == 400, "as NOMAD (files.put-published), not 403 as for deleting all of it"


def test_files_that_are_not_to_be_processed_yet_are_there_and_read_later(
    leonard_v1: Any, upload_id: str, silicon: Any, water: Any
) -> None:
    before = leonard_v1.json(f"/uploads/{upload_id}/entries")["data"]
    params = {"file_name": "h2o.out", "trigger_processing": "false"}
    path = f"/uploads/{upload_id}/raw/later"
    answer = leonard_v1.call("PUT", path, data=water["water/h2o.out"], params=params)
    assert answer.json()["data"]["process_running"], "a NOMAD takes a moment for it"
    leonard_v1.wait_v1(upload_id)
    assert leonard_v1.get(f"{path}/h2o.out").content == water["water/h2o.out"]
    assert names(leonard_v1, upload_id) == ["AcAg/si/si.out"]
    params = {**params, "wait_for_processing": "true"}
    assert leonard_v1.call("PUT", path, data=b"x", params=params).status_code == 400
    # what comes later is read alone: neither what was put before, nor what was read already
    leonard_v1.call(
        "PUT", f"/uploads/{upload_id}/raw/other", data=silicon["AcAg/si/si.out"], params={"file_name": "o.out"}
    )
    leonard_v1.wait_v1(upload_id)
    assert names(leonard_v1, upload_id) == ["AcAg/si/si.out", "other/o.out"]
    again = leonard_v1.json(f"/uploads/{upload_id}/entries")["data"]
    assert again[0]["complete_time"] == before[0]["complete_time"]
    leonard_v1.act(upload_id, "process")
    leonard_v1.wait_v1(upload_id)
    assert names(leonard_v1, upload_id) == ["AcAg/si/si.out", "later/h2o.out", "other/o.out"]
