"""What a running job does while the login server is away, and how a code for another screen is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from nomad_swagger.auth.answers import Refusal
from nomad_swagger.auth.device import DeviceCode, log_in_by_device
from nomad_swagger.auth.keeper import TokenKeeper
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.errors import ConnectionLost, LoginRefused


def lost(*, may_have_arrived: bool) -> ConnectionLost:
    error = ConnectionLost("login at x: gone")
    never: Any = MaxRetryError(None, "/", NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    error.__cause__ = requests.ConnectionError("reset" if may_have_arrived else never)
    return error


def keeper(clock: Any, answers: Iterator[Grant | ConnectionLost]) -> tuple[TokenKeeper, list[float]]:
    slept: list[float] = []

    def renewal(last: Grant | None) -> Grant:
        answer = next(answers)
        if isinstance(answer, ConnectionLost):
            raise answer
        return answer

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.pass_s(seconds)

    return TokenKeeper(renewal, clock=clock, sleep=sleep), slept


def test_a_running_job_waits_for_a_login_server_that_is_away(clock: Any) -> None:
    away = lost(may_have_arrived=False)
    held, slept = keeper(clock, iter([Grant("a", 60), away, away, away, Grant("b", 60)]))
    assert held.token() == "a"
    clock.pass_s(60)
    assert (held.token(), slept) == ("b", [1, 2, 4])


def test_it_does_not_wait_for_ever(clock: Any) -> None:
    held, slept = keeper(clock, iter([Grant("a", 60), *[lost(may_have_arrived=False)] * 100]))
    held.token()
    clock.pass_s(60)
    with pytest.raises(ConnectionLost):
        held.token()
    assert 120 <= sum(slept) <= 135


def test_a_request_that_may_have_arrived_is_not_sent_again(clock: Any) -> None:
    held, slept = keeper(clock, iter([Grant("a", 60), lost(may_have_arrived=True)]))
    held.token()
    clock.pass_s(60)
    with pytest.raises(ConnectionLost):
        held.token()
    assert slept == []


def test_a_first_login_does_not_wait(clock: Any) -> None:
    held, slept = keeper(clock, iter([lost(may_have_arrived=False)]))
    with pytest.raises(ConnectionLost):
        held.token()
    assert slept == []


class Page:
    """A login server with a page for codes, which says what a test wants, one after the other."""

    url = "https://login.example"

    def __init__(self, *codes: str) -> None:
        self._codes = list(codes)

    def device_code(self) -> DeviceCode:
        return DeviceCode("https://login.example/device", "ABCD-EFGH", "", 100.0, 5.0, "secret-code")

    def login_by_device(self, device_code: str) -> Grant:
        assert device_code == "secret-code"
        code = self._codes.pop(0) if len(self._codes) > 1 else self._codes[0]
        if code == "granted":
            return Grant("token", 60)
        raise Refusal(f"refused: {code}", code=code)


def ask(clock: Any, *codes: str) -> tuple[Grant, list[float]]:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.pass_s(seconds)

    told: list[DeviceCode] = []
    grant = log_in_by_device(Page(*codes), told.append, clock=clock, sleep=sleep)
    assert "secret-code" not in repr(told)
    return grant, slept


def test_a_server_that_wants_to_be_asked_less_often_is(clock: Any) -> None:
    grant, slept = ask(clock, "authorization_pending", "slow_down", "slow_down", "authorization_pending", "granted")
    assert (grant.access_token, slept) == ("token", [5, 5, 10, 15, 15])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("authorization_pending", "ran out"),
        ("expired_token", "ran out"),
        ("access_denied", "said no"),
        ("invalid_client", "refused"),
    ],
)
def test_each_end_of_a_login_by_code_is_told(clock: Any, code: str, words: str) -> None:
    with pytest.raises(LoginRefused, match=words):
        ask(clock, code)
