import logging
from pathlib import Path

import pytest

from nomad_swagger.auth.login import log_in, log_out
from nomad_swagger.auth.servers import ApiLogin
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.errors import ConnectionLost, LoginRefused
from nomad_swagger.settings import Keycloak

API = "http://127.0.0.1:8000/prod/rae/api"
PASSWORD = "s3cret-word"


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "logins")


def test_a_login_stores_tokens_and_never_the_password(store, server, realm, clock, tmp_path) -> None:
    place = Keycloak(server.url + "/auth/")
    login = log_in(API, "leonard", password=PASSWORD, destination=place, store=store, now=clock)
    assert (login.user, login.access_token, login.expires_at) == ("leonard", "access-1", clock.now + 300)
    assert store.load(API) == login
    assert PASSWORD not in "".join(path.read_text() for path in (tmp_path / "logins").iterdir())


def test_a_refused_login_stores_nothing(store, server, realm) -> None:
    place = Keycloak(server.url + "/auth/")
    with pytest.raises(LoginRefused, match="Invalid user credentials"):
        log_in(API, "leonard", password="wrong", destination=place, store=store)
    assert store.load(API) is None


def test_a_login_at_the_api_itself_is_stored_too(store, server, json_answer, jwt) -> None:
    server.script = lambda asked: json_answer(200, {"access_token": jwt(iat=0, exp=600)})
    place = ApiLogin("GET", f"{server.url}/auth/", "basic")
    login = log_in(API, "leonard", password=PASSWORD, destination=place, store=store)
    assert (login.destination, login.refresh_token, login.lifetime_s) == (place, None, 600)


def test_a_logout_forgets_the_tokens_and_ends_the_session(store, server, realm) -> None:
    log_in(API, "leonard", password=PASSWORD, destination=Keycloak(server.url + "/auth/"), store=store)
    assert log_out(API, store=store)
    assert store.load(API) is None
    assert realm.good_refresh_tokens == set()


def test_a_logout_works_while_the_server_is_away(store, server, realm, caplog) -> None:
    log_in(API, "leonard", password=PASSWORD, destination=Keycloak(server.url + "/auth/"), store=store)
    server.script = lambda asked: (_ for _ in ()).throw(ConnectionError)  # hangs up
    with caplog.at_level(logging.WARNING):
        assert log_out(API, store=store)
    assert "server was not told" in caplog.text
    assert store.load(API) is None


def test_a_logout_without_a_login_says_so(store) -> None:
    assert not log_out(API, store=store)


def test_a_login_server_that_is_away_stores_nothing(store) -> None:
    with pytest.raises(ConnectionLost):
        log_in(API, "leonard", password="x", destination=Keycloak("http://127.0.0.1:9/auth/"), store=store)
    assert store.load(API) is None
