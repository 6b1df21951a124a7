"""Editing what is told about entries, on each version of the API; what NOMAD refuses or forgets is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import (
    ApiError,
    ConnectionLost,
    InvalidRequest,
    NoCredentials,
    NotFound,
    ProcessingFailed,
    UsageError,
    WaitTimeout,
)
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.readback import attribution_of
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import QUICK, Connect, imagined
from tests.flows.relay import Fault, Passing, Relay

SHELDON = "sheldon.cooper@nomad-fairdi.tests.de"
PAPER = "https://doi.org/10.1000/182"
Put = Callable[..., ns.Upload]
Files = Mapping[str, bytes]


def entries(client: Any, upload: ns.Upload) -> list[ns.Entry]:
    return list(ns.search(client, owner="visible", upload_id=upload.upload_id))


def edits(sandbox: Sandbox) -> int:
    return sum("/edit" in path for _, path, _ in sandbox.requests)


@pytest.fixture
def both(silicon: Files, water: Files) -> Files:
    """Two entries in one upload."""
    return {**silicon, **water}


def test_comment_and_references_are_set_for_all_entries_and_read_back(each: Any, put: Put, both: Files) -> None:
    upload = put(each, both)
    done = ns.edit(each, upload, comment="Si and water", references=[PAPER, PAPER], patience=QUICK)
    assert [(change.quantity, change.value, change.entries) for change in done.changes] == [
        ("comment", "Si and water", 2),
        ("references", [PAPER], 2),
    ]
    assert done.upload_ids == (upload.upload_id,)
    seen = entries(each, upload)
    assert {(entry.comment, entry.references) for entry in seen} == {("Si and water", (PAPER,))}
    assert set(done.entry_ids) == {entry.entry_id for entry in seen}


def test_an_entry_alone_is_edited_alone_by_its_record_or_its_id(each: Any, put: Put, both: Files) -> None:
    first, second = entries(each, put(each, both))
    for what in (first, [first.entry_id], ns.search(each, owner="user", entry_id=first.entry_id)):
        ns.edit(each, what, comment=f"by {type(what).__name__}", patience=QUICK)
        seen = {entry.entry_id: entry.comment for entry in ns.search(each, owner="user", upload_id=first.upload_id)}
        assert seen == {first.entry_id: f"by {type(what).__name__}", second.entry_id: ""}


def test_what_is_not_named_stays_and_an_empty_value_clears(each: Any, put: Put, silicon: Files) -> None:
    upload = put(each, silicon)
    ns.edit(each, upload, comment="one", references=[PAPER], patience=QUICK)
    ns.edit(each, upload, comment="", patience=QUICK)
    (entry,) = entries(each, upload)
    assert (entry.comment, entry.references) == ("", (PAPER,))
    ns.edit(each, upload, references=[], patience=QUICK)
    assert entries(each, upload)[0].references == ()


def test_coauthors_are_found_by_their_address_and_replaced_as_a_list(each: Any, put: Put, both: Files) -> None:
    upload = put(each, both)
    done = ns.edit(each, upload.upload_id, coauthors=[SHELDON], patience=QUICK)
    (change,) = done.changes
    for entry in entries(each, upload):
        credit = attribution_of(each, entry)
        assert {*change.value, credit.owner_id} == set(credit.people)
    ns.edit(each, upload, coauthors=[], patience=QUICK)
    assert {len(set(attribution_of(each, entry).people)) for entry in entries(each, upload)} == {1}


def test_one_value_that_nomad_refuses_fails_the_edit_and_nothing_is_changed(
    each: Any, put: Put, silicon: Files
) -> None:
    """v0's own verdict on the whole is yes: the last quantity of the request went well."""
    upload = put(each, silicon)
    with pytest.raises(InvalidRequest, match=r"coauthors.*(nobody-123|does not exist).*nothing was changed") as caught:
        ns.edit(each, upload, comment="new", coauthors=["nobody-123"], references=[PAPER], patience=QUICK)
    assert "nobody-123" in str(caught.value)
    (entry,) = entries(each, upload)
    assert (entry.comment, entry.references) == ("", ())
    assert len(set(attribution_of(each, entry).people)) == 1


def test_an_address_that_nobody_has_is_found_before_anything_is_sent(
    each: Any, put: Put, silicon: Files, sandbox: Sandbox
) -> None:
    upload = put(each, silicon)
    before = edits(sandbox)
    with pytest.raises(UsageError, match=r"nobody@example\.org has an account"):
        ns.edit(each, upload, comment="new", coauthors=["nobody@example.org"], patience=QUICK)
    assert edits(sandbox) == before


@pytest.mark.parametrize("version", ["0.7.9", "0.8.6", "1.4.3"])
def test_entries_of_others_are_refused_and_not_passed_over(
    version: str, connect: Connect, shelf: Callable[..., ns.Upload], put: Put, silicon: Files, water: Files
) -> None:
    sheldon, foreign = connect("sheldon", version), shelf(silicon)
    (entry,) = entries(sheldon, foreign)
    mine = put(sheldon, water)
    for what in (foreign, [mine, entry]):
        with pytest.raises(ApiError, match=r"belongs to|access|not authorized") as caught:
            ns.edit(sheldon, what, comment="mine!", patience=QUICK)
        assert caught.value.status in (401, 403, 422)
    assert {one.comment for one in (*entries(sheldon, mine), *entries(sheldon, foreign))} == {""}


def test_what_is_not_there_or_empty_is_refused(each: Any, sandbox: Sandbox) -> None:
    before = edits(sandbox)
    with pytest.raises(NotFound, match="nonsense is no entry and no upload"):
        ns.edit(each, "nonsense", comment="x")
    nothing: list[Any] = [[], (), {"entry_id": "none"}, ns.search(each, entry_id="none")]
    for what in nothing:
        with pytest.raises(UsageError, match="nothing was sent"):
            ns.edit(each, what, comment="x")
    for odd in (7, [None], "", [" "]):
        with pytest.raises(UsageError, match="no entry, upload, search or id"):
            ns.edit(each, odd, comment="x")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="nothing to edit"):
        ns.edit(each, "any")
    with pytest.raises(UsageError, match="references is one text"):
        ns.edit(each, "any", references=PAPER)
    assert edits(sandbox) == before


def test_nobody_may_edit_without_a_login(connect: Connect) -> None:
    with pytest.raises(NoCredentials, match="edit needs a login"):
        ns.edit(connect(None, "0.8.6"), "any", comment="x")


def test_an_embargo_is_lifted_and_a_comment_goes_along(each: Any, put: Put, silicon: Files) -> None:
    upload = put(each, silicon, publish=True, embargo_months=6)
    assert entries(each, upload)[0].with_embargo
    done = ns.edit(each, upload, lift_embargo=True, comment="free", patience=QUICK)
    assert {change.quantity for change in done.changes} == {"lift_embargo", "comment"}
    (entry,) = entries(each, upload)
    assert (entry.with_embargo, entry.published, entry.comment) == (False, True, "free")
    with pytest.raises(UsageError, match="nothing to lift"):
        ns.edit(each, upload, lift_embargo=True, patience=QUICK)


def test_where_coauthors_count_for_an_upload_a_part_of_it_is_refused(
    connect: Connect, put: Put, both: Files, sandbox: Sandbox
) -> None:
    client = connect("leonard", "1.4.3")
    first, second = entries(client, put(client, both))
    before = edits(sandbox)
    with pytest.raises(UsageError, match=r"coauthors: .* whole upload only.*2 entries of which you chose 1"):
        ns.edit(client, first, coauthors=[SHELDON], patience=QUICK)
    assert edits(sandbox) == before
    ns.edit(client, [first, second], coauthors=[SHELDON], patience=QUICK)
    assert len(attribution_of(client, entries(client, ns.get_upload(client, first.upload_id))[0]).people) == 2


def test_an_edit_whose_answer_got_lost_is_looked_up(
    connect: Connect, version: str, put: Put, silicon: Files, relay: Relay
) -> None:
    client = connect("leonard", version, url=relay.url)
    upload = put(client, silicon)
    lost: list[str] = []

    def lose_the_second(passing: Passing) -> Fault | None:
        if "/edit" in passing.path:
            lost.append(passing.path)
        return Fault(lost=True) if "/edit" in passing.path and len(lost) == 2 else None

    relay.fault = lose_the_second
    ns.edit(client, upload, comment="arrived", patience=QUICK)
    assert len(lost) == 2  # one to check, one to do: not sent again
    relay.fault = lambda passing: None
    assert entries(client, upload)[0].comment == "arrived"


# What a sandbox does not do: a small server with v0's or v1's words.


def v0_server(web: Web, edit: Callable[[dict[str, Any]], Reply]) -> dict[str, Any]:
    """Answer as an 0.8.6 with one entry, of which the caller may look and edit."""
    entry = {"calc_id": "c1", "upload_id": "u1", "uploader": {"user_id": "me"}, "authors": [{"user_id": "me"}]}

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/repo/edit"):
            return edit(json.loads(asked.body))
        if "/uploads/" in asked.path:
            return Reply.json({"upload_id": "u1", "tasks_running": False, "process_running": False})
        return Reply.json({"results": [entry], "pagination": {"total": 1}})

    web.answer = answer
    return entry


@pytest.fixture
def v0(web: Web) -> Any:
    return ns.connect(f"{web.url}/api", spec="nomad-0.8.6", token="a-token")


def test_a_verdict_on_the_whole_is_not_believed_where_an_action_failed(v0: Any, web: Web) -> None:
    def edit(body: dict[str, Any]) -> Reply:
        assert body["verify"] is True
        body["actions"]["coauthors"][0] |= {"success": False, "message": "User does not exist"}
        return Reply.json({**body, "success": True})

    v0_server(web, edit)
    with pytest.raises(InvalidRequest, match="coauthors 'x': User does not exist; nothing was changed"):
        ns.edit(v0, "c1", coauthors=["x"], comment="fine", patience=QUICK)
    assert sum(path.endswith("/edit") for path in web.paths) == 1


def test_an_edit_that_is_taken_and_not_done_is_reported(v0: Any, web: Web) -> None:
    v0_server(web, lambda body: Reply.json({**body, "success": True}))["comment"] = "old"
    with pytest.raises(ProcessingFailed, match=r"comment is 'old' and not 'new' for 1 of 1 entries \(.* c1\)"):
        ns.edit(v0, "c1", comment="new", patience=imagined())


def test_an_edit_that_never_arrived_says_so(v0: Any, web: Web) -> None:
    v0_server(web, lambda body: Reply.json(body) if body.get("verify") else Reply(hang_up=True))
    with pytest.raises(ConnectionLost, match="Not all was changed .* do it again"):
        ns.edit(v0, "c1", comment="new", patience=imagined())


def test_a_server_that_says_it_failed_is_believed_whatever_the_entries_say(v0: Any, web: Web) -> None:
    """Such as a published upload that could not be packed anew after its embargo was lifted."""

    def edit(body: dict[str, Any]) -> Reply:
        entry["comment"] = body["actions"]["comment"]["value"]
        return Reply.json(body) if body.get("verify") else Reply.json({"message": "disk full"}, 500)

    entry = v0_server(web, edit)
    with pytest.raises(ns.ServerError, match="disk full.*It reads as ordered all the same"):
        ns.edit(v0, "c1", comment="new", patience=QUICK)


@pytest.mark.parametrize(("spec", "sent"), [("nomad-0.7.9", "c1,c2"), ("nomad-0.8.6", ["c1", "c2"])])
def test_ids_go_as_the_version_describes_them(web: Web, spec: str, sent: Any) -> None:
    """0.7.9 has one text there and splits it, 0.8.6 a list."""
    bodies: list[dict[str, Any]] = []
    entry = v0_server(web, lambda body: bodies.append(body) or Reply.json({**body, "success": False, "message": "no"}))
    inner = web.answer
    both = {"results": [entry, {**entry, "calc_id": "c2"}], "pagination": {"total": 2}}
    web.answer = lambda asked: Reply.json(both) if asked.path.endswith("/repo/") else inner(asked)
    client = ns.connect(f"{web.url}/api", spec=spec, token="a-token")
    with pytest.raises(InvalidRequest, match="the edit fails: no; nothing was changed"):
        ns.edit(client, ["c1", "c2"], comment="x", references=[PAPER], coauthors=["7"], patience=QUICK)
    assert bodies == [
        {
            "verify": True,
            "query": {"owner": "user", "calc_id": sent},
            "actions": {
                "comment": {"value": "x"},
                "references": [{"value": PAPER}],
                "coauthors": [{"value": "7"}],
            },
        }
    ]


@pytest.mark.parametrize("spec", ["nomad-1.4.3", "nomad-2.0.0"])
def test_v1_is_given_a_check_and_an_edit_for_each_upload_when_it_is_idle(web: Web, spec: str) -> None:
    """One edit by a query reaches ten uploads at most, and a busy upload refuses."""
    busy = {"u1": 2, "u2": 0}
    steps: list[str] = []
    comments: dict[str, str] = {}

    def answer(asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api/v1")
        if path == "/entries/query":
            hits = [{"entry_id": f"e{n}", "upload_id": f"u{n}", "comment": comments.get(f"u{n}")} for n in (1, 2)]
            return Reply.json({"data": hits, "pagination": {"total": 2}})
        upload_id = path.split("/")[2]
        if path.endswith("/edit"):
            body = json.loads(asked.body)
            steps.append(f"{'check' if body.get('verify_only') else 'edit'} {upload_id} {busy[upload_id]}")
            assert body["query"] == {"entry_id:any": [f"e{upload_id[1]}"]}
            if not body.get("verify_only"):
                comments[upload_id], busy[upload_id] = body["metadata"]["comment"], 2
        elif busy[upload_id]:
            busy[upload_id] -= 1
        data = {"upload_id": upload_id, "process_running": busy[upload_id] > 0, "process_status": "SUCCESS"}
        return Reply.json({"upload_id": upload_id, "data": data})

    web.answer = answer
    client = ns.connect(f"{web.url}/api/v1", spec=spec, token="a-token")
    done = ns.edit(client, ["e1", "e2"], comment="new", patience=QUICK)
    assert steps == ["check u1 0", "check u2 0", "edit u1 0", "edit u2 0"]
    assert busy == {"u1": 0, "u2": 0}
    assert done.upload_ids == ("u1", "u2")


def test_an_upload_that_stays_busy_is_not_edited(v0: Any, web: Web) -> None:
    v0_server(web, lambda body: Reply.json({}, 500))
    inner = web.answer
    running = {"upload_id": "u1", "tasks_running": True, "current_task": "parse_all"}
    web.answer = lambda asked: Reply.json(running) if "/uploads/" in asked.path else inner(asked)
    with pytest.raises(WaitTimeout, match=r"upload u1: still busy after 0.02 s \(parse_all\)"):
        ns.edit(v0, "c1", comment="new", timeout_s=0.02, patience=Patience(first_s=0.01))
    assert not any(path.endswith("/edit") for path in web.paths)
