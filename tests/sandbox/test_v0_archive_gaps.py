"""Entries whose archives are missing, which each version of v0 takes in its own way."""

from __future__ import annotations

import io
import zipfile
from typing import Any


def names_of(response: Any) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return archive.namelist()


def test_a_gap_ends_a_download_of_08_and_is_left_out_of_one_of_07(sandbox: Any, users: Any) -> None:
    upload_id = sandbox.add_entries(4, without_archive=range(4))
    whole = sandbox.add_entries(2)
    params = {"upload_id": [upload_id, whole]}
    names = names_of(users.api(None, "0.7.9").get("/archive/download", params=params))
    assert len(names) == 3
    assert names[-1] == "manifest.json"
    names = names_of(users.api(None, "0.8.6").get("/archive/download", params=params))
    assert len(names) == (2 if whole > upload_id else 0)
    assert "manifest.json" not in names


def test_the_old_query_goes_by_upload_whatever_the_order_asked_for(sandbox: Any, users: Any) -> None:
    uploads = sorted(sandbox.add_entries(1) for _ in range(3))
    for order in (1, -1):
        params = {"upload_id": uploads, "order": order, "order_by": "formula"}
        results = users.api(None, "0.7.9").json("/archive/query", **params)["results"]
        assert [archive["section_entry_info"][0]["upload_id"] for archive in results] == uploads[::order]


def test_one_archive_that_is_missing_fails_the_whole_page_of_the_old_query(sandbox: Any, users: Any) -> None:
    api = users.api(None, "0.7.9")
    upload_id = sandbox.add_entries(3, without_archive=[1])
    failed = api.get("/archive/query", params={"upload_id": upload_id})
    assert failed.status_code == 404
    assert failed.json()["message"].startswith(f"Calculation {upload_id}/")
    pages = [api.get("/archive/query", params={"upload_id": upload_id, "per_page": 1, "page": i}) for i in (1, 2, 3)]
    assert sorted(page.status_code for page in pages) == [200, 200, 404]


def test_entries_without_an_archive_are_skipped_or_refused(sandbox: Any, nobody: Any) -> None:
    body = {"query": {"upload_id": [sandbox.add_entries(1, without_archive=[0])]}}
    found = nobody.call("POST", "/archive/query", json=body).json()
    assert (found["pagination"]["total"], found["results"]) == (1, [])
    assert nobody.call("POST", "/archive/query", json={**body, "raise_errors": True}).status_code == 404


def test_a_page_with_an_upload_whose_files_are_gone_is_an_empty_list(sandbox: Any, nobody: Any) -> None:
    whole, gone = sandbox.add_entries(1), sandbox.add_entries(1)
    sandbox.store.remove_files(gone)
    response = nobody.call("POST", "/archive/query", json={"query": {"upload_id": [whole, gone]}})
    assert (response.status_code, response.json()) == (200, [])
