"""Calls by verb, in our words."""

from __future__ import annotations

import json

import pytest

from nomad_swagger.client.connect import connect
from nomad_swagger.errors import ApiError, NotFound, UnknownArgument
from nomad_swagger.generations.generation import load_generation
from nomad_swagger.transport.bodies import FileBody


@pytest.fixture(scope="module")
def pinned():
    return connect("https://nomad.example/api", spec="nomad-0.8.6").nomad


def test_our_words_land_where_the_document_wants_them(pinned):
    call = pinned.prepare_verb("publish", {"upload_id": "u", "comment": "c", "embargo_months": 3, "references": None})
    assert (call.method, call.url) == ("POST", "https://nomad.example/api/uploads/u")
    assert json.loads(call.body) == {
        "operation": "publish",
        "metadata": {"comment": "c", "embargo_length": 3, "with_embargo": True},
    }
    assert not call.repeatable


def test_a_call_leaves_our_knowledge_as_it_was(pinned):
    before = repr(load_generation("v0"))
    pinned.prepare_verb("publish", {"upload_id": "u", "comment": "c"})
    assert repr(load_generation("v0")) == before


def test_an_argument_without_a_place_is_refused(pinned):
    with pytest.raises(UnknownArgument, match=r"unknown argument 'colour' of get_upload \(uploads\.get_upload\)"):
        pinned.prepare_verb("get_upload", {"upload_id": "u", "colour": "red"})
    assert pinned.takes("publish", "comment")
    assert not pinned.takes("delete", "comment")


def test_a_streamed_body_says_what_it_is(pinned, tmp_path):
    call = pinned.prepare_verb("upload", {"name": "si"}, body=FileBody(tmp_path))
    assert dict(call.headers)["Content-Type"] == "application/octet-stream"
    assert dict(call.headers)["Accept"] == "application/json"
    assert call.query == (("name", "si"),)


def test_native_arguments_go_along(pinned):
    assert pinned.prepare_verb("search", {"owner": "public"}, native={"atoms": ["Si"], "page": 2}).query == (
        ("owner", "public"),
        ("atoms", "Si"),
        ("page", "2"),
    )


def test_asking_gives_the_record(client):
    assert client.nomad.ask("whoami", {})["access_token"]
    with pytest.raises(NotFound, match=r"uploads\.get_upload: 404 .*Upload with id nope"):
        client.nomad.ask("get_upload", {"upload_id": "nope"})


@pytest.mark.parametrize(("body", "kind"), [("<html><title>Log in</title>", "text/html"), ("", "text/plain")])
def test_a_page_instead_of_json_is_an_error_that_guesses_why(web, reply, scripted, body, kind):
    web.script(reply.text(body, kind=kind))
    with pytest.raises(ApiError, match=f"auth.get_auth: expected JSON and got {kind}.*login page") as caught:
        scripted().nomad.ask("whoami", {})
    assert caught.value.status == 200


def test_what_a_server_cannot_do_is_known_beforehand(pinned):
    assert pinned.can("publish")
    assert not pinned.can("fly")
