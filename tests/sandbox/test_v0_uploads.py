from __future__ import annotations

import io
import tarfile
import threading
import time
from typing import Any

import pytest
import requests

from nomad_sandbox.sandbox import Sandbox


def _error(response: requests.Response) -> tuple[int, str]:
    body = response.json()
    assert body["code"] == response.status_code
    return response.status_code, body.get("message", body["description"])


def test_the_first_answer_is_v0s(leonard: Any, silicon: dict[str, bytes], zip_of: Any) -> None:
    response = leonard.call("PUT", "/uploads/", data=zip_of(silicon))
    upload = response.json()
    assert set(upload) == {
        *("upload_id", "upload_path", "published", "upload_time", "tasks", "current_task", "tasks_running"),
        *("tasks_status", "errors", "warnings", "create_time", "current_process", "process_running"),
    }
    assert len(upload["upload_id"]) == 22
    assert upload["tasks"] == ["uploading", "extracting", "parse_all", "cleanup"]
    assert (upload["current_task"], upload["tasks_status"], upload["current_process"]) == (
        *("uploading", "RUNNING"),
        "process_upload",
    )
    assert upload["tasks_running"] is upload["process_running"] is True
    assert response.text.startswith('{\n  "')
    assert response.text.endswith("\n}\n")


UPLOAD_STATES = [
    ("uploading", "RUNNING", True, True),
    ("extracting", "RUNNING", True, True),
    ("parse_all", "RUNNING", True, True),
    ("parse_all", "RUNNING", True, False),
    ("cleanup", "RUNNING", True, False),
    ("cleanup", "SUCCESS", False, False),
]
CALC_STATES = [
    (None, None),
    (None, "PENDING"),
    ("parsing", "RUNNING"),
    ("normalizing", "RUNNING"),
    ("archiving", "RUNNING"),
    ("archiving", "SUCCESS"),
]


def test_states_are_seen_in_order_and_the_index_has_the_entry_in_the_end(
    leonard: Any, silicon: dict[str, bytes]
) -> None:
    upload_id = leonard.upload(silicon)
    uploads: list[int] = []
    calcs: list[int] = []
    while not uploads or uploads[-1] != len(UPLOAD_STATES) - 1:
        upload = leonard.json(f"/uploads/{upload_id}")
        calc = upload["calcs"]["results"][0] if upload["calcs"]["results"] else {}
        keys = ("current_task", "tasks_status", "tasks_running", "process_running")
        uploads.append(UPLOAD_STATES.index(tuple(upload[key] for key in keys)))
        calcs.append(CALC_STATES.index((calc.get("current_task"), calc.get("tasks_status"))))
    # a busy machine may look away while a state lasts; it never sees one after a later one
    assert uploads == sorted(uploads)
    assert calcs == sorted(calcs)
    assert CALC_STATES[calcs[-1]] == ("archiving", "SUCCESS")
    assert "metadata" in calc
    assert "complete_time" in upload
    assert "upload_path" not in upload


def test_what_is_no_archive_fails_in_nomads_words_and_can_be_deleted(leonard: Any) -> None:
    upload_id = leonard.call("PUT", "/uploads/", data=b"this is no zip").json()["upload_id"]
    upload = leonard.wait(upload_id)
    assert (upload["tasks_status"], upload["current_task"]) == ("FAILURE", "extracting")
    assert upload["errors"] == ["bad .zip/.tar file"]
    assert "upload_path" in upload
    publish = leonard.call("POST", f"/uploads/{upload_id}", json={"operation": "publish"})
    assert _error(publish) == (400, "Cannot publish an upload that failed processing")
    deleted = leonard.call("DELETE", f"/uploads/{upload_id}").json()
    assert (deleted["current_process"], deleted["process_running"]) == ("delete_upload", True)
    for _ in range(500):
        if leonard.get(f"/uploads/{upload_id}").status_code == 404:
            break
        time.sleep(0.01)
    assert leonard.get(f"/uploads/{upload_id}").status_code == 404


def test_an_unreadable_mainfile_is_a_failed_entry_of_a_good_upload(leonard: Any, silicon: dict[str, bytes]) -> None:
    broken = silicon["AcAg/si/si.out"][:900]
    upload = leonard.process({**silicon, "broken/si.out": broken})
    assert (upload["tasks_status"], upload["failed_calcs"], upload["processed_calcs"]) == ("SUCCESS", 1, 2)
    assert upload["calcs"]["pagination"] == {"total": 2, "page": 1, "per_page": 10, "successes": 1, "failures": 1}
    failed = next(calc for calc in upload["calcs"]["results"] if calc["mainfile"] == "broken/si.out")
    assert failed["errors"][0] == "parser failed with exception"  # NOMAD's words; then why
    assert failed["errors"][1:] and "Error: " in failed["errors"][1]
    assert failed["metadata"]["processed"] is False
    assert failed["metadata"]["dft"]["system"] == "not processed"
    logs = leonard.json(f"/archive/logs/{upload['upload_id']}/{failed['calc_id']}")
    assert any(line["level"] == "ERROR" and "exception" in line for line in logs)
    assert leonard.publish(upload["upload_id"])["published"] is True


def test_an_empty_zip_succeeds_without_calculations_and_cannot_be_published(leonard: Any) -> None:
    upload = leonard.process({"README": b"nothing here"})
    assert (upload["tasks_status"], upload["total_calcs"]) == ("SUCCESS", 0)
    response = leonard.call("POST", f"/uploads/{upload['upload_id']}", json={"operation": "publish"})
    assert _error(response) == (400, "Cannot publish an upload without calculations")


def test_a_tgz_works_like_a_zip(leonard: Any, silicon: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in silicon.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    upload_id = leonard.call("PUT", "/uploads/", data=buffer.getvalue()).json()["upload_id"]
    assert leonard.wait(upload_id)["processed_calcs"] == 1


def test_a_form_gives_the_upload_its_files_name(leonard: Any, silicon: dict[str, bytes], zip_of: Any) -> None:
    form = {"file": ("my-silicon.zip", zip_of(silicon))}
    upload = leonard.call("PUT", "/uploads/", files=form).json()
    assert upload["name"] == "my-silicon.zip"
    assert leonard.wait(upload["upload_id"])["processed_calcs"] == 1
    named = leonard.call("PUT", "/uploads/", files=form, params={"name": "other"}).json()
    assert named["name"] == "other"
    assert _error(leonard.call("PUT", "/uploads/", files={"other": ("a", b"b")}))[0] == 400


def test_local_paths_reach_one_folder_only(sandbox: Any, leonard: Any, silicon: dict[str, bytes], zip_of: Any) -> None:
    folder = sandbox._local_folder
    (folder / "silicon.zip").write_bytes(zip_of(silicon))
    (folder.parent / "outside.zip").write_bytes(zip_of(silicon))
    (folder / "link.zip").symlink_to(folder.parent / "outside.zip")
    for path in ("silicon.zip", str(folder / "silicon.zip")):
        upload = leonard.call("PUT", "/uploads/", params={"local_path": path}).json()
        assert upload["name"] == "silicon.zip"
        assert leonard.wait(upload["upload_id"])["processed_calcs"] == 1
    assert (folder / "silicon.zip").exists()
    for path in ("missing.zip", "../outside.zip", str(folder.parent / "outside.zip"), "link.zip", "/etc/passwd", "."):
        assert leonard.call("PUT", "/uploads/", params={"local_path": path}).status_code == 404


def test_the_eleventh_unpublished_upload_is_refused(sheldon: Any, admin: Any) -> None:
    for _ in range(10):
        sheldon.upload({"a": b""})
    response = sheldon.call("PUT", "/uploads/", data=b"")
    assert _error(response) == (400, "Limit of unpublished uploads exceeded for user.")
    assert sheldon.json("/uploads/", per_page=5)["pagination"] == {"total": 10, "page": 1, "per_page": 5}


def test_publish_is_asynchronous_and_the_upload_leaves_only_the_default_list(
    leonard: Any, silicon: dict[str, bytes]
) -> None:
    upload_id = leonard.process(silicon, name="a name")["upload_id"]
    started = leonard.call("POST", f"/uploads/{upload_id}", json={"operation": "publish", "metadata": {}}).json()
    assert (started["published"], started["process_running"], started["current_process"], started["tasks_status"]) == (
        *(False, True),
        *("publish_upload", "SUCCESS"),
    )
    assert leonard.wait(upload_id, "process_running")["published"] is True
    ids = {
        state: [row["upload_id"] for row in leonard.json("/uploads/", state=state, per_page=100)["results"]]
        for state in ("unpublished", "published", "all")
    }
    assert upload_id not in ids["unpublished"]
    assert upload_id in ids["published"]
    assert upload_id in ids["all"]
    assert [row["upload_id"] for row in leonard.json("/uploads/", state="all", name="a name")["results"]] == [upload_id]
    response = leonard.call("DELETE", f"/uploads/{upload_id}")
    assert _error(response) == (400, "The upload is already published")


def test_metadata_of_publish_reach_the_entries(leonard: Any, users: Any, silicon: dict[str, bytes]) -> None:
    other = users.sandbox.accounts.find("sheldon").user_id
    upload = leonard.process(silicon)
    leonard.publish(upload["upload_id"], comment="a comment", references=["http://example.org"], coauthors=[other])
    [entry] = leonard.json("/repo/", upload_id=upload["upload_id"])["results"]
    assert (entry["comment"], entry["references"]) == ("a comment", ["http://example.org"])
    assert [author["name"] for author in entry["authors"]] == ["Leonard Hofstadter", "Sheldon Cooper"]
    assert [owner["name"] for owner in entry["owners"]] == ["Leonard Hofstadter"]
    assert leonard.publish(upload["upload_id"])["published"] is True
    [again] = leonard.json("/repo/", upload_id=upload["upload_id"])["results"]
    assert (again["comment"], len(again["authors"])) == ("a comment", 2)


def test_metadata_may_differ_by_mainfile(leonard: Any, silicon: dict[str, bytes], water: dict[str, bytes]) -> None:
    upload = leonard.process({**silicon, **water})
    rows = [{"mainfile": "water/h2o.out", "comment": "wet", "external_id": "w1"}]
    leonard.publish(upload["upload_id"], comment="general", calculations=rows)
    entries = leonard.json("/repo/", upload_id=upload["upload_id"])["results"]
    assert {entry["mainfile"]: entry["comment"] for entry in entries} == {
        "water/h2o.out": "wet",
        "AcAg/si/si.out": "general",
    }
    assert leonard.json("/repo/", external_id="w1")["pagination"]["total"] == 1


def test_a_second_publish_while_the_first_runs_is_refused_and_yet_destroys_its_metadata(
    users: Any, silicon: dict[str, bytes]
) -> None:
    may_go_on = threading.Event()
    may_go_on.set()
    with Sandbox(sleep=lambda seconds: may_go_on.wait(60) and None) as slow:
        leonard = type(users)(slow).api("leonard")
        upload_id = leonard.process(silicon)["upload_id"]
        may_go_on.clear()
        first = {"operation": "publish", "metadata": {"comment": "precious"}}
        assert leonard.call("POST", f"/uploads/{upload_id}", json=first).status_code == 200
        second = leonard.call("POST", f"/uploads/{upload_id}", json={"operation": "publish"})
        assert _error(second) == (400, "The upload is still/already processed")
        may_go_on.set()
        leonard.wait(upload_id, "process_running")
        [entry] = leonard.json("/repo/", upload_id=upload_id)["results"]
        assert "comment" not in entry


def test_what_comes_too_early_or_is_unknown_is_refused(leonard: Any, silicon: dict[str, bytes]) -> None:
    upload_id = leonard.upload(silicon)
    path = f"/uploads/{upload_id}"
    assert _error(leonard.call("POST", path, json={"operation": "publish"})) == (400, "The upload is not processed yet")
    assert _error(leonard.call("DELETE", path)) == (400, "The upload is not processed yet")
    leonard.wait(upload_id)
    assert _error(leonard.call("POST", path, json={"operation": "foo"})) == (400, "Unsupported operation foo.")
    assert _error(leonard.call("POST", path, json={"operation": "re-process"}))[0] == 400
    hidden = {"operation": "publish", "metadata": {"_uploader": "me"}}
    assert _error(leonard.call("POST", path, json=hidden))[0] == 401
    body = leonard.call("POST", path).json()
    assert body["message"] == "Input payload validation failed"
    assert body["errors"] == {"": "None is not of type 'object'"}
    assert leonard.call("DELETE", path).status_code == 200
    busy = leonard.call("DELETE", path)
    assert busy.status_code == 404 or _error(busy) == (400, "The upload is still processed")


def test_a_foreign_upload_is_not_there_but_for_delete(leonard: Any, sheldon: Any, silicon: dict[str, bytes]) -> None:
    path = f"/uploads/{leonard.process(silicon)['upload_id']}"
    assert sheldon.get(path).status_code == 404
    assert sheldon.call("POST", path, json={"operation": "publish"}).status_code == 404
    status, message = _error(sheldon.call("DELETE", path))
    assert status == 401
    assert "does not belong to you" in message


def test_calculations_are_paged_and_ordered(leonard: Any, silicon: dict[str, bytes]) -> None:
    content = silicon["AcAg/si/si.out"]
    upload_id = leonard.process({f"{number}/si.out": content for number in range(3)})["upload_id"]

    def mainfiles(**params: Any) -> list[str]:
        calcs = leonard.json(f"/uploads/{upload_id}", **params)["calcs"]
        return [calc["mainfile"][0] for calc in calcs["results"]]

    assert mainfiles() == ["0", "1", "2"]
    assert mainfiles(order_by="mainfile", order=-1) == ["2", "1", "0"]
    assert mainfiles(page=2, per_page=2) == ["2"]
    assert leonard.get(f"/uploads/{upload_id}", params={"order_by": "foo"}).status_code == 400
    assert leonard.get(f"/uploads/{upload_id}", params={"page": "x"}).json()["message"] == "bad parameter types"


def test_the_missing_slash_is_a_redirect(leonard: Any, zip_of: Any) -> None:
    response = leonard.call("PUT", "/uploads", data=zip_of({"a": b""}), allow_redirects=False)
    assert response.status_code == 308
    assert response.headers["Location"] == leonard.url + "/uploads/"


def test_a_mask_keeps_only_what_is_asked_for(leonard: Any, silicon: dict[str, bytes]) -> None:
    upload_id = leonard.process(silicon)["upload_id"]
    masked = leonard.get(f"/uploads/{upload_id}", headers={"X-Fields": "upload_id,published,calcs{results{mainfile}}"})
    assert masked.json() == {
        "upload_id": upload_id,
        "published": False,
        "calcs": {"results": [{"mainfile": "AcAg/si/si.out"}]},
    }


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/octet-stream"}])
def test_a_body_of_unknown_length_is_taken(leonard: Any, silicon: dict[str, bytes], zip_of: Any, headers: Any) -> None:
    content = zip_of(silicon)
    parts = (content[start : start + 1000] for start in range(0, len(content), 1000))
    upload = leonard.call("PUT", "/uploads/", data=parts, headers=headers).json()
    assert leonard.wait(upload["upload_id"])["processed_calcs"] == 1
