"""Getting a document: whatever its status, without a login, and not without end."""

from __future__ import annotations

import pytest

from nomad_swagger.errors import ConnectionLost
from nomad_swagger.transport import fetch
from nomad_swagger.transport.fetch import fetch_with


def test_an_answer_comes_as_it_is_with_headers_in_lower_case(web, reply, transport):
    web.script(reply.json({"swagger": "2.0"}, 200, ETag='"1"'))
    status, headers, body, url = fetch_with(f"{web.url}/swagger.json", {"If-None-Match": '"0"'}, transport=transport)
    assert (status, headers["etag"], body, url) == (200, '"1"', b'{"swagger": "2.0"}', f"{web.url}/swagger.json")
    assert web.asked[0].headers["if-none-match"] == '"0"'
    assert web.asked[0].headers["accept"].startswith("application/json")


def test_an_error_status_is_no_error_here(web, reply, transport):
    web.script(reply.text("gone", 404))
    assert fetch_with(web.url, {}, transport=transport)[0] == 404


def test_a_login_does_not_go_along(web, transport, tokens):
    transport.authenticator = tokens
    fetch_with(web.url, {}, transport=transport)
    assert "authorization" not in web.asked[0].headers
    assert transport.authenticator is tokens


def test_a_document_without_end_is_cut_off(web, reply, transport, monkeypatch):
    monkeypatch.setattr(fetch, "LONGEST_BODY_BYTES", 10)
    web.script(reply(body=b"x" * (3 << 20)))
    assert len(fetch_with(web.url, {}, transport=transport)[2]) <= 1 << 20


def test_a_cut_within_the_document_is_a_lost_connection(web, reply, transport):
    web.script(reply(body=b"{", announced=9))
    with pytest.raises(ConnectionLost, match=f"GET {web.url}"):
        fetch_with(web.url, {}, transport=transport)
