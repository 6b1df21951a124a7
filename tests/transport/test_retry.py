"""When a call is sent again, and how long we wait before."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.errors import ConnectionLost, RequestTimeout, ServerError
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.pace import Backoff
from nomad_swagger.transport.retry import RetryPolicy, asked_pause_s


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(web, reply, transport, call, pauses, status):
    web.script(reply(status=status), reply(status=status), reply.json({"total": 1}))
    assert transport.send(call(repeatable=True)).json() == {"total": 1}
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize("status", [400, 404, 409, 500, 501])
def test_other_errors_are_final(web, reply, transport, call, status):
    web.script(reply(status=status))
    assert transport.exchange(call(repeatable=True)).status_code == status
    assert len(web.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_an_unrepeatable_call_is_sent_once_whatever_the_server_says(web, reply, transport, call, status):
    web.script(reply(status=status))
    assert transport.exchange(call("POST")).status_code == status
    assert len(web.asked) == 1


def test_patience_ends_and_the_last_answer_counts(web, reply, transport, call, pauses):
    web.script(reply.json({"message": "overloaded"}, 503))
    with pytest.raises(ServerError, match="overloaded"):
        transport.send(call(repeatable=True))
    assert len(web.asked) == 4
    assert pauses == [0.5, 1.0, 2.0]


def test_a_connection_that_broke_is_tried_again_where_that_is_safe(web, reply, transport, call):
    web.script(reply(hang_up=True), reply.json({"total": 1}))
    assert transport.send(call(repeatable=True)).json() == {"total": 1}


def test_an_answer_that_broke_off_is_asked_for_again(web, reply, transport, call):
    web.script(reply(body=b'{"to', announced=100), reply.json({"total": 1}))
    assert transport.send(call(repeatable=True)).json() == {"total": 1}


def test_an_unrepeatable_call_whose_answer_got_lost_is_not_sent_again(web, reply, transport, call):
    web.script(reply(hang_up=True))
    with pytest.raises(ConnectionLost, match=r"repo\.search: .*without response"):
        transport.send(call("PUT", body=b"data"))
    assert len(web.asked) == 1


def test_a_refused_connection_did_nothing_yet_so_even_an_unrepeatable_call_is_tried_again(
    transport, pauses, closed_port
):
    with pytest.raises(ConnectionLost, match=r"Connection refused.*server up\?"):
        transport.send(PreparedCall("PUT", closed_port, body=b"data"))
    assert pauses == [0.5, 1.0, 2.0]


def test_a_server_that_comes_up_meanwhile_gets_the_unrepeatable_call(web, transport, closed_port):
    calls = []

    def until_it_is_up(request):
        calls.append(request.url)
        if len(calls) > 1:
            request.url = web.url
        return request

    transport.authenticator = type("_", (), {"matches": lambda s, u: True, "apply": lambda s, r: until_it_is_up(r)})()
    transport.send(PreparedCall("PUT", closed_port, body=b"data"))
    assert [asked.body for asked in web.asked] == [b"data"]


def test_a_silent_server_is_not_asked_again(web, reply, transport, call, pauses):
    web.script(reply(pause_s=0.3))
    transport.read_timeout_s = 0.02
    with pytest.raises(RequestTimeout, match="no answer in time"):
        transport.send(call(repeatable=True))
    assert not pauses


def test_a_server_that_falls_silent_within_an_answer_timed_out_too(web, reply, transport, call, pauses):
    web.script(reply(body=b"x", announced=10, stall_s=0.3))
    transport.read_timeout_s = 0.02
    with pytest.raises(RequestTimeout, match="no answer in time"):
        transport.send(call(repeatable=True))
    assert not pauses


def test_retry_after_in_seconds_wins_over_our_own_pause(web, reply, transport, call, pauses):
    web.script(reply(status=429, headers={"Retry-After": "7"}), reply())
    transport.send(call(repeatable=True))
    assert pauses == [7]


def test_retry_after_as_a_date_is_understood(web, reply, transport, call, pauses):
    web.script(reply(status=503, headers={"Retry-After": formatdate(time.time() + 20, usegmt=True)}), reply())
    transport.send(call(repeatable=True))
    assert pauses == [pytest.approx(19.5, abs=1.5)]


def test_a_server_cannot_put_us_to_sleep_for_an_hour(web, reply, transport, call, pauses):
    web.script(reply(status=503, headers={"Retry-After": "3600"}), reply())
    transport.send(call(repeatable=True))
    assert pauses == [30.0]


def test_pauses_grow_to_a_limit_and_differ_by_chance():
    low, high = RetryPolicy(chance=lambda: 0.0), RetryPolicy(chance=lambda: 1.0)
    assert [high.pause_s(attempt) for attempt in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert low.pause_s(3) == 2.0


@given(st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=40) | st.dates().map(str))
def test_no_retry_after_of_a_strange_proxy_breaks_a_call(value):
    response = requests.Response()
    response.headers["Retry-After"] = value
    seconds = asked_pause_s(response)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "value", ["-5", "1.5", "soon", "Mon, 99 Jan 99999 99:99:99 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", "9" * 400]
)
def test_nonsense_in_retry_after_leaves_a_sane_pause(value):
    response = requests.Response()
    response.headers["Retry-After"] = value
    assert 0 <= RetryPolicy(chance=lambda: 1.0).pause_s(0, response) <= 30


def test_a_retry_is_logged_as_a_warning_and_says_why(web, reply, transport, call, caplog):
    web.script(reply(status=503), reply())
    transport.send(call(repeatable=True))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "repo.search: status 503, trying again in 0.5 s"
    ]


def test_refusals_slow_all_threads_down_and_answers_let_them_recover():
    now, slept = [0.0], []
    pace = Backoff(clock=lambda: now[0], sleep=slept.append)
    pace.wait()
    for _ in range(20):
        pace.refused()
    for _ in range(3):
        pace.wait()
    assert slept == [1.0, 2.0], "a second between two requests at most"
    for _ in range(200):
        pace.answered()
    slept.clear()
    now[0] = 100.0
    for _ in range(3):
        pace.wait()
    assert slept == []
