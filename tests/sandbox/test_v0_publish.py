"""What v0 takes at publish, and what makes a publish fail after it was accepted."""

from __future__ import annotations

from typing import Any

import pytest

GHOST = "00000000-0000-0000-0000-00000000dead"
VERSIONS = ("0.7.9", "0.8.6")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "metadata",
    [
        {"coauthors": [GHOST]},
        {"coauthors": ["sheldon.cooper@nomad-fairdi.tests.de"]},
        {"shared_with": ["sheldon"]},
        {"datasets": ["a name"]},
        {"nosuch": 1},
        {"mainfile": "x"},
        {"published": False},
        {"external_id": 5},
        {"pid": "1"},
        {"calculations": [{"mainfile": "AcAg/si/si.out", "_uploader": GHOST}]},
        {"calculations": [{"mainfile": "AcAg/si/si.out", "embargo_length": 3}]},
        {"calculations": [{"comment": "whose?"}]},
        {"calculations": [{"mainfile": "not/there", "datasets": ["a name"]}]},
    ],
    ids=str,
)
def test_metadata_that_nomad_does_not_know_fail_the_publish_that_was_accepted(
    metadata: dict[str, Any], version: str, users: Any, nobody: Any, silicon: dict[str, bytes]
) -> None:
    api = users.api("leonard", version)
    upload_id = api.process(silicon)["upload_id"]
    upload = api.publish(upload_id, **{"comment": "not kept", **metadata})
    assert (upload["published"], upload["tasks_status"], len(upload["errors"])) == (False, "FAILURE", 1)
    [entry] = api.json("/repo/", upload_id=upload_id, owner="staging")["results"]
    assert (entry["published"], "comment" in entry) == (False, False)
    assert nobody.get(f"/raw/{upload_id}/AcAg/si/si.out").status_code == 401
    again = api.call("POST", f"/uploads/{upload_id}", json={"operation": "publish"})
    assert (again.status_code, again.json()["message"]) == (400, "Cannot publish an upload that failed processing")
    assert api.call("DELETE", f"/uploads/{upload_id}").status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("metadata", "with_embargo"),
    [
        ({"embargo_length": 12}, False),
        ({"embargo_length": 12, "with_embargo": False}, False),
        ({"embargo_length": 12, "with_embargo": True}, True),
        ({"embargo_length": 0, "with_embargo": True}, True),
        ({"with_embargo": True}, True),
    ],
    ids=str,
)
def test_with_embargo_decides_whatever_the_length(
    metadata: dict[str, Any], with_embargo: bool, version: str, users: Any, nobody: Any, silicon: dict[str, bytes]
) -> None:
    api = users.api("leonard", version)
    upload_id = api.process(silicon)["upload_id"]
    assert api.publish(upload_id, **metadata)["published"]
    [entry] = api.json("/repo/", upload_id=upload_id, owner="user")["results"]
    assert entry["with_embargo"] is with_embargo
    assert nobody.get(f"/raw/{upload_id}/AcAg/si/si.out").status_code == (401 if with_embargo else 200)
    assert nobody.json("/repo/", upload_id=upload_id)["pagination"]["total"] == (0 if with_embargo else 1)


def test_what_one_row_says_holds_for_all_that_say_nothing_else(
    leonard: Any, silicon: dict[str, bytes], water: dict[str, bytes]
) -> None:
    upload_id = leonard.process({**silicon, **water, "third/si.out": silicon["AcAg/si/si.out"]})["upload_id"]
    rows = [
        {"mainfile": "AcAg/si/si.out", "comment": "first", "external_id": "one"},
        {"mainfile": "water/h2o.out", "comment": "second"},
    ]
    leonard.publish(upload_id, calculations=rows)
    found = {entry["mainfile"]: entry for entry in leonard.json("/repo/", upload_id=upload_id)["results"]}
    comments = {mainfile: entry["comment"] for mainfile, entry in found.items()}
    assert comments == {"AcAg/si/si.out": "first", "water/h2o.out": "second", "third/si.out": "first"}
    assert [mainfile for mainfile, entry in found.items() if "external_id" in entry] == ["AcAg/si/si.out"]


def test_an_empty_comment_is_a_comment_until_it_is_edited(leonard: Any, silicon: dict[str, bytes]) -> None:
    upload_id = leonard.process(silicon)["upload_id"]
    leonard.publish(upload_id, comment="")
    assert leonard.json("/repo/", upload_id=upload_id)["results"][0]["comment"] == ""
    edit = {"query": {"upload_id": [upload_id]}, "actions": {"comment": {"value": ""}}}
    assert leonard.call("POST", "/repo/edit", json=edit).status_code == 200
    assert "comment" not in leonard.json("/repo/", upload_id=upload_id)["results"][0]


def test_who_names_himself_as_coauthor_is_an_author_twice(leonard: Any, users: Any, silicon: dict[str, bytes]) -> None:
    me = users.sandbox.accounts.find("leonard").user_id
    upload_id = leonard.process(silicon)["upload_id"]
    leonard.publish(upload_id, coauthors=[me])
    assert len(leonard.json("/repo/", upload_id=upload_id)["results"][0]["authors"]) == 2


def test_publishing_again_changes_what_records_say_and_not_the_files_that_are_packed(
    leonard: Any, nobody: Any, silicon: dict[str, bytes]
) -> None:
    upload = leonard.process(silicon)
    upload_id, calc_id = upload["upload_id"], upload["calcs"]["results"][0]["calc_id"]
    leonard.publish(upload_id, comment="open")
    leonard.publish(upload_id, with_embargo=True)
    assert nobody.get(f"/repo/{upload_id}/{calc_id}").status_code == 401
    for path in (f"/raw/{upload_id}/AcAg/si/si.out", f"/archive/{upload_id}/{calc_id}"):
        assert nobody.get(path).status_code == 200
    lift = {"query": {"upload_id": [upload_id]}, "actions": {"with_embargo": {"value": "false"}}}
    assert leonard.call("POST", "/repo/edit", json=lift).status_code == 200
    leonard.wait(upload_id, "process_running")
    assert nobody.get(f"/repo/{upload_id}/{calc_id}").status_code == 200
