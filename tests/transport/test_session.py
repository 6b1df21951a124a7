"""The session: what of the environment counts, and what does not."""

from __future__ import annotations

import os
import pickle

import pytest
import requests

from nomad_swagger.errors import ConnectionLost, UsageError
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.send import Transport
from nomad_swagger.transport.session import make_session, user_agent


@pytest.fixture
def netrc(silent_environment, monkeypatch):
    file = silent_environment / "netrc"
    file.write_text("machine 127.0.0.1 login me password s3cret\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
def test_netrc_never_replaces_a_token(web, transport, call, tokens):
    transport.authenticator = tokens
    transport.send(call())
    assert web.asked[0].headers["authorization"] == "Bearer old"
    requests.get(web.url, headers={"Authorization": "Bearer old"})
    assert web.asked[1].headers["authorization"].startswith("Basic "), "the trap is still there in requests"


@pytest.mark.usefixtures("netrc")
def test_netrc_does_not_log_in_an_anonymous_call(web, transport, call):
    transport.send(call())
    assert "authorization" not in web.asked[0].headers


def test_a_proxy_of_the_environment_carries_the_call(web, transport, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", web.url)
    transport.send(PreparedCall("GET", "http://nomad.example/api/x"))
    assert web.asked[0].target == "http://nomad.example/api/x"


def test_what_the_environment_says_counts_from_the_next_call_on(web, other_web, transport, monkeypatch):
    transport.send(PreparedCall("GET", web.url))
    monkeypatch.setenv("HTTP_PROXY", other_web.url)
    transport.send(PreparedCall("GET", web.url))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    transport.send(PreparedCall("GET", web.url))
    assert (len(web.asked), len(other_web.asked)) == (2, 1)


def test_no_proxy_is_respected(web, other_web, transport, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", other_web.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    transport.send(PreparedCall("GET", web.url))
    assert (len(web.asked), len(other_web.asked)) == (1, 0)


def test_a_profiles_proxy_goes_before_the_environments(web, other_web, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", other_web.url)
    Transport(session=make_session(proxy=web.url)).send(PreparedCall("GET", "http://nomad.example/x"))
    assert (len(web.asked), len(other_web.asked)) == (1, 0)


def test_a_proxy_that_is_down_is_named_as_the_culprit(transport, monkeypatch, closed_port):
    monkeypatch.setenv("HTTP_PROXY", closed_port)
    with pytest.raises(ConnectionLost, match="The proxy is at fault: check HTTPS_PROXY"):
        transport.send(PreparedCall("GET", "http://nomad.example/x"))


@pytest.mark.parametrize(
    ("profile", "environment", "wanted"), [("", "/env.pem", "/env.pem"), ("mine", "/env.pem", "mine"), ("", "", True)]
)
def test_the_profiles_authorities_go_before_the_environments(tmp_path, monkeypatch, profile, environment, wanted):
    mine = tmp_path / "ca.pem"
    mine.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", environment)
    transport = Transport(session=make_session(ca_file=str(mine) if profile else ""))
    verify = transport._settings("https://nomad.example", stream=False)["verify"]
    assert verify == (str(mine) if wanted == "mine" else wanted)


def test_a_file_of_authorities_that_is_not_there_is_refused_at_once(tmp_path):
    with pytest.raises(UsageError, match=r"no file .*ca\.pem"):
        make_session(ca_file=str(tmp_path / "ca.pem"))


def test_the_user_agent_says_who_we_are(web, transport, call):
    transport.send(call())
    assert web.asked[0].headers["user-agent"] == user_agent()
    assert user_agent().startswith("nomad-swagger")


def test_sixteen_threads_fit_into_the_pool():
    for adapter in make_session().adapters.values():
        assert adapter._pool_maxsize == 16
        assert adapter.max_retries.total == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_child_begins_its_own_connections_and_the_parent_keeps_its_own(web, transport, call):
    transport.send(call())
    mine = dict(transport.session.adapters)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            transport.send(call())
            others = all(transport.session.adapters[url] is not adapter for url, adapter in mine.items())
            os.write(writing, b"its own" if others else b"the parent's")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        assert told.read() == b"its own"
    os.waitpid(child, 0)
    transport.send(call())
    assert dict(transport.session.adapters) == mine
    assert len(web.asked) == 3


def test_a_session_can_be_pickled_as_before(web):
    session = pickle.loads(pickle.dumps(make_session()))
    assert Transport(session=session).send(PreparedCall("GET", web.url)).status_code == 200
