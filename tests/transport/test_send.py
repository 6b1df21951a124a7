"""Login, renewal, pace, and the errors that come out."""

from __future__ import annotations

import threading

import pytest
from bravado.requests_client import ApiKeyAuthenticator, BasicAuthenticator

from nomad_swagger import errors
from nomad_swagger.transport.bodies import FileBody
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.pace import Pace


def test_an_expired_token_is_renewed_once_and_the_whole_body_sent_again(web, reply, transport, call, tokens, tmp_path):
    (tmp_path / "out").write_bytes(b"data" * 500_000)
    transport.authenticator = tokens
    web.script(reply(status=401), reply.json({"ok": True}))
    transport.send(call("PUT", body=FileBody(tmp_path / "out")))
    assert [asked.headers["authorization"] for asked in web.asked] == ["Bearer old", "Bearer new"]
    assert web.asked[0].sha256 == web.asked[1].sha256
    assert tokens.renewed == ["old"]


def test_a_second_refusal_is_believed(web, reply, transport, call, tokens):
    transport.authenticator = tokens
    web.script(reply.json({"message": "Not authorized"}, 401))
    with pytest.raises(errors.Unauthorized, match="Not authorized"):
        transport.send(call(repeatable=True))
    assert len(web.asked) == 2


def test_a_login_that_was_not_sent_is_not_renewed(web, reply, transport, call, tokens):
    tokens.elsewhere = True
    transport.authenticator = tokens
    web.script(reply(status=401))
    assert transport.exchange(call()).status_code == 401
    assert not tokens.renewed


def test_each_retry_goes_out_with_the_token_of_its_time(web, reply, transport, call, tokens):
    transport.authenticator = tokens

    def answer(asked):
        tokens.good[0] = "later"
        return reply(status=503) if len(web.asked) == 1 else reply()

    web.answer = answer
    transport.send(call(repeatable=True))
    assert [asked.headers["authorization"] for asked in web.asked] == ["Bearer old", "Bearer later"]


def test_bravados_own_authenticators_work(web, transport, call):
    host = web.url.removeprefix("http://")
    transport.authenticator = BasicAuthenticator(host, "me", "secret")
    transport.send(call())
    assert web.asked[0].headers["authorization"] == "Basic bWU6c2VjcmV0"
    transport.authenticator = ApiKeyAuthenticator(host, "key", param_name="api_key", param_in="query")
    transport.send(call(query=(("a", "b"),)))
    assert web.asked[1].query == "a=b&api_key=key"


@pytest.mark.parametrize("url", ["nomad-lab.eu/api", "ftp://nomad-lab.eu", "https://", "http://[::1"])
def test_a_url_that_is_none_is_the_callers_mistake(transport, url):
    with pytest.raises(errors.UsageError, match="https://"):
        transport.send(PreparedCall("GET", url))


def test_a_header_that_cannot_be_sent_is_the_callers_mistake(transport, call):
    with pytest.raises(errors.UsageError, match="header"):
        transport.send(call(headers=(("X-Fields", "a\nb"),)))


def test_an_answer_of_an_error_is_ours_also_when_it_was_to_be_streamed(web, reply, transport, call):
    web.script(reply.json({"message": "no such file"}, 404))
    with pytest.raises(errors.NotFound, match="no such file"):
        transport.send(call(), stream=True)


def test_a_call_without_an_operation_is_named_by_its_url_without_secrets(transport, closed_port):
    transport.policy = type(transport.policy)(retries=0)
    with pytest.raises(errors.ConnectionLost) as caught:
        transport.send(PreparedCall("GET", closed_port.replace("//", "//me:s3cret@") + "/x?token=s3cret"))
    assert str(caught.value).startswith(f"GET {closed_port}/x: ")
    assert "s3cret" not in str(caught.value)


class Clock:
    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_a_polite_client_keeps_the_gap_between_requests():
    clock = Clock()
    pace = Pace(10, clock=lambda: clock.now, sleep=clock.sleep)
    for _ in range(4):
        pace.wait()
    clock.now += 5
    pace.wait()
    assert clock.slept == [0.1, 0.1, 0.1]


def test_threads_share_one_pace():
    slept, lock = [], threading.Lock()

    def sleep(seconds):
        with lock:
            slept.append(round(seconds, 6))

    pace = Pace(10, clock=lambda: 0.0, sleep=sleep)
    threads = [threading.Thread(target=pace.wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


def test_without_a_rate_nobody_waits():
    Pace(sleep=pytest.fail).wait()


def test_a_pace_can_be_set_while_it_is_kept():
    pace = Pace(10)
    assert pace.per_s == 10
    pace.per_s = 4
    assert pace.per_s == 4
    pace.per_s = 0
    Pace(sleep=pytest.fail).wait()


def test_retries_and_redirects_keep_the_pace_too(web, reply, transport, call):
    turns = []
    transport.pace = type("Turns", (), {"wait": lambda self: turns.append(1)})()
    web.script(reply(status=503), reply.to("/y"), reply())
    transport.send(call(repeatable=True))
    assert len(turns) == 3
