"""When a call that is written down logs in, and what is said of who may call."""

from __future__ import annotations

from typing import Any

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.explore.operations import describe
from nomad_swagger.explore.recipes import prepared, recipe
from nomad_swagger.explore.requests_as_text import request_text

MINE = ("user", "shared", "staging", "admin")
STYLES = ("curl", "wget", "requests", "bravado", "nomad-swagger")
SEARCHES = (
    "entries.post_entries_metadata_query",
    "entries.post_entries_archive_query",
    "entries.post_entries_raw_query",
)


def has_token(source: Any, name: str, style: str = "curl", **arguments: Any) -> bool:
    return "NOMAD_TOKEN" in recipe(source, name, style=style, **arguments)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("snapshot", ["nomad-1.4.3", "nomad-2.0.0"])
def test_a_search_among_ones_own_logs_in_where_a_body_says_so(snapshot: str, style: str) -> None:
    spec = load_spec(snapshot)
    for owner in MINE:
        assert has_token(spec, "search", style, owner=owner, elements=["Si"])
    assert not has_token(spec, "search", style, owner="public", elements=["Si"])
    assert has_token(spec, "download", style, owner="user", elements=["Si"])


@pytest.mark.parametrize("operation", SEARCHES)
def test_an_operation_logs_in_for_the_owner_in_its_body(operation: str) -> None:
    spec = load_spec("nomad-2.0.0")
    assert has_token(spec, operation, body={"owner": "shared"})
    assert not has_token(spec, operation, body={"owner": "visible"})
    assert not has_token(spec, operation, body={"query": {"owner": "user"}})
    assert "owner=user|shared|staging|admin" in describe(spec, operation).access
    assert "owner" not in describe(spec, "entries.post_entry_archive_query").access


def test_the_owner_is_within_the_query_of_an_archive_search_of_v0() -> None:
    spec = load_spec("nomad-0.8.6")
    assert has_token(spec, "archive.post_archive_query", payload={"query": {"owner": "user"}})
    assert not has_token(spec, "archive.post_archive_query", payload={"query": {"atoms": ["Si"]}})
    assert "owner=user" in describe(spec, "archive.post_archive_query").access


@pytest.mark.parametrize("style", STYLES)
def test_a_client_that_is_logged_in_writes_its_login_where_the_answer_depends_on_who_asks(style: str) -> None:
    """One's own entry that is not published is for nobody else: without the login its recipe gives nothing."""
    for snapshot, url in (
        ("nomad-0.8.6", "https://nomad.example/api"),
        ("nomad-2.0.0", "https://nomad.example/api/v1"),
    ):
        leonard, nobody = connect(url, spec=snapshot, token="s3cret"), connect(url, spec=snapshot)
        reads: list[tuple[str, dict[str, Any]]] = [
            ("archive", {"entry_id": "e1", "upload_id": "u1"}),
            ("download", {"upload_id": "u1", "path": "a/b.out"}),
            ("search", {"owner": "visible", "elements": ["Si"]}),
        ]
        for name, given in reads:
            assert has_token(leonard, name, style, **given)
            assert not has_token(nobody, name, style, **given)
            assert "s3cret" not in recipe(leonard, name, style=style, **given)


def test_what_is_the_same_for_everybody_needs_no_login_by_anybody() -> None:
    leonard = connect("https://nomad.example/api", spec="nomad-0.8.6", token="s3cret")
    assert not has_token(leonard, "info.get_info")


def test_a_request_as_text_logs_in_as_its_recipe_does() -> None:
    nomad = connect("https://nomad.example/api/v1", spec="nomad-2.0.0", token="s3cret").nomad
    call = prepared(nomad, "entries.get_entry_archive", {"entry_id": "e1"})
    assert "Authorization: Bearer $NOMAD_TOKEN" in request_text(nomad, call)
