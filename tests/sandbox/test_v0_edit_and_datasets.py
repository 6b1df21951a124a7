from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def published(leonard: Any, silicon: dict[str, bytes]) -> tuple[str, str]:
    upload = leonard.process(silicon)
    leonard.publish(upload["upload_id"])
    return upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]


def _edit(api: Any, upload_id: str, actions: dict[str, Any], **more: Any) -> Any:
    return api.call("POST", "/repo/edit", json={"query": {"upload_id": [upload_id]}, "actions": actions, **more})


def _entry(api: Any, upload_id: str) -> dict[str, Any]:
    entry: dict[str, Any] = api.json("/repo/", upload_id=upload_id, owner="user")["results"][0]
    return entry


def test_comments_and_references_are_changed_and_cleared(leonard: Any, published: tuple[str, str]) -> None:
    upload_id, _ = published
    actions = {"comment": {"value": "better"}, "references": [{"value": "http://a"}, {"value": "http://b"}]}
    answer = _edit(leonard, upload_id, actions).json()
    assert answer["success"] is True
    assert all(action["success"] for action in (answer["actions"]["comment"], *answer["actions"]["references"]))
    entry = _entry(leonard, upload_id)
    assert (entry["comment"], entry["references"]) == ("better", ["http://a", "http://b"])
    assert "last_edit" in entry
    _edit(leonard, upload_id, {"references": []})
    assert "references" not in _entry(leonard, upload_id)
    assert leonard.json("/repo/", comment="better")["pagination"]["total"] >= 1


def test_a_dry_run_changes_nothing(leonard: Any, published: tuple[str, str]) -> None:
    answer = _edit(leonard, published[0], {"datasets": [{"value": "new"}]}, verify=True).json()
    assert answer["actions"]["datasets"][0] == {
        "value": "new",
        "success": True,
        "message": "Dataset does not exist and will be created",
    }
    assert "datasets" not in _entry(leonard, published[0])
    assert leonard.get("/datasets/new").status_code == 404


def test_only_the_last_quantity_decides(leonard: Any, published: tuple[str, str]) -> None:
    upload_id, _ = published
    bad, good = {"coauthors": [{"value": "nobody"}]}, {"comment": {"value": "went through"}}
    answer = _edit(leonard, upload_id, {**bad, **good})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert answer.json()["actions"]["coauthors"][0]["success"] is False
    assert _entry(leonard, upload_id)["comment"] == "went through"
    answer = _edit(leonard, upload_id, {"comment": {"value": "no"}, **bad})
    assert (answer.status_code, answer.json()["success"]) == (400, True)
    assert "code" not in answer.json()
    assert _entry(leonard, upload_id)["comment"] == "went through"


def test_wrong_people_and_values_given_twice_are_refused(leonard: Any, published: tuple[str, str]) -> None:
    upload_id, _ = published
    own = _entry(leonard, upload_id)["uploader"]["user_id"]
    for actions, message in (
        ({"coauthors": [{"value": "nobody"}]}, "User does not exist"),
        ({"shared_with": [{"value": own}]}, "This user is already an uploader of one entry in the query"),
        ({"references": [{"value": "a"}, {"value": " a "}]}, "Duplicate values are not allowed"),
    ):
        refused = _edit(leonard, upload_id, actions)
        assert refused.status_code == 400
        (rows,) = refused.json()["actions"].values()
        assert (rows[-1]["success"], rows[-1]["message"]) == (False, message)


def test_an_empty_value_clears(leonard: Any, published: tuple[str, str]) -> None:
    upload_id, _ = published
    _edit(leonard, upload_id, {"comment": {"value": "x"}, "references": [{"value": "r"}]})
    cleared = _edit(leonard, upload_id, {"comment": {"value": ""}, "references": [{"value": " "}]})
    assert cleared.status_code == 200
    assert not {"comment", "references"} & _entry(leonard, upload_id).keys()


def test_an_answer_repeats_what_was_asked(leonard: Any, published: tuple[str, str]) -> None:
    answer = _edit(leonard, published[0], {"comment": {"value": "x"}}).json()
    assert answer == {
        "query": {"upload_id": [published[0]], "owner": "user"},
        "actions": {"comment": {"value": "x", "success": True}},
        "success": True,
    }


def test_an_edit_does_not_look_at_times(leonard: Any, published: tuple[str, str]) -> None:
    query = {"upload_id": [published[0]], "until_time": "2000-01-01T00:00:00Z"}
    body = {"query": query, "actions": {"comment": {"value": "reached"}}}
    assert leonard.call("POST", "/repo/edit", json=body).status_code == 200
    assert _entry(leonard, published[0])["comment"] == "reached"


def test_a_failing_edit_leaves_new_datasets_behind(leonard: Any, published: tuple[str, str]) -> None:
    actions = {"datasets": [{"value": "left behind"}], "coauthors": [{"value": "nobody"}]}
    assert _edit(leonard, published[0], actions).status_code == 400
    assert leonard.get("/datasets/left behind").status_code == 200
    assert "datasets" not in _entry(leonard, published[0])


def test_an_id_is_taken_for_the_name_of_a_dataset(leonard: Any, published: tuple[str, str]) -> None:
    made = leonard.call("PUT", "/datasets/", json={"name": "by name only"}).json()
    _edit(leonard, published[0], {"datasets": [{"value": made["dataset_id"]}]})
    (dataset,) = _entry(leonard, published[0])["datasets"]
    assert dataset["name"] == made["dataset_id"]
    assert dataset["dataset_id"] != made["dataset_id"]


def test_an_admin_of_08_may_delete_a_dataset_with_a_doi(users: Any, silicon: dict[str, bytes]) -> None:
    admin = users.api("admin")
    upload_id = admin.process(silicon)["upload_id"]
    dataset_id = admin.call("PUT", "/datasets/", json={"name": "admin's"}).json()["dataset_id"]
    admin.publish(upload_id, datasets=[dataset_id])
    assert admin.call("POST", "/datasets/admin's").status_code == 200
    assert users.api("admin", "0.7.9").call("DELETE", "/datasets/admin's").status_code == 400
    assert admin.call("DELETE", "/datasets/admin's").status_code == 200


@pytest.mark.parametrize(("version", "status"), [("0.7.9", 404), ("0.8.6", 200)])
def test_a_dataset_that_one_entry_leaves_is_forgotten_by_07(
    users: Any, silicon: dict[str, bytes], version: str, status: int
) -> None:
    api, name = users.api("leonard", version), f"two of {version}"
    uploads = [api.process(silicon)["upload_id"] for _ in range(2)]

    def edit(upload_ids: list[str], datasets: list[dict[str, str]]) -> None:
        query = {"upload_id": ",".join(upload_ids) if version == "0.7.9" else upload_ids}
        answer = api.call("POST", "/repo/edit", json={"query": query, "actions": {"datasets": datasets}})
        assert answer.status_code == 200, answer.text

    edit(uploads, [{"value": name}])
    edit(uploads[:1], [])
    assert api.get(f"/datasets/{name}").status_code == status
    assert _entry(api, uploads[1])["datasets"][0]["name"] == name, "the index still says so"


def test_an_embargo_can_only_be_lifted(leonard: Any, nobody: Any, silicon: dict[str, bytes]) -> None:
    upload_id = leonard.process(silicon)["upload_id"]
    leonard.publish(upload_id, with_embargo=True)
    assert nobody.json("/repo/", upload_id=upload_id)["pagination"]["total"] == 0
    assert _edit(leonard, upload_id, {"with_embargo": {"value": "true"}}).status_code == 200
    assert leonard.wait(upload_id, "process_running")["current_process"] == "re_pack"
    assert nobody.json("/repo/", upload_id=upload_id)["pagination"]["total"] == 1
    again = _edit(leonard, upload_id, {"with_embargo": {"value": "false"}})
    assert again.status_code == 400
    assert again.json()["actions"]["with_embargo"]["message"] == "There is no embargo to lift"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ({"query": {}, "actions": {"foo": {"value": "x"}}}, 400),
        ({"query": {}, "actions": {"comment": [{"value": "x"}]}}, 400),
        ({"query": {"atoms": "Si"}, "actions": {}}, 400),
        ({"query": {"owner": "public"}, "actions": {}}, 400),
        ({"query": {}}, 400),
        ({"query": {}, "actions": {"with_embargo": {"value": True}}}, 400),
    ],
)
def test_wrong_edits_are_refused(body: Any, status: int, leonard: Any) -> None:
    assert leonard.call("POST", "/repo/edit", json=body).status_code == status


def test_nobody_edits_nothing(nobody: Any, sheldon: Any, leonard: Any, published: tuple[str, str]) -> None:
    assert _edit(nobody, published[0], {"comment": {"value": "x"}}).status_code == 401
    assert _edit(sheldon, published[0], {"comment": {"value": "x"}}).status_code == 200  # finds no entries
    assert "comment" not in _entry(leonard, published[0])


def test_a_dataset_lives_through_its_life(leonard: Any, nobody: Any, users: Any, published: tuple[str, str]) -> None:
    name = "My data: part 1"
    made = leonard.call("PUT", "/datasets/", json={"name": name}).json()
    assert made.keys() == {"dataset_id", "name", "user_id"}
    assert leonard.call("PUT", "/datasets/", json={"name": name}).status_code == 400
    assert leonard.call("POST", f"/datasets/{name}").status_code == 400  # empty
    upload_id, calc_id = published
    assert _edit(leonard, upload_id, {"datasets": [{"value": name}]}).status_code == 200
    assert _entry(leonard, upload_id)["datasets"][0]["name"] == name
    assigned = leonard.call("POST", f"/datasets/{name}").json()
    assert assigned["doi"].startswith("10.17172/NOMAD/20")
    assert leonard.call("POST", f"/datasets/{name}").status_code == 400  # has one
    assert nobody.json(f"/datasets/doi/{assigned['doi']}")["name"] == name
    assert nobody.get("/datasets/doi/10.17172/NOMAD/x").status_code == 404
    old, new = users.api(None, "0.7.9"), users.api(None, "0.8.6")
    for found in (
        old.json("/repo/", dataset=name),
        old.json("/repo/", doi=assigned["doi"]),
        old.json("/repo/", dataset_id=made["dataset_id"]),
        new.json("/repo/", **{"datasets.name": name}),
        new.json("/repo/", **{"datasets.doi": assigned["doi"]}),
    ):
        assert [entry["calc_id"] for entry in found["results"]] == [calc_id]
    grouped = new.json("/repo/", datasets_grouped="true")["datasets_grouped"]
    assert grouped["values"][made["dataset_id"]]["total"] == 1
    assert leonard.call("DELETE", f"/datasets/{name}").status_code == 400
    kept = _edit(leonard, upload_id, {"datasets": []})
    assert (kept.status_code, kept.json()["success"]) == (400, False)
    assert kept.json()["message"] == f"Edit would remove entries from a dataset with DOI ({name}) "
    # the protection is gone where another quantity comes behind
    gone = _edit(leonard, upload_id, {"datasets": [], "comment": {"value": "x"}})
    assert (gone.status_code, gone.json()["success"]) == (200, False)
    assert "datasets" not in _entry(leonard, upload_id)


def test_a_dataset_needs_published_entries_for_a_doi(leonard: Any, silicon: dict[str, bytes]) -> None:
    upload_id = leonard.process(silicon)["upload_id"]
    assert _edit(leonard, upload_id, {"datasets": [{"value": "early"}]}).status_code == 200
    refused = leonard.call("POST", "/datasets/early")
    assert refused.status_code == 400
    assert refused.json()["message"] == "Dataset must not contain non published entries."
    assert "created" in leonard.json("/datasets/early")
    _edit(leonard, upload_id, {"datasets": []})
    assert leonard.get("/datasets/early").status_code == 404  # emptied by the edit, and so gone


def test_datasets_are_listed_by_prefix_and_belong_to_one_user(leonard: Any, sheldon: Any, nobody: Any) -> None:
    for name in ("list-b", "list-a", "other"):
        assert leonard.call("PUT", "/datasets/", json={"name": name}).status_code == 200
    found = leonard.json("/datasets/", prefix="list-", per_page=1, page=2)
    assert found["pagination"] == {"total": 2, "page": 2, "per_page": 1}
    assert [row["name"] for row in found["results"]] == ["list-a"], "in the order in which they were made"
    assert leonard.json("/datasets/", prefix="LIST-")["pagination"]["total"] == 2
    assert sheldon.get("/datasets/list-a").status_code == 404
    assert nobody.get("/datasets/").status_code == 401
    assert leonard.call("DELETE", "/datasets/list-a").json()["name"] == "list-a"
    assert leonard.get("/datasets/list-a").status_code == 404


def test_a_name_may_hold_slashes(leonard: Any) -> None:
    assert leonard.call("PUT", "/datasets/", json={"name": "a/b c"}).status_code == 200
    for path in ("/datasets/a/b c", "/datasets/a%2Fb%20c"):
        assert leonard.json(path)["name"] == "a/b c"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": "x", "foo": 1}, 400),
        ({"name": "x", "doi": "y"}, 500),
        ({"name": "x", "user_id": "y"}, 500),
        ({"name": "x", "dataset_id": "y"}, 500),
    ],
)
def test_bad_datasets_are_refused_as_they_are(body: dict[str, Any], status: int, leonard: Any) -> None:
    assert leonard.call("PUT", "/datasets/", json=body).status_code == status
