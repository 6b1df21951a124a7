"""Orders whose effect is that one sees no more: a coauthor of an upload that is not published leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.errors import Forbidden, ProcessingFailed
from tests.conftest import Asked, Reply, Web
from tests.flows.conftest import QUICK, Connect, imagined

SHELDON = "sheldon.cooper@nomad-fairdi.tests.de"
BASE = "/api/v1"
NO_ACCESS = Reply.json({"detail": "You do not have access to the specified upload."}, 403)


def shared_server(web: Web, *, published: bool = False, refused_before: bool = False) -> list[str]:
    """Answer as a v1 where the caller is a coauthor of u1 until an edit is done; gives what is asked for."""
    steps: list[str] = []

    def answer(asked: Asked) -> Reply:
        path = asked.path.removeprefix(BASE)
        out = "edit" in steps
        if path.endswith("/edit"):
            steps.append("check" if json.loads(asked.body).get("verify_only") else "edit")
            return Reply.json({"data": {}})
        if path == "/users/me":
            return Reply.json({"user_id": "me"})
        if path == "/entries/query":
            hit = {"entry_id": "e1", "upload_id": "u1", "main_author": {"user_id": "owner"}}
            hit["writers"] = [{"user_id": "owner"}] if out else [{"user_id": "owner"}, {"user_id": "me"}]
            hits = [] if out and not published else [hit]
            return Reply.json({"data": hits, "pagination": {"total": len(hits)}})
        if (out and not published) or refused_before:
            return NO_ACCESS
        return Reply.json({"upload_id": "u1", "data": {"upload_id": "u1", "process_running": False}})

    web.answer = answer
    return steps


@pytest.fixture
def client(web: Web) -> Any:
    return ns.connect(f"{web.url}{BASE}", spec="nomad-1.4.3", token="a-token")


@pytest.mark.parametrize("published", [False, True])
def test_who_leaves_an_upload_has_left_when_it_is_out_of_sight(client: Any, web: Web, published: bool) -> None:
    steps = shared_server(web, published=published)
    done = ns.edit(client, "e1", coauthors=[], patience=QUICK)
    assert steps == ["check", "edit"]
    assert [(change.quantity, change.value) for change in done.changes] == [("coauthors", [])]


def test_an_upload_that_is_hidden_from_the_start_is_not_edited(client: Any, web: Web) -> None:
    steps = shared_server(web, refused_before=True)
    with pytest.raises(Forbidden, match="You do not have access"):
        ns.edit(client, "e1", coauthors=[], patience=QUICK)
    assert steps == []


def test_entries_that_are_gone_from_sight_by_no_order_of_ones_own_are_missed(client: Any, web: Web) -> None:
    """Somebody else took the coauthor off the list meanwhile, so whether the comment is there nobody can say."""
    shared_server(web)
    with pytest.raises(ProcessingFailed, match="1 entries are gone"):
        ns.edit(client, "e1", comment="new", patience=imagined())


def test_a_coauthor_can_leave_a_real_upload(
    connect: Connect, put: Callable[..., ns.Upload], silicon: Mapping[str, bytes]
) -> None:
    leonard, sheldon = connect("leonard", "1.4.3"), connect("sheldon", "1.4.3")
    upload = put(leonard, silicon)
    ns.edit(leonard, upload, coauthors=[SHELDON], patience=QUICK)
    assert ns.search(sheldon, owner="visible", upload_id=upload.upload_id).total == 1
    ns.edit(sheldon, upload, coauthors=[], patience=QUICK)
    assert ns.search(sheldon, owner="visible", upload_id=upload.upload_id).total == 0
