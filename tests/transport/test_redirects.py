"""What follows a redirect, with what, and where it ends."""

from __future__ import annotations

import logging

import pytest
import requests

from nomad_swagger.errors import ConnectionLost, InvalidRequest
from nomad_swagger.transport.call import PreparedCall

SECRETS = {"Authorization": "Bearer s3cret", "X-Token": "s3cret", "Cookie": "session=s3cret"}


class WithSecrets:
    """Somebody's authenticator that sends more than Authorization."""

    def matches(self, url):
        return True

    def apply(self, request):
        request.headers.update(SECRETS)
        return request


@pytest.fixture(autouse=True)
def logged_in(transport):
    transport.authenticator = WithSecrets()


def test_a_read_follows_within_the_host_with_its_login(web, reply, transport, call):
    web.script(reply.to("/moved"), reply.json({"ok": True}))
    assert transport.send(call()).json() == {"ok": True}
    assert web.paths == ["/x", "/moved"]
    assert web.asked[1].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_secret_goes_to_another_host(web, other_web, reply, transport, call, status, caplog):
    web.script(reply.to(f"{other_web.url}/x", status))
    transport.send(call(headers=(("Accept", "text/plain"), ("Range", "bytes=5-"))))
    sent = other_web.asked[0].headers
    assert "s3cret" not in str(sent)
    assert (sent["accept"], sent["range"]) == ("text/plain", "bytes=5-")
    assert sent["user-agent"].startswith("nomad-swagger")
    assert "the login does not go along" in caplog.text


def test_the_same_host_on_another_port_is_another_host(web, other_web, reply, transport, call):
    web.script(reply.to(other_web.url.replace("127.0.0.1", "localhost")))
    transport.send(call())
    assert "authorization" not in other_web.asked[0].headers


@pytest.mark.parametrize("status", [307, 308])
def test_a_change_follows_with_its_whole_body_where_method_and_host_stay(web, reply, transport, call, status):
    web.script(reply.to("/uploads/", status), reply())
    transport.send(call("PUT", body=b"data" * 1000))
    assert [(asked.method, asked.size_bytes) for asked in web.asked] == [("PUT", 4000), ("PUT", 4000)]


@pytest.mark.parametrize("status", [307, 308])
def test_a_change_does_not_go_to_another_host(web, other_web, reply, transport, call, status):
    web.script(reply.to(f"{other_web.url}/uploads/?token=s3cret", status))
    with pytest.raises(InvalidRequest, match=f"It points to {other_web.url}/uploads/: connect there") as caught:
        transport.send(call("PUT", body=b"data"))
    assert "s3cret" not in str(caught.value)
    assert not other_web.asked


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_change_is_never_turned_into_a_read(web, reply, transport, call, method, status):
    web.script(reply.to("/elsewhere", status))
    with pytest.raises(InvalidRequest, match=rf"repo\.search: {status}") as caught:
        transport.send(call(method))
    assert caught.value.status == status
    assert web.paths == ["/x"]


def test_a_ring_of_redirects_ends(web, reply, transport, call):
    web.script(reply.to("/x"))
    with pytest.raises(ConnectionLost, match="more than 5 redirects"):
        transport.send(call(repeatable=True))
    assert len(web.asked) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x"])
def test_a_redirect_to_something_that_is_not_the_web_is_refused(web, reply, transport, call, location):
    web.script(reply.to(location))
    with pytest.raises(ValueError, match=r"repo\.search"):
        transport.send(call())


def test_a_redirect_without_a_location_is_an_answer_like_any_other(web, reply, transport, call):
    web.script(reply(status=302, body=b"", headers={}))
    assert transport.exchange(call()).status_code == 302


def test_a_login_in_netrc_does_not_get_in_by_a_redirect(
    web, other_web, reply, transport, silent_environment, monkeypatch
):
    netrc = silent_environment / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\nmachine localhost login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    web.script(reply.to(other_web.url.replace("127.0.0.1", "localhost")))
    transport.authenticator = None
    transport.send(PreparedCall("GET", web.url))
    assert requests.get(web.url, allow_redirects=False).request.headers["Authorization"].startswith("Basic ")
    assert "authorization" not in web.asked[0].headers
    assert "authorization" not in other_web.asked[0].headers


def test_nothing_secret_is_logged(web, other_web, reply, transport, call, caplog):
    caplog.set_level(logging.DEBUG, "nomad_swagger")
    web.script(reply.to(f"{other_web.url}/y?token=s3cret"), reply())
    transport.send(call(query=(("signature_token", "s3cret"),)))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("nomad_swagger")]
    assert ours
    assert "s3cret" not in str(ours)
