import time

import pytest

from nomad_swagger.auth.tokens import UNKNOWN_LIFETIME_S, checked_token, claims, holder, leeway_s, read_grant
from nomad_swagger.errors import AuthError, UsageError


def _lifetime_s(**answer: object) -> float:
    return read_grant({"access_token": "t", **answer}, server="https://login").lifetime_s


def test_the_leeway_is_30_s_or_a_third_of_a_short_life() -> None:
    assert leeway_s(86400) == 30
    assert leeway_s(90) == 30
    assert leeway_s(6) == pytest.approx(2)


@pytest.mark.parametrize(("announced", "lifetime_s"), [(300, 300), (0.5, 0.5), ("300", 300)])
def test_the_announced_lifetime_counts(announced: object, lifetime_s: float) -> None:
    assert _lifetime_s(expires_in=announced) == lifetime_s


@pytest.mark.parametrize("announced", [None, 0, -5, "soon", True, [1], float("nan"), float("inf")])
def test_an_announced_lifetime_that_is_none_falls_back_to_the_shortest(announced: object) -> None:
    assert _lifetime_s(expires_in=announced) == UNKNOWN_LIFETIME_S


def test_without_an_announcement_the_tokens_own_dates_count(jwt) -> None:
    now = int(time.time())
    assert _lifetime_s(access_token=jwt(iat=now, exp=now + 240)) == 240


def test_a_clock_that_differs_from_the_servers_does_not_change_a_lifetime(jwt) -> None:
    assert _lifetime_s(access_token=jwt(iat=10, exp=250)) == 240


@pytest.mark.parametrize("dates", [{"exp": 5}, {"iat": 9, "exp": 5}, {"iat": "a", "exp": {}}])
def test_dates_that_make_no_sense_fall_back_to_the_shortest(jwt, dates) -> None:
    assert _lifetime_s(access_token=jwt(**dates)) == UNKNOWN_LIFETIME_S


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "a.####.c", "a.bnVsbA.c", "....", "nomad_pat_1"])
def test_a_token_of_another_kind_claims_nothing(token: str) -> None:
    assert claims(token) == {}
    assert holder(token) is None


def test_a_token_tells_whose_it_is(jwt) -> None:
    assert holder(jwt(preferred_username="leonard", sub="id")) == "leonard"
    assert holder(jwt(user="an-id", exp=1)) == "an-id"
    assert holder(jwt(preferred_username=7)) is None


@pytest.mark.parametrize(
    "answer", [{}, {"access_token": None}, {"access_token": "two words"}, {"access_token": "a\nb"}]
)
def test_an_answer_without_a_usable_token_is_an_error_that_names_the_server(answer) -> None:
    with pytest.raises(AuthError, match="https://login"):
        read_grant(answer, server="https://login")


def test_a_grant_shows_no_token() -> None:
    grant = read_grant({"access_token": "acc-tok", "refresh_token": "ref-tok"}, server="x")
    assert grant.refresh_token == "ref-tok"
    assert "tok" not in repr(grant).replace("refresh_token", "")


@pytest.mark.parametrize("text", ["abc.def", " abc.def\n", "Bearer abc.def", "bearer  abc.def\r\n"])
def test_a_pasted_token_is_cleaned(text: str) -> None:
    assert checked_token(text) == "abc.def"


@pytest.mark.parametrize("text", ["", "  ", "Bearer ", "two words", "line\nbreak", "tökén"])
def test_a_text_that_is_no_token_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(UsageError, match="NOMAD_CLIENT_ACCESS_TOKEN") as caught:
        checked_token(text, named="NOMAD_CLIENT_ACCESS_TOKEN")
    assert "words" not in str(caught.value)
