"""Edits on v1: by upload and by query, and what is refused of them."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def upload(leonard_v1: Any, silicon: Any) -> tuple[str, str]:
    """An unpublished upload of leonard: its id and its entry's."""
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    return upload_id, leonard_v1.json(f"/uploads/{upload_id}/entries")["data"][0]["entry_id"]


@pytest.fixture
def published(leonard_v1: Any, upload: tuple[str, str]) -> tuple[str, str]:
    leonard_v1.act(upload[0], "publish")
    return upload


def edit(api: Any, upload_id: str, status: int = 200, **metadata: Any) -> Any:
    answer = api.post(f"/uploads/{upload_id}/edit", {"metadata": metadata}, status)
    return answer["data"] if status == 200 else answer["detail"]


def entry_of(api: Any, entry_id: str) -> Any:
    return api.json(f"/entries/{entry_id}")["data"]


def new_dataset(api: Any, name: str) -> str:
    made: str = api.post("/datasets/", {"dataset_name": name, "dataset_type": "owned"})["dataset_id"]
    return made


def test_an_edit_changes_upload_and_entries(leonard_v1: Any, upload: tuple[str, str]) -> None:
    upload_id, entry_id = upload
    new_dataset(leonard_v1, "edited set")
    shown = edit(
        leonard_v1,
        upload_id,
        upload_name="renamed",
        comment="told",
        references={"add": ["https://a.org", "https://b.org"]},
        coauthors={"add": "sheldon"},
        datasets="edited set",
        embargo_length=4,
    )
    assert (shown["upload_name"], shown["embargo_length"], shown["process_running"]) == ("renamed", 4, False)
    assert shown["current_process"] == "_edit_metadata"
    entry = entry_of(leonard_v1, entry_id)
    assert (entry["comment"], entry["references"]) == ("told", ["https://a.org", "https://b.org"])
    assert [person["name"] for person in entry["writers"]] == ["Leonard Hofstadter", "Sheldon Cooper"]
    assert [dataset["dataset_name"] for dataset in entry["datasets"]] == ["edited set"]
    edit(leonard_v1, upload_id, references={"remove": "https://a.org"}, coauthors={"set": []}, comment="")
    entry = entry_of(leonard_v1, entry_id)
    assert entry["references"] == ["https://b.org"]
    assert not {"coauthors", "reviewers"} & entry.keys(), "an upload has them, its entries have writers and viewers"
    assert "comment" not in entry


def test_a_published_upload_can_be_edited_but_for_its_embargo(leonard_v1: Any, published: tuple[str, str]) -> None:
    upload_id, entry_id = published
    edit(leonard_v1, upload_id, comment="later", coauthors=["sheldon.cooper@nomad-fairdi.tests.de"], upload_name="late")
    assert entry_of(leonard_v1, entry_id)["comment"] == "later"
    writers = [person["name"] for person in entry_of(leonard_v1, entry_id)["writers"]]
    assert writers == ["Leonard Hofstadter", "Sheldon Cooper"]
    (error,) = edit(leonard_v1, upload_id, 422, embargo_length=3)
    assert error == {
        "msg": f"Upload {upload_id} is published, embargo can only be lifted",
        "loc": ["metadata", "embargo_length"],
    }


def test_an_embargo_is_lifted_by_a_zero_that_is_no_text(leonard_v1: Any, upload: tuple[str, str]) -> None:
    leonard_v1.act(upload[0], "publish", embargo_length=3)
    (error,) = edit(leonard_v1, upload[0], 422, embargo_length="0")
    assert error["loc"] == ["metadata", "embargo_length"]
    assert edit(leonard_v1, upload[0], embargo_length=0)["with_embargo"] is False


def test_a_coauthor_may_edit_and_lift_and_the_main_author_is_no_coauthor(
    leonard_v1: Any, sheldon_v1: Any, upload: tuple[str, str]
) -> None:
    upload_id, entry_id = upload
    shown = edit(leonard_v1, upload_id, coauthors=["leonard", "sheldon"])
    assert len(shown["coauthors"]) == 1
    leonard_v1.act(upload_id, "publish", embargo_length=3)
    edit(sheldon_v1, upload_id, comment="by sheldon")
    assert entry_of(leonard_v1, entry_id)["comment"] == "by sheldon"
    assert sheldon_v1.act(upload_id, "lift-embargo")["with_embargo"] is False


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"coauthors": "nobody@nowhere.org"}, "User reference not found: `nobody@nowhere.org`"),
        ({"references": ["no address"]}, "Please enter a valid URL: `no address` is none"),
        ({"references": "https://a.org/b c"}, "Please enter a valid URL: `https://a.org/b c` is none"),
        ({"references": {"add": ["https://a.org", "me://a.org"]}}, "Please enter a valid URL: `me://a.org` is none"),
        ({"datasets": "not there"}, "Dataset reference not found: `not there`"),
        ({"datasets": {"set": []}}, "Only `add` and `remove` operations permitted for datasets"),
        (
            {"references": {"set": [], "add": ["https://a.org"]}},
            "Cannot specify both `set` and `add`/`remove` operations",
        ),
        (
            {"references": {"remove": ["https://a.org"], "add": ["https://a.org"]}},
            "The same value cannot be specified for both `add` and `remove`",
        ),
        ({"references": {}}, "No operation specified"),
        ({"embargo_length": 37}, "Value should be between 0 and 36"),
        ({"external_db": "mine"}, "Bad enum value mine"),
        ({"reviewer_groups": ["all"]}, "User group 'all' does not exist."),
        ({"license": "mine"}, "Admin rights required"),
        ({"fantasy": "x"}, "Unknown quantity"),
    ],
)
def test_a_wrong_edit_changes_nothing(
    leonard_v1: Any, upload: tuple[str, str], metadata: dict[str, Any], message: str
) -> None:
    upload_id, entry_id = upload
    errors = edit(leonard_v1, upload_id, 422, comment="x", **metadata)
    assert errors == [{"msg": message, "loc": ["metadata", next(iter(metadata))]}]
    assert "comment" not in entry_of(leonard_v1, entry_id)


def test_all_mistakes_are_told(leonard_v1: Any, upload: tuple[str, str]) -> None:
    entries = {upload[1]: {"references": "x", "upload_name": "y"}}
    body = {"metadata": {"coauthors": "nobody"}, "entries": entries}
    errors = leonard_v1.post(f"/uploads/{upload[0]}/edit", body, 422)["detail"]
    assert [error["loc"] for error in errors] == [
        ["metadata", "coauthors"],
        ["entries", upload[1], "references"],
        ["entries", upload[1], "upload_name"],
    ]


def test_an_edit_needs_something_to_do_and_rights(leonard_v1: Any, sheldon_v1: Any, upload: tuple[str, str]) -> None:
    assert edit(leonard_v1, upload[0], 422) == [{"msg": "No fields to update specified", "loc": ["metadata"]}]
    (error,) = edit(sheldon_v1, upload[0], 422, comment="x")
    assert error["msg"] == f"AuthLevel.coauthor access required for upload {upload[0]}"


def test_datasets_are_named_by_id_or_by_an_own_name(leonard_v1: Any, sheldon_v1: Any, upload: tuple[str, str]) -> None:
    upload_id, entry_id = upload
    first, second = new_dataset(leonard_v1, "first"), new_dataset(leonard_v1, "second")
    foreign = new_dataset(sheldon_v1, "foreign")
    edit(leonard_v1, upload_id, datasets=[first])
    edit(leonard_v1, upload_id, datasets="second")
    assert {row["dataset_id"] for row in entry_of(leonard_v1, entry_id)["datasets"]} == {first, second}
    edit(leonard_v1, upload_id, datasets={"remove": "first"})
    assert [row["dataset_id"] for row in entry_of(leonard_v1, entry_id)["datasets"]] == [second]
    assert leonard_v1.get(f"/datasets/{first}").status_code == 200, "an empty one stays"
    (error,) = edit(leonard_v1, upload_id, 422, datasets=foreign)
    assert error["msg"] == f"Dataset `{foreign}` does not belong to you"
    (error,) = edit(leonard_v1, upload_id, 422, datasets="foreign")
    assert error["msg"] == "Dataset reference not found: `foreign`"


def test_a_dataset_with_a_doi_only_grows(leonard_v1: Any, published: tuple[str, str], silicon: Any) -> None:
    dataset_id = new_dataset(leonard_v1, "grows")
    edit(leonard_v1, published[0], datasets="grows")
    leonard_v1.post(f"/datasets/{dataset_id}/action/doi", None)
    (error,) = edit(leonard_v1, published[0], 422, datasets={"remove": "grows"})
    assert error["msg"] == "Dataset `grows` has a doi, can only add entries to it"
    other = leonard_v1.process_v1(silicon)["upload_id"]
    edit(leonard_v1, other, datasets="grows")
    assert len(leonard_v1.search({"datasets.dataset_id": dataset_id})) == 2


def test_a_query_chooses_some_entries_and_leaves_the_upload_alone(leonard_v1: Any, silicon: Any, water: Any) -> None:
    upload_id = leonard_v1.process_v1({**silicon, **water})["upload_id"]
    query = {"results.material.elements": "Si"}
    body: dict[str, Any] = {"owner": "visible", "query": query, "metadata": {"comment": "only silicon"}}
    leonard_v1.post(f"/uploads/{upload_id}/edit", body)
    rows = leonard_v1.json(f"/uploads/{upload_id}/entries")["data"]
    comments = {row["mainfile"]: row["entry_metadata"].get("comment") for row in rows}
    assert comments == {"AcAg/si/si.out": "only silicon", "water/h2o.out": None}
    errors = leonard_v1.post(f"/uploads/{upload_id}/edit", {**body, "metadata": {"upload_name": "x"}}, 422)["detail"]
    assert errors[0]["msg"] == "Quantity can only be edited on the upload level"
    # without an owner only what is public is found
    body.pop("owner")
    errors = leonard_v1.post(f"/uploads/{upload_id}/edit", body, 422)["detail"]
    assert errors == [{"msg": "No matching entries found", "loc": ["query"]}]


def test_an_edit_by_query_repeats_the_request_in_its_one_form(
    leonard_v1: Any, upload: tuple[str, str], nobody_v1: Any
) -> None:
    body = {"owner": "user", "query": {"entry_id:any": [upload[1]]}, "metadata": {"comment": "by query"}}
    assert leonard_v1.post("/entries/edit", {**body, "verify_only": True})["verify_only"]
    assert "comment" not in entry_of(leonard_v1, upload[1])
    told = leonard_v1.post("/entries/edit", {**body, "metadata": {"comment": "by query", "references": []}})
    assert told == {
        "owner": "user",
        "query": {"entry_id": {"any": [upload[1]]}},
        "metadata": {"comment": "by query", "references": {"set": []}},
        "entries": {},
    }
    assert entry_of(leonard_v1, upload[1])["comment"] == "by query"
    assert nobody_v1.call("POST", "/entries/edit", json=body).status_code == 401
    for wrong in (
        {"metadata": {"upload_name": "no"}},
        {"query": {"entry_id": "none"}},
        {"query": {}},
        {"query": {"fantasy": "x"}},
    ):
        leonard_v1.post("/entries/edit", {**body, **wrong}, 422)


def test_an_edit_by_query_reaches_ten_uploads_and_passes_over_the_rest(sandbox: Any, leonard_v1: Any) -> None:
    uploads = [sandbox.add_entries(2 if number < 10 else 1) for number in range(12)]
    body = {"owner": "user", "query": {"upload_id:any": uploads}, "metadata": {"comment": "ten"}}
    leonard_v1.post("/entries/edit", body)
    reached = leonard_v1.search({"upload_id:any": uploads, "comment": "ten"}, pagination={"page_size": 100})
    assert len(reached) == 20
