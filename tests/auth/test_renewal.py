import threading
from pathlib import Path

import pytest

from nomad_swagger.auth.from_store import StoredRenewal
from nomad_swagger.auth.keeper import TokenKeeper
from nomad_swagger.auth.login import log_in
from nomad_swagger.auth.renewal import PasswordRenewal
from nomad_swagger.auth.servers import KeycloakServer
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import ConnectionLost, LoginRefused, NoCredentials, ServerError
from nomad_swagger.settings import Keycloak

API = "https://nomad-lab.eu/prod/v1/api/v1"
PASSWORD = "s3cret-word"


def _renewal(server, password: str = PASSWORD) -> PasswordRenewal:
    return PasswordRenewal(KeycloakServer(Keycloak(server.url + "/auth/"), Wire()), "leonard", password)


def test_first_the_password_then_the_refresh_token_then_the_password_again(server, realm) -> None:
    renewal = _renewal(server)
    second = renewal(renewal(None))
    assert (second.access_token, realm.logins, realm.refreshes) == ("access-2", 1, 1)
    realm.good_refresh_tokens.clear()  # the session is over
    third = renewal(second)
    assert (third.access_token, realm.logins, realm.refreshes) == ("access-3", 2, 2)


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(server, json_answer) -> None:
    server.script = lambda asked: json_answer(200, {"access_token": "a"})
    assert _renewal(server)(Grant("old", 300, "keep-me")).refresh_token == "keep-me"


def test_without_a_refresh_token_the_password_is_used(server, realm) -> None:
    assert _renewal(server)(Grant("old", 300)).access_token == "access-1"
    assert realm.refreshes == 0


def test_a_refused_password_is_not_sent_a_second_time(server, realm) -> None:
    renewal = _renewal(server, "wrong-word")
    for _ in range(3):
        with pytest.raises(LoginRefused, match="Invalid user credentials") as caught:
            renewal(None)
        assert "leonard" in str(caught.value)
        assert "wrong-word" not in str(caught.value)
    assert realm.logins == 1


def test_users_see_login_refused_and_no_class_of_this_room(server, realm) -> None:
    with pytest.raises(LoginRefused) as caught:
        _renewal(server, "wrong-word")(None)
    assert type(caught.value) is LoginRefused


def test_a_refresh_that_fails_for_another_reason_does_not_send_the_password(server, json_answer) -> None:
    server.script = lambda asked: json_answer(401, {"error": "invalid_client", "error_description": "Wrong client"})
    with pytest.raises(LoginRefused, match="Wrong client"):
        _renewal(server)(Grant("old", 300, "refresh"))
    server.script = lambda asked: json_answer(503, {})
    with pytest.raises(ServerError):
        _renewal(server)(Grant("old", 300, "refresh"))
    assert [asked.form["grant_type"] for asked in server.asked] == ["refresh_token", "refresh_token"]


def test_a_lost_connection_is_not_remembered_as_a_refusal(server, realm) -> None:
    renewal = _renewal(server)
    working = renewal._server
    renewal._server = KeycloakServer(Keycloak("http://127.0.0.1:9/auth/"), Wire())
    with pytest.raises(ConnectionLost):
        renewal(None)
    renewal._server = working
    assert renewal(None).access_token == "access-1"


def test_8_threads_over_many_lifetimes_make_one_call_per_lifetime(server, realm, clock) -> None:
    keeper = TokenKeeper(_renewal(server), clock=clock)
    for lifetime in range(1, 5):
        threads = [threading.Thread(target=keeper.token) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.asked) == lifetime
        clock.pass_s(280)
    assert (realm.logins, realm.refreshes) == (1, 3)


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "logins")


@pytest.fixture
def logged_in(store, server, realm, clock) -> TokenStore:
    place = Keycloak(server.url + "/auth/")
    log_in(API, "leonard", password=PASSWORD, destination=place, store=store, now=clock)
    return store


def _stored(store: TokenStore, clock) -> StoredRenewal:
    return StoredRenewal(store, API, wire=Wire(), now=clock)


def test_a_stored_token_serves_without_a_request(logged_in, server, clock) -> None:
    clock.pass_s(100)
    grant = _stored(logged_in, clock)(None)
    assert (grant.access_token, grant.lifetime_s) == ("access-1", 200)
    assert len(server.asked) == 1


def test_a_stored_token_that_is_old_is_refreshed_and_the_new_one_stored(logged_in, realm, clock) -> None:
    clock.pass_s(1000)
    assert _stored(logged_in, clock)(None).access_token == "access-2"
    kept = logged_in.load(API)
    assert (kept.access_token, kept.refresh_token, kept.expires_at) == ("access-2", "refresh-2", clock.now + 300)
    assert realm.logins == 1


def test_a_clock_set_back_does_not_make_a_stored_token_older_than_its_lifetime(logged_in, clock) -> None:
    clock.pass_s(-5000)
    assert _stored(logged_in, clock)(None).lifetime_s == 300


def test_a_token_refused_before_its_time_is_refreshed(logged_in, clock) -> None:
    renewal = _stored(logged_in, clock)
    assert renewal(renewal(None)).access_token == "access-2"


def test_two_processes_do_not_spend_the_same_refresh_token(logged_in, tmp_path, realm, clock) -> None:
    clock.pass_s(1000)
    begin = threading.Barrier(4)
    tokens: list[str] = []

    def run() -> None:
        renewal = _stored(TokenStore(tmp_path / "logins"), clock)  # a store of its own, as another process has
        begin.wait()
        tokens.append(renewal(None).access_token)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["access-2"] * 4
    assert realm.refreshes == 1


def test_another_processs_newer_token_is_taken(logged_in, tmp_path, realm, clock) -> None:
    mine, other = _stored(logged_in, clock), _stored(TokenStore(tmp_path / "logins"), clock)
    first = mine(None)
    clock.pass_s(1000)
    newer = other(first)
    assert mine(first).access_token == newer.access_token
    assert realm.refreshes == 1


def test_a_stored_login_that_ran_out_says_how_to_make_a_new_one(logged_in, realm, clock) -> None:
    clock.pass_s(1000)
    realm.good_refresh_tokens.clear()
    with pytest.raises(LoginRefused, match=r"leonard.*Token is not active.*nomad-swagger login"):
        _stored(logged_in, clock)(None)


def test_a_stored_login_without_refresh_token_runs_out_too(logged_in, server, clock) -> None:
    login = logged_in.load(API)
    logged_in.save(login.with_grant(Grant("a", 300), clock.now))
    clock.pass_s(1000)
    with pytest.raises(LoginRefused, match="time is over"):
        _stored(logged_in, clock)(None)


def test_a_logout_by_another_process_is_noticed(logged_in, clock) -> None:
    renewal = _stored(logged_in, clock)
    grant = renewal(None)
    logged_in.forget(API)
    with pytest.raises(NoCredentials, match="nomad-swagger login"):
        renewal(grant)
