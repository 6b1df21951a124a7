"""Logins with a password at a real Keycloak, and how each of its refusals is told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.auth import KeycloakAuthenticator, StoredAuthenticator, log_in, log_out
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.tokens import claims
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import AuthError, ConnectionLost, LoginRefused
from nomad_swagger.settings import Keycloak
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.send import Transport
from tests.keycloak.conftest import API
from tests.keycloak.gate import Gate
from tests.keycloak.server import PASSWORD, USER, KeycloakServer

pytestmark = pytest.mark.keycloak


def test_a_password_buys_a_login_that_renews_itself(keycloak: KeycloakServer, store: TokenStore) -> None:
    login = log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store)
    assert (login.kept, login.renews_itself) == ("refresh token", True)
    assert login.ends_at is not None and 1500 < login.ends_at - time.time() <= 1801  # ssoSessionIdleTimeout
    assert claims(login.access_token)["preferred_username"] == USER


def test_an_offline_login_has_no_end_and_is_ended_by_a_logout(keycloak: KeycloakServer, store: TokenStore) -> None:
    login = log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store, offline=True)
    assert (login.kept, login.ends_at) == ("offline token", None)
    held = StoredAuthenticator(store, API, user=USER)
    assert held.token() == login.access_token
    assert log_out(API, store=store) == login
    store.save(login)  # as if somebody had kept a copy
    with pytest.raises(LoginRefused, match="run out"):
        StoredAuthenticator(store, API, user=USER, now=lambda: time.time() + 59).token()


@pytest.mark.parametrize(
    ("user", "client_id", "words"),
    [
        ("leonard", "nosuch", "check client_id"),
        ("leonard", "no_passwords", "--device"),
        ("disabled", "nomad_public", "disabled.*operators"),
        ("must-change", "nomad_public", "--browser"),
    ],
)
def test_what_is_no_wrong_password_is_not_told_as_one(
    keycloak: KeycloakServer, store: TokenStore, user: str, client_id: str, words: str
) -> None:
    with pytest.raises(LoginRefused, match=words) as refused:
        log_in(API, user, password=PASSWORD, destination=keycloak.place(client_id), store=store)
    assert "Check user and password" not in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_a_wrong_realm_is_told_as_one(keycloak: KeycloakServer, store: TokenStore) -> None:
    with pytest.raises(AuthError, match="realm_name"):
        log_in(API, USER, password=PASSWORD, destination=Keycloak(keycloak.url, "nosuch"), store=store)


def test_a_wrong_password_is_tried_once_by_sixteen_threads(keycloak: KeycloakServer) -> None:
    before = keycloak.wrong_passwords(USER)
    shared = KeycloakAuthenticator(
        USER, "wrong", server_url=keycloak.url, realm_name="fairdi_nomad_test", host="http://127.0.0.1:9"
    )
    refusals = at_once(16, lambda: refused(shared.token))
    assert all("Check user and password" in words for words in refusals)
    refused(shared.token)
    assert keycloak.wrong_passwords(USER) == before + 1


def test_a_session_that_was_ended_at_the_server_is_told_and_not_asked_twice(
    keycloak: KeycloakServer, store: TokenStore
) -> None:
    log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store)
    keycloak.admin("POST", f"/users/{keycloak.user_id(USER)}/logout")
    keycloak.forget_events()
    held = StoredAuthenticator(store, API, user=USER, now=lambda: time.time() + 59)
    assert "run out" in refused(held.token)
    assert "run out" in refused(held.token)
    assert len(keycloak.events("REFRESH_TOKEN_ERROR")) == 1


def test_a_certificate_counts_when_its_file_is_named(
    keycloak: KeycloakServer, store: TokenStore, certificate: Any
) -> None:
    place = Keycloak(keycloak.tls_url, "fairdi_nomad_test")
    with pytest.raises(ConnectionLost, match="ca_file"):
        log_in(API, USER, password=PASSWORD, destination=place, store=store)
    login = log_in(API, USER, password=PASSWORD, destination=place, store=store, wire=Wire(ca_file=str(certificate[0])))
    assert login.renews_itself


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_wrong_by_hours_makes_no_difference(
    keycloak: KeycloakServer, store: TokenStore, hours: int
) -> None:
    """What counts is how long ago the token was asked for, never what time the server thinks it is."""

    def now() -> float:
        return time.time() + hours * 3600

    log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store, now=now)
    keycloak.forget_events()
    held = StoredAuthenticator(store, API, user=USER, now=now)
    assert claims(held.token())["preferred_username"] == USER
    assert keycloak.events("REFRESH_TOKEN") == []


def test_a_token_that_ends_in_the_middle_of_a_transfer_is_renewed(
    keycloak: KeycloakServer, store: TokenStore, web: Any, reply: Any
) -> None:
    """Thirty files one after the other by a token of two seconds: each request carries one that is alive."""
    log_in(f"{web.url}/api", USER, password=PASSWORD, destination=keycloak.place("short_device"), store=store)

    def answer(asked: Any) -> Any:
        told = claims(asked.headers["authorization"].removeprefix("Bearer "))
        return reply(body=b"x" * 1000) if told["exp"] > time.time() else reply.json({"detail": "too late"}, 401)

    web.answer = answer
    transport = Transport(authenticator=StoredAuthenticator(store, f"{web.url}/api", user=USER))
    seen = set()
    for _ in range(30):
        assert transport.send(PreparedCall("GET", f"{web.url}/api/file")).content == b"x" * 1000
        seen.add(web.asked[-1].headers["authorization"])
        time.sleep(0.15)
    assert len(seen) >= 3


def test_a_keycloak_that_is_away_for_a_while_costs_a_running_job_nothing(
    keycloak: KeycloakServer, store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    with Gate(keycloak.port) as gate:
        place = Keycloak(f"http://127.0.0.1:{gate.port}/auth/", "fairdi_nomad_test", "short_device")
        log_in(API, USER, password=PASSWORD, destination=place, store=store)
        held = StoredAuthenticator(store, API, user=USER)
        first = held.token()
        time.sleep(2.1)
        gate.shut()
        threading.Timer(20, gate.open).start()
        keycloak.forget_events()
        with caplog.at_level(logging.WARNING):
            second = held.token()
    assert second != first and claims(second)["preferred_username"] == USER
    assert "Trying again" in caplog.text
    assert (len(keycloak.events("REFRESH_TOKEN")), keycloak.events("REFRESH_TOKEN_ERROR")) == (1, [])


def refused(ask: Callable[[], Any]) -> str:
    with pytest.raises(LoginRefused) as told:
        ask()
    return str(told.value)


def at_once(count: int, ask: Callable[[], str]) -> list[str]:
    answers: list[str] = []
    gate = threading.Barrier(count)

    def work() -> None:
        gate.wait()
        answers.append(ask())

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers
