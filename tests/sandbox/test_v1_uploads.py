"""Uploads on v1: take, look at, publish, embargo, delete, and every refusal on the way."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

MISSING = "AAAAAAAAAAAAAAAAAAAAAA"


def detail(response: requests.Response) -> tuple[int, Any]:
    return response.status_code, response.json()["detail"]


def published(api: Any, files: dict[str, bytes], months: int = 0) -> dict[str, Any]:
    upload_id = api.process_v1(files)["upload_id"]
    shown: dict[str, Any] = api.act(upload_id, "publish", embargo_length=months)
    return shown


def entry_of(api: Any, upload_id: str) -> str:
    return str(api.json(f"/uploads/{upload_id}/entries")["data"][0]["entry_id"])


def test_an_upload_goes_from_pending_to_success(leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]) -> None:
    answer = leonard_v1.post_upload(zip_of(silicon), upload_name="my silicon")
    assert (answer["data"]["process_status"], answer["data"]["process_running"]) == ("PENDING", True)
    upload = leonard_v1.wait_v1(answer["upload_id"])
    assert (upload["process_status"], upload["entries"], upload["published"]) == ("SUCCESS", 1, False)
    assert upload["upload_name"] == "my silicon"
    entries = leonard_v1.json(f"/uploads/{upload['upload_id']}/entries")
    assert (entries["processing_successful"], entries["processing_failed"]) == (1, 0)
    (entry,) = entries["data"]
    assert entry["entry_metadata"]["results"]["material"]["elements"] == ["Si"]
    one = leonard_v1.json(f"/uploads/{upload['upload_id']}/entries/{entry['entry_id']}")
    assert one["data"] == entry


def test_only_the_exact_accept_header_gets_json(leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]) -> None:
    for accept, kind in (
        ("application/json", "application/json"),
        ("*/*", "text/plain"),
        ("application/json, text/plain", "text/plain"),
    ):
        answer = leonard_v1.call("POST", "/uploads", data=zip_of(silicon), headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(kind)
        assert ("Thanks for uploading" in answer.text) == (kind == "text/plain")


def test_a_form_may_hold_several_files(leonard_v1: Any, silicon: Any, water: Any, zip_of: Callable[..., bytes]) -> None:
    files = [("file", ("si.zip", zip_of(silicon))), ("file", ("h2o.out", water["water/h2o.out"]))]
    answer = leonard_v1.call("POST", "/uploads", files=files)
    assert answer.status_code == 200, answer.text
    upload_id = leonard_v1.wait_v1(answer.json()["upload_id"])["upload_id"]
    names = sorted(entry["mainfile"] for entry in leonard_v1.json(f"/uploads/{upload_id}/entries")["data"])
    assert names == ["AcAg/si/si.out", "h2o.out"]


def test_a_streamed_tar_of_unknown_length_is_taken(leonard_v1: Any, silicon: Any) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in silicon.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))

    def chunks() -> Iterator[bytes]:
        yield buffer.getvalue()[:1000]
        yield buffer.getvalue()[1000:]

    assert leonard_v1.wait_v1(leonard_v1.post_upload(chunks())["upload_id"])["entries"] == 1


def test_a_single_file_needs_a_name(leonard_v1: Any, silicon: Any) -> None:
    content = silicon["AcAg/si/si.out"]
    refused = leonard_v1.call("POST", "/uploads", data=content)
    assert refused.status_code == 400
    assert "file_name" in refused.json()["detail"]
    upload_id = leonard_v1.post_upload(content, file_name="si.out")["upload_id"]
    assert leonard_v1.wait_v1(upload_id)["entries"] == 1
    outside = leonard_v1.call("POST", "/uploads", data=gzip.compress(b"x"), params={"file_name": "../x.gz"})
    assert detail(outside) == (400, "Bad file name provided.")


def test_an_upload_of_nothing_waits_for_files(leonard_v1: Any) -> None:
    """As NOMAD (upload.nothing, upload.multipart-other-field)."""
    for options in ({}, {"data": b"", "params": {"file_name": "x.zip"}}, {"files": {"other": b"x"}}):
        data = leonard_v1.call("POST", "/uploads", **options).json()["data"]
        assert (data["process_status"], data["entries"], data.get("upload_name")) == ("READY", 0, None)
        path = f"/uploads/{data['upload_id']}/raw/"
        put = leonard_v1.call("PUT", path, data=b"x", params={"file_name": "x.txt", "wait_for_processing": "true"})
        assert put.json()["data"]["process_status"] == "SUCCESS"
        assert leonard_v1.call("DELETE", f"/uploads/{data['upload_id']}").status_code == 200


def test_what_is_no_archive_but_called_so_fails(leonard_v1: Any) -> None:
    answer = leonard_v1.post_upload(b"no archive", file_name="x.tar.gz")
    shown = leonard_v1.wait_v1(answer["upload_id"])
    assert (shown["process_status"], len(shown["errors"])) == ("FAILURE", 1)


def test_an_archive_stays_packed_where_one_asks_for_it(
    leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]
) -> None:
    answer = leonard_v1.post_upload(zip_of(silicon), file_name="si.zip", auto_decompress="false")
    leonard_v1.wait_v1(answer["upload_id"])
    listed = leonard_v1.json(f"/uploads/{answer['upload_id']}/rawdir/")
    assert [row["name"] for row in listed["directory_metadata"]["content"]] == ["si.zip"]


@pytest.mark.parametrize("months", [-1, 37])
def test_an_embargo_out_of_bounds_is_refused(leonard_v1: Any, months: int) -> None:
    response = leonard_v1.call("POST", "/uploads", data=b"", params={"embargo_length": months})
    assert detail(response) == (400, "embargo_length must be between 0 and 36 months.")


def test_the_eleventh_unpublished_upload_is_refused(
    leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]
) -> None:
    for _ in range(10):
        leonard_v1.post_upload(b"nothing", file_name="x.txt")
    refused = leonard_v1.call("POST", "/uploads", data=zip_of(silicon))
    assert detail(refused) == (400, "Limit of unpublished uploads exceeded for user.")


def test_publish_blocks_until_the_upload_is_published(leonard_v1: Any, silicon: Any) -> None:
    shown = published(leonard_v1, silicon, months=3)
    assert shown["published"]
    assert not shown["process_running"]
    assert "publish_time" not in shown, "as NOMAD's answer to publish; the record has it"
    assert leonard_v1.json(f"/uploads/{shown['upload_id']}")["data"]["publish_time"].endswith("Z")
    assert (shown["with_embargo"], shown["embargo_length"]) == (True, 3)


def test_without_waiting_publish_answers_at_once(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    shown = leonard_v1.act(upload_id, "publish", wait_for_processing="false")
    assert (shown["process_running"], shown["current_process"]) == (True, "_publish_upload")
    assert leonard_v1.wait_v1(upload_id)["published"]


def test_the_embargo_of_the_upload_is_kept_at_publish(leonard_v1: Any, silicon: Any) -> None:
    upload = leonard_v1.process_v1(silicon, embargo_length=5)
    assert (upload["with_embargo"], upload["embargo_length"]) == (True, 5)
    assert leonard_v1.act(upload["upload_id"], "publish")["embargo_length"] == 5


def test_an_upload_can_be_published_directly(leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]) -> None:
    answer = leonard_v1.post_upload(zip_of(silicon), publish_directly="true")
    assert leonard_v1.wait_v1(answer["upload_id"])["published"]


def test_publish_is_refused_while_the_upload_is_at_work(
    leonard_v1: Any, silicon: Any, zip_of: Callable[..., bytes]
) -> None:
    upload_id = leonard_v1.post_upload(zip_of(silicon))["upload_id"]
    refused = leonard_v1.call("POST", f"/uploads/{upload_id}/action/publish")
    assert detail(refused) == (400, "The upload is currently being processed, operation not allowed.")


def test_publish_is_refused_after_a_failure(leonard_v1: Any) -> None:
    upload = leonard_v1.wait_v1(leonard_v1.post_upload(b"PK\x03\x04 and no zip")["upload_id"])
    assert (upload["process_status"], upload["errors"]) == ("FAILURE", ["bad .zip/.tar file"])
    refused = leonard_v1.call("POST", f"/uploads/{upload['upload_id']}/action/publish")
    assert detail(refused) == (400, "Cannot publish an upload that failed processing.")


def test_publish_is_refused_without_entries(leonard_v1: Any) -> None:
    upload_id = leonard_v1.process_v1({"readme.txt": b"nothing to see"})["upload_id"]
    refused = leonard_v1.call("POST", f"/uploads/{upload_id}/action/publish")
    assert detail(refused) == (400, "Cannot publish an upload without any resulting entries.")


def test_a_published_upload_is_neither_published_again_nor_deleted(leonard_v1: Any, silicon: Any) -> None:
    upload_id = published(leonard_v1, silicon)["upload_id"]
    again = leonard_v1.call("POST", f"/uploads/{upload_id}/action/publish")
    assert detail(again) == (400, "Upload already published.")
    deleted = leonard_v1.call("DELETE", f"/uploads/{upload_id}")
    assert detail(deleted) == (403, "Upload is already published, only admins can perform this operation.")


def test_delete_answers_with_the_last_state_and_then_it_is_gone(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    answer = leonard_v1.call("DELETE", f"/uploads/{upload_id}")
    assert (answer.status_code, answer.json()["data"]["current_process"]) == (200, "delete_upload")
    gone = leonard_v1.get(f"/uploads/{upload_id}")
    assert detail(gone) == (404, "The specified upload_id was not found.")


def test_processing_again_finds_the_same_entry(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    before = entry_of(leonard_v1, upload_id)
    assert leonard_v1.act(upload_id, "process")["process_running"]
    assert leonard_v1.wait_v1(upload_id)["process_status"] == "SUCCESS"
    assert entry_of(leonard_v1, upload_id) == before


def test_lifting_needs_a_published_upload_with_an_embargo(leonard_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    assert leonard_v1.call("POST", f"/uploads/{upload_id}/action/lift-embargo").status_code == 400
    leonard_v1.act(upload_id, "publish")
    refused = leonard_v1.call("POST", f"/uploads/{upload_id}/action/lift-embargo")
    assert detail(refused) == (400, "Upload has no embargo.")


def test_who_sees_what_before_under_and_after_an_embargo(
    leonard_v1: Any, sheldon_v1: Any, nobody_v1: Any, silicon: Any
) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    entry_id = entry_of(leonard_v1, upload_id)
    paths = [
        f"/uploads/{upload_id}",
        f"/entries/{entry_id}",
        f"/entries/{entry_id}/raw",
        f"/entries/{entry_id}/archive",
        f"/uploads/{upload_id}/raw/AcAg/si/si.in",
    ]

    def seen(api: Any) -> list[int]:
        return [api.get(path).status_code for path in paths]

    def found(api: Any, owner: str) -> int:
        return len(api.search({"upload_id": upload_id}, owner=owner))

    for stranger, refused in ((nobody_v1, 401), (sheldon_v1, 403)):
        assert seen(stranger) == [refused, 404, 404, 404, refused]
        assert found(stranger, "all") == 0
    assert seen(leonard_v1) == [200] * 5
    assert found(leonard_v1, "staging") == 1

    leonard_v1.act(upload_id, "publish", embargo_length=3)
    for stranger in (nobody_v1, sheldon_v1):
        assert seen(stranger) == [403, 200, 404, 404, 403]
        told = "You do not have access to the specified upload - published with embargo."
        assert detail(stranger.get(paths[0])) == (403, told)
        assert (found(stranger, "public"), found(stranger, "visible"), found(stranger, "all")) == (0, 0, 1)
    assert seen(leonard_v1) == [200] * 5
    assert (found(leonard_v1, "visible"), found(leonard_v1, "user"), found(leonard_v1, "public")) == (1, 1, 0)

    leonard_v1.act(upload_id, "lift-embargo")
    for api in (nobody_v1, sheldon_v1, leonard_v1):
        assert seen(api) == [200] * 5
        assert found(api, "public") == 1


def test_the_state_of_an_entry_is_for_the_people_of_its_upload_only(
    leonard_v1: Any, sheldon_v1: Any, nobody_v1: Any, silicon: Any
) -> None:
    upload_id = published(leonard_v1, silicon)["upload_id"]
    path = f"/uploads/{upload_id}/entries/{entry_of(nobody_v1, upload_id)}"
    assert leonard_v1.get(path).status_code == 200
    for stranger in (nobody_v1, sheldon_v1):
        assert detail(stranger.get(path)) == (403, "You do not have access to the specified upload.")


def test_strangers_may_not_change_an_upload(leonard_v1: Any, sheldon_v1: Any, nobody_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    for method, path in (("POST", "/action/publish"), ("POST", "/edit"), ("DELETE", ""), ("POST", "/action/process")):
        body = {"json": {"metadata": {"comment": "x"}}} if path == "/edit" else {}
        nobody = nobody_v1.call(method, f"/uploads/{upload_id}{path}", **body)
        assert detail(nobody) == (401, "Authentication required.")
        status = 422 if path == "/edit" else 403
        assert sheldon_v1.call(method, f"/uploads/{upload_id}{path}", **body).status_code == status
        unknown = leonard_v1.call(method, f"/uploads/{MISSING}{path}", **body)
        if path == "/edit":
            assert detail(unknown) == (422, [{"msg": "No matching upload found", "loc": ["upload_id"]}])
        else:
            assert detail(unknown) == (404, "The specified upload_id was not found.")


def test_a_list_of_uploads_is_filtered_ordered_and_paged(leonard_v1: Any, silicon: Any) -> None:
    names = ["list b", "list a", "list c"]
    ids = {name: leonard_v1.process_v1(silicon, upload_name=name)["upload_id"] for name in names}
    options = {"upload_name": names, "order_by": "upload_name", "page_size": 2}
    first = leonard_v1.json("/uploads", **options)
    assert [row["upload_name"] for row in first["data"]] == ["list c", "list b"]
    assert first["pagination"]["total"] == 3
    second = requests.get(first["pagination"]["next_page_url"], headers=leonard_v1.headers, timeout=60).json()
    assert [row["upload_name"] for row in second["data"]] == ["list a"]
    assert "next_page_after_value" not in second["pagination"]
    assert leonard_v1.json("/uploads", upload_id=ids["list a"])["pagination"]["total"] == 1
    assert leonard_v1.json("/uploads", upload_name="list a", is_published="true")["data"] == []
    assert leonard_v1.get("/uploads", params={"order_by": "colour"}).status_code == 422
