"""Datasets on v1."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def upload(leonard_v1: Any, silicon: Any) -> tuple[str, str]:
    """An unpublished upload of leonard: its id and its entry's."""
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    return upload_id, leonard_v1.json(f"/uploads/{upload_id}/entries")["data"][0]["entry_id"]


def test_a_dataset_from_its_making_to_its_doi(leonard_v1: Any, sheldon_v1: Any, upload: tuple[str, str]) -> None:
    upload_id, entry_id = upload
    body = {"dataset_name": "v1 set", "dataset_type": "owned", "entries": [entry_id]}
    dataset_id = leonard_v1.post("/datasets/", body)["dataset_id"]
    assert "already taken" in leonard_v1.post("/datasets/", body, 400)["detail"]
    assert leonard_v1.search({"datasets.dataset_id": dataset_id}) == [entry_id]
    assert leonard_v1.search({"datasets.dataset_name": "v1 set"}) == [entry_id]
    (listed,) = sheldon_v1.json("/datasets/", prefix="v1")["data"]
    assert sheldon_v1.json(f"/datasets/{dataset_id}")["data"] == listed
    assert listed.keys() == {
        *("dataset_id", "dataset_name", "user_id", "dataset_create_time", "dataset_modified_time", "dataset_type")
    }
    doi = f"/datasets/{dataset_id}/action/doi"
    assert "who created the dataset" in sheldon_v1.post(doi, None, 403)["detail"]
    assert "unpublished contents" in leonard_v1.post(doi, None, 400)["detail"]
    leonard_v1.act(upload_id, "publish")
    assigned = leonard_v1.post(doi, None)
    assert assigned["data"]["doi"].startswith("10.")
    assert assigned["dataset_id"] == dataset_id
    assert "already has a DOI" in leonard_v1.post(doi, None, 400)["detail"]
    assert leonard_v1.call("DELETE", f"/datasets/{dataset_id}").status_code == 400
    assert leonard_v1.json("/datasets/", doi=assigned["data"]["doi"])["data"] == [assigned["data"]]
    # the index learns of it with the next change of the entries
    assert leonard_v1.search({"datasets.doi": assigned["data"]["doi"]}) == []
    assert leonard_v1.search({"datasets.dataset_id": dataset_id}) == [entry_id]
    leonard_v1.post(f"/uploads/{upload_id}/edit", {"metadata": {"comment": "x"}})
    assert leonard_v1.search({"datasets.doi": assigned["data"]["doi"]}) == [entry_id]


def test_an_empty_dataset_gets_no_doi(leonard_v1: Any) -> None:
    dataset_id = leonard_v1.post("/datasets/", {"dataset_name": "hollow"})["dataset_id"]
    assert "is empty" in leonard_v1.post(f"/datasets/{dataset_id}/action/doi", None, 400)["detail"]


def test_a_dataset_without_a_doi_can_be_deleted_by_who_made_it(users: Any, leonard_v1: Any, sheldon_v1: Any) -> None:
    dataset_id = leonard_v1.post("/datasets/", {"dataset_name": "short lived", "dataset_type": "owned"})["dataset_id"]
    for api in (sheldon_v1, users.v1("admin")):
        assert api.call("DELETE", f"/datasets/{dataset_id}").status_code == 403
    assert leonard_v1.call("DELETE", f"/datasets/{dataset_id}").status_code == 200
    for call in ("GET", "DELETE"):
        assert leonard_v1.call(call, f"/datasets/{dataset_id}").status_code == 404


def test_entries_of_others_are_passed_over(leonard_v1: Any, sheldon_v1: Any, upload: tuple[str, str]) -> None:
    leonard_v1.act(upload[0], "publish")
    made = sheldon_v1.post("/datasets/", {"dataset_name": "not mine", "entries": [upload[1]]})
    assert sheldon_v1.search({"datasets.dataset_id": made["dataset_id"]}) == []


def test_lists_are_in_the_order_of_making_and_paged_by_number(leonard_v1: Any, nobody_v1: Any) -> None:
    names = ["List b", "list c", "list a"]
    ids = [leonard_v1.post("/datasets/", {"dataset_name": name})["dataset_id"] for name in names]
    found = nobody_v1.json("/datasets/", prefix="LIST")
    assert [row["dataset_id"] for row in found["data"]] == ids
    assert {"page_size": 10, "order": "asc", "page": 1, "total": 3}.items() <= found["pagination"].items()
    assert not {"order_by", "next_page_after_value"} & found["pagination"].keys()
    first = nobody_v1.json("/datasets/", prefix="list", page_size=2, order_by="dataset_name", order="desc")
    assert [row["dataset_name"] for row in first["data"]] == ["list c", "list a"]
    after = first["pagination"]["next_page_after_value"]
    assert after == "1"
    options = {"prefix": "list", "page_size": 2, "order_by": "dataset_name", "order": "desc"}
    second = nobody_v1.json("/datasets/", **options, page_after_value=after)
    assert [row["dataset_name"] for row in second["data"]] == ["List b"]
    assert second["pagination"]["page"] == 2
    assert [row["dataset_id"] for row in nobody_v1.json("/datasets/", dataset_name="list a")["data"]] == ids[2:]
    assert nobody_v1.json("/datasets/", dataset_name="list")["data"] == [], "a name is a whole name"
    assert nobody_v1.get("/datasets/", params={"order_by": "nosuch"}).status_code == 500, "as NOMAD"
    assert nobody_v1.get("/datasets/", params={"page_after_value": ids[0]}).status_code == 500, "as NOMAD"
