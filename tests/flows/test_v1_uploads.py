"""An upload on v1: sent, waited for, edited, published, deleted. The server is a small script of v1's rules."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

import nomad_swagger as ns
from nomad_swagger.errors import InvalidRequest, NoCredentials, NotFound, ProcessingFailed, UsageError
from nomad_swagger.flows.polling import Patience
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web

QUICK = Patience(first_s=0.001, longest_s=0.002)
BASE = "/api/v1"


@dataclass
class Script:
    """One upload on a server that takes two looks for everything."""

    data: dict[str, Any] = field(default_factory=dict)
    there: bool = True
    fails: bool = False
    failed_entries: list[dict[str, Any]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=lambda: {"writers": []})

    def __post_init__(self) -> None:
        self.data = {
            "upload_id": "u1",
            "upload_name": "mine",
            "upload_create_time": "2026-01-02T03:04:05.678000",
            "process_running": False,
            "process_status": "SUCCESS",
            "current_process": "_process_upload",
            "errors": [],
            "warnings": [],
            "published": False,
            "with_embargo": False,
            "embargo_length": 0,
            "license": "CC BY 4.0",
            "entries": 2,
        }

    def work(self, **then: Any) -> None:
        self.data |= {"process_running": True, "process_status": "PENDING"}
        end = {"process_running": False, "process_status": "FAILURE" if self.fails else "SUCCESS"}
        self.left = [{}, {**end, **({"errors": ["broken"]} if self.fails else then)}]

    def __call__(self, asked: Asked) -> Reply:
        path, method = asked.path.removeprefix(BASE), asked.method
        if not self.there:
            return Reply.json({"detail": "The specified upload_id was not found."}, 404)
        if (method, path) == ("GET", "/uploads/u1"):
            return self.look()
        if path == "/uploads/u1/entries":
            failed = len(self.failed_entries)
            rows = {"data": self.failed_entries, "processing_failed": failed, "pagination": {"total": failed}}
            return Reply.json(rows)
        if path == "/entries/query":
            state = {name: self.data[name] for name in ("upload_id", "published", "with_embargo")}
            hits = [{"entry_id": f"e{number}", **state, **self.told} for number in range(self.data["entries"])]
            return Reply.json({"data": hits, "pagination": {"total": len(hits)}})
        if path == "/users":
            return Reply.json({"data": [{"user_id": "7", "name": "Sheldon Cooper", "email": None}]})
        return self.order(asked, path)

    def look(self) -> Reply:
        if self.left:
            self.data |= self.left.pop(0)
        return Reply.json({"upload_id": "u1", "data": self.data})

    def order(self, asked: Asked, path: str) -> Reply:
        self.orders.append(f"{asked.method} {path}")
        if asked.method == "DELETE":
            self.there = False
        elif path.endswith("/action/publish"):
            months = int(parse_qs(asked.query).get("embargo_length", ["0"])[0])
            self.work(published=True, with_embargo=months > 0, embargo_length=months)
        else:
            told = json.loads(asked.body)["metadata"] if path.endswith("/edit") else {}
            people = told.pop("coauthors", None)
            self.told |= told if people is None else {**told, "writers": [{"user_id": one} for one in people]}
            self.work()
        return Reply.json({"upload_id": "u1", "data": self.data})


@pytest.fixture
def script(web: Web) -> Script:
    web.answer = Script()
    return web.answer


@pytest.fixture(params=["nomad-1.4.3", "nomad-2.0.0"])
def client(request: pytest.FixtureRequest, web: Web) -> Any:
    made = ns.connect(f"{web.url}{BASE}", spec=request.param, token="a-token")
    made.nomad.transport.policy = RetryPolicy(retries=0)
    return made


def sent(web: Web, ending: str) -> Asked:
    return next(asked for asked in web.asked if asked.path.endswith(ending))


def a_zip() -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("si.out", b"energy")
    buffer.seek(0)
    return buffer


def test_a_file_goes_as_a_raw_body_with_its_name_and_json_is_asked_for(
    client: Any, web: Web, script: Script, tmp_path: Path
) -> None:
    file = tmp_path / "si.out"
    file.write_bytes(b"energy" * 1000)
    made = ns.upload(client, file, name="silicon", as_is=True)  # what is no archive is packed otherwise
    request = sent(web, "/uploads")
    assert (request.method, request.size_bytes) == ("POST", 6000)
    assert parse_qs(request.query) == {"upload_name": ["silicon"], "file_name": ["si.out"]}
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/octet-stream"
    assert request.headers["authorization"] == "Bearer a-token"
    assert (made.upload_id, made.running, made.status) == ("u1", True, "PENDING")


def test_a_record_has_the_fields_of_every_generation(client: Any, script: Script) -> None:
    done = ns.wait(client, ns.upload(client, a_zip()), patience=QUICK)
    assert (done.name, done.running, done.status, done.stage) == ("mine", False, "SUCCESS", "_process_upload")
    assert (done.entries, done.failed, done.errors, done.warnings) == (2, 0, (), ())
    assert (done.published, done.with_embargo) == (False, False)
    assert done.created == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)
    assert done.raw["license"] == "CC BY 4.0"


def test_failed_entries_are_counted_and_told_with_their_mainfile(client: Any, script: Script) -> None:
    script.failed_entries = [
        {"mainfile": "a.out", "process_status": "FAILURE", "errors": ["no energy"]},
        {"mainfile": "b.out", "process_status": "SUCCESS", "errors": []},
    ]
    done = ns.wait(client, "u1", patience=QUICK)
    assert done.failed == 2
    assert done.errors == ("a.out: no energy",)


def test_an_upload_that_fails_raises_with_nomads_words(client: Any, script: Script) -> None:
    script.fails = True
    with pytest.raises(ProcessingFailed, match="processing failed: broken"):
        ns.wait(client, ns.upload(client, a_zip()), patience=QUICK)


def test_publishing_with_words_is_edit_then_wait_then_publish(client: Any, web: Web, script: Script) -> None:
    seen: list[str] = []
    done = ns.publish(
        client,
        "u1",
        comment="PBE",
        references=["https://nomad.example"],
        coauthors=["sheldon@nomad.example", "8"],
        embargo_months=3,
        patience=QUICK,
        progress=lambda upload: seen.append(upload.status),
    )
    assert script.orders == ["POST /uploads/u1/edit", "POST /uploads/u1/action/publish"]
    assert json.loads(sent(web, "/edit").body) == {
        "metadata": {"comment": "PBE", "references": ["https://nomad.example"], "coauthors": ["7", "8"]}
    }
    assert parse_qs(sent(web, "/edit").query) == {"wait_for_processing": ["false"]}
    assert parse_qs(sent(web, "/publish").query) == {"embargo_length": ["3"], "wait_for_processing": ["false"]}
    assert parse_qs(sent(web, "/users").query) == {"email": ["sheldon@nomad.example"]}
    assert (done.published, done.with_embargo) == (True, True)
    assert seen.count("PENDING") == 2, "the edit and the publish were both waited for"


def test_publishing_without_words_edits_nothing_and_keeps_the_embargo_as_it_is(
    client: Any, web: Web, script: Script
) -> None:
    assert ns.publish(client, "u1", patience=QUICK).published
    assert script.orders == ["POST /uploads/u1/action/publish"]
    assert parse_qs(sent(web, "/publish").query) == {"wait_for_processing": ["false"]}


def test_a_refused_publish_tells_nomads_words(client: Any, web: Web, script: Script) -> None:
    answer = web.answer
    refusal = Reply.json({"detail": "Cannot publish an upload without any resulting entries."}, 400)
    web.answer = lambda asked: refusal if asked.path.endswith("/publish") else answer(asked)
    with pytest.raises(InvalidRequest, match="without any resulting entries"):
        ns.publish(client, "u1", patience=QUICK)


def test_a_failed_edit_publishes_nothing(client: Any, script: Script) -> None:
    script.fails = True
    with pytest.raises(ProcessingFailed, match="broken"):
        ns.publish(client, "u1", comment="x", patience=QUICK)
    assert script.orders == ["POST /uploads/u1/edit"]


def test_delete_waits_until_it_is_gone(client: Any, web: Web, script: Script) -> None:
    ns.delete(client, "u1", patience=QUICK)
    assert script.orders == ["DELETE /uploads/u1"]
    order = next(asked for asked in web.asked if asked.method == "DELETE")
    assert parse_qs(order.query) == {"wait_for_processing": ["false"]}
    assert web.asked[-1].method == "GET"
    with pytest.raises(NotFound, match="The specified upload_id was not found"):
        ns.delete(client, "u1", patience=QUICK)


@pytest.mark.parametrize(
    ("state", "published"), [(None, ["false"]), ("unpublished", ["false"]), ("published", ["true"]), ("all", None)]
)
def test_uploads_are_listed_by_state_the_newest_first(
    client: Any, web: Web, script: Script, state: str | None, published: list[str] | None
) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [script.data]}))
    web.answer = lambda asked: web.replies[0]
    (found,) = ns.list_uploads(client, state=state)
    query = parse_qs(web.asked[0].query)
    assert found.upload_id == "u1"
    assert query.get("is_published") == published
    assert (query["order_by"], query["order"], query["is_owned"]) == (["upload_create_time"], ["desc"], ["true"])


def test_an_unknown_state_is_refused_here(client: Any, web: Web) -> None:
    with pytest.raises(UsageError, match="state is one of unpublished, published, all, not 'lost'"):
        list(ns.list_uploads(client, state="lost"))
    assert not web.asked


def test_an_older_version_that_has_no_wait_for_processing_is_not_sent_it(web: Web, script: Script) -> None:
    document = ns.load_spec("nomad-1.4.3").document
    older = json.loads(json.dumps(document))
    for item in older["paths"].values():
        for operation in item.values():
            kept = [p for p in operation.get("parameters", ()) if p["name"] not in ("wait_for_processing", "is_owned")]
            operation["parameters"] = kept
    client = ns.connect(f"{web.url}{BASE}", spec=older, token="a-token")
    assert ns.publish(client, "u1", comment="x", patience=QUICK).published
    assert sent(web, "/publish").query == ""
    assert sent(web, "/edit").query == ""


def test_nobody_uploads_without_a_login(web: Web) -> None:
    nobody = ns.connect(f"{web.url}{BASE}", spec="nomad-2.0.0")
    with pytest.raises(NoCredentials, match="upload needs a login"):
        ns.upload(nobody, a_zip())
    assert not web.asked
