import copy
import logging
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from nomad_swagger.auth import (
    ApiLogin,
    ApiLoginAuthenticator,
    BearerAuthenticator,
    KeycloakAuthenticator,
    StoredAuthenticator,
    TokenStore,
    log_in,
)
from nomad_swagger.errors import LoginRefused, NoCredentials, UsageError
from nomad_swagger.settings import Keycloak

PASSWORD = "s3cret-word"
# bravado-core's own use of jsonschema
REF_RESOLVER = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")


@pytest.fixture
def api(other_server, json_answer):
    """A server in the API's place: it answers everything with the tutorial's tiny document."""
    document = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/repo/": {
                "get": {
                    "tags": ["repo"],
                    "operationId": "search",
                    "parameters": [{"name": "atoms", "in": "query", "type": "string"}],
                    "responses": {"200": {"description": "ok", "schema": {"type": "object"}}},
                }
            }
        },
    }
    other_server.script = lambda asked: json_answer(200, document)
    return other_server


def _keycloak(server, host: str, password: str = PASSWORD, **more) -> KeycloakAuthenticator:
    return KeycloakAuthenticator("leonard", password, server_url=server.url + "/auth/", host=host, **more)


def _sent(authenticator, url: str) -> requests.PreparedRequest:
    """Give the request as a plain session would send it."""
    request = requests.Request("GET", url, headers={"X": "y"})
    if authenticator.matches(url):
        request = authenticator.apply(request)
    with requests.Session() as session:
        return session.prepare_request(request)


@REF_RESOLVER
def test_as_in_the_tutorial_a_plain_bravado_client_sends_the_token(server, realm, api) -> None:
    from bravado.client import SwaggerClient
    from bravado.requests_client import RequestsClient

    http_client = RequestsClient()
    http_client.authenticator = _keycloak(server, api.netloc)
    client = SwaggerClient.from_url(f"{api.url}/swagger.json", http_client=http_client)
    client.repo.search(atoms="Si").response()
    http_client.session.close()
    assert [asked.headers.get("authorization") for asked in api.asked] == ["Bearer access-1"] * 2
    assert realm.logins == 1


@REF_RESOLVER
def test_on_a_plain_bravado_client_a_foreign_host_gets_no_token(server, realm, api) -> None:
    from bravado.client import SwaggerClient
    from bravado.requests_client import RequestsClient

    http_client = RequestsClient()
    http_client.authenticator = _keycloak(server, "nomad-lab.eu")
    client = SwaggerClient.from_url(f"{api.url}/swagger.json", http_client=http_client)
    client.repo.search(atoms="Si").response()
    http_client.session.close()
    assert [asked.headers.get("authorization") for asked in api.asked] == [None, None]
    assert server.asked == []


def test_on_a_plain_bravado_client_netrc_does_not_replace_the_token(server, realm, api, netrc) -> None:
    from bravado.requests_client import RequestsClient

    netrc("127.0.0.1")
    http_client = RequestsClient()
    http_client.authenticator = _keycloak(server, api.netloc)
    http_client.request({"method": "GET", "url": f"{api.url}/repo/"}).response()
    http_client.session.close()
    assert api.asked[0].headers["authorization"] == "Bearer access-1"


def test_a_bravado_client_with_our_login_can_be_copied(server, realm) -> None:
    from bravado.requests_client import RequestsClient

    http_client = RequestsClient()
    http_client.authenticator = _keycloak(server, "nomad-lab.eu")
    copied = copy.deepcopy(http_client)
    assert copied.authenticator is http_client.authenticator
    assert hash(http_client) is not None


def test_the_token_replaces_another_one() -> None:
    request = requests.Request("GET", "https://nomad-lab.eu/", headers={"Authorization": "Basic other"})
    applied = BearerAuthenticator("tok", host="nomad-lab.eu").apply(request)
    assert applied.headers == {"Authorization": "Bearer tok"}


def test_a_plain_session_sends_a_bearer_token_and_no_netrc(netrc) -> None:
    netrc("nomad-lab.eu")
    sent = _sent(BearerAuthenticator("tok", host="nomad-lab.eu"), "https://nomad-lab.eu/a")
    assert sent.headers["Authorization"] == "Bearer tok"


def test_a_token_for_https_does_not_go_over_http(netrc) -> None:
    sent = _sent(BearerAuthenticator("tok", host="https://nomad-lab.eu"), "http://nomad-lab.eu/a")
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "http://127.0.0.1:8000"])
def test_a_host_with_or_without_its_port_keeps_the_user_of_a_sandbox(host) -> None:
    assert BearerAuthenticator("tok", host=host).matches("http://127.0.0.1:8000/prod/rae/api")


def test_a_near_miss_is_warned_of_once(caplog) -> None:
    login = BearerAuthenticator("s3cret-word", host="127.0.0.1:8000")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert not login.matches("http://127.0.0.1:8001/repo/")
            assert not login.matches("http://localhost:8000/repo/")
            assert not login.matches("https://evil.org/")
    assert len(caplog.records) == 2
    assert "anonymous" in caplog.text
    assert "s3cret-word" not in caplog.text


def test_a_given_token_is_not_renewed() -> None:
    assert not BearerAuthenticator("tok", host="nomad-lab.eu").renew("tok")


def test_a_token_that_is_none_is_refused_unseen() -> None:
    with pytest.raises(UsageError) as caught:
        BearerAuthenticator("two words", host="nomad-lab.eu")
    assert "words" not in str(caught.value)


@pytest.mark.parametrize(("user", "password", "missing"), [("", "p", "user"), ("u", "", "password")])
def test_half_a_login_is_refused_at_once(user, password, missing) -> None:
    with pytest.raises(NoCredentials, match=missing):
        KeycloakAuthenticator(user, password)


def test_the_defaults_are_the_central_nomads() -> None:
    login = KeycloakAuthenticator("leonard", PASSWORD)
    assert login.matches("https://nomad-lab.eu/prod/rae/api/repo/")
    assert "https://nomad-lab.eu/fairdi/keycloak/auth/realms/fairdi_nomad_prod" in repr(login)


def test_an_old_token_is_refreshed_before_a_request(server, realm, clock) -> None:
    login = _keycloak(server, "nomad-lab.eu", clock=clock)
    assert login.token() == "access-1"
    clock.pass_s(271)
    assert login.token() == "access-2"
    assert (realm.logins, realm.refreshes) == (1, 1)


def test_a_revoked_token_is_renewed_once_for_8_threads(server, realm, clock) -> None:
    login = _keycloak(server, "nomad-lab.eu", clock=clock)
    stale = login.token()
    clock.pass_s(31)
    realm.good_refresh_tokens.clear()
    renewed: list[bool] = []
    threads = [threading.Thread(target=lambda: renewed.append(login.renew(stale))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert renewed == [True] * 8
    assert (realm.logins, realm.refreshes) == (2, 1)
    assert login.token() == "access-2"


def test_a_wrong_password_is_sent_once_by_one_authenticator(server, realm) -> None:
    login = _keycloak(server, "nomad-lab.eu", password="wrong-word")
    for _ in range(3):
        with pytest.raises(LoginRefused, match="Invalid user credentials"):
            login.token()
    assert realm.logins == 1


def test_the_apis_own_login_is_repeated_when_a_token_is_old(server, json_answer, clock) -> None:
    server.script = lambda asked: json_answer(200, {"access_token": f"v0-{len(server.asked)}", "expires_in": 60})
    place = ApiLogin("GET", f"{server.url}/auth/", "basic")
    login = ApiLoginAuthenticator("leonard", PASSWORD, login=place, host=server.url, clock=clock)
    assert login.token() == "v0-1"
    clock.pass_s(41)
    assert login.token() == "v0-2"


def test_a_stored_login_goes_to_its_own_api_and_is_kept_fresh(server, realm, clock, tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    api_url = "http://127.0.0.1:8000/prod/rae/api"
    log_in(api_url, "leonard", password=PASSWORD, destination=Keycloak(server.url + "/auth"), store=store, now=clock)
    login = StoredAuthenticator(store, api_url, user="leonard", clock=clock, now=clock)
    assert login.matches(api_url + "/repo/")
    assert not login.matches("http://127.0.0.1:8001/prod/rae/api/repo/")
    assert login.token() == "access-1"
    clock.pass_s(271)
    assert login.token() == "access-2"
    assert store.load(api_url).access_token == "access-2"


@pytest.fixture
def every_kind(server, realm, tmp_path):
    place = ApiLogin("GET", f"{server.url}/auth/", "basic")
    return [
        BearerAuthenticator(PASSWORD, host="nomad-lab.eu"),
        _keycloak(server, "nomad-lab.eu"),
        ApiLoginAuthenticator("leonard", PASSWORD, login=place, host=server.url),
        StoredAuthenticator(TokenStore(tmp_path), server.url, user="leonard"),
    ]


def test_no_authenticator_shows_its_secret(every_kind) -> None:
    every_kind[1].token()
    for login in every_kind:
        for text in (repr(login), str(login), f"{login}", repr(vars(login))):
            assert PASSWORD not in text.replace(f"'_token': '{PASSWORD}'", "")
            assert "access-1" not in text


def test_no_authenticator_can_be_pickled(every_kind) -> None:
    for login in every_kind:
        with pytest.raises(TypeError, match="make one in each process"):
            pickle.dumps(login)


def test_a_copy_is_the_same_login(every_kind) -> None:
    for login in every_kind:
        assert copy.copy(login) is login
        assert copy.deepcopy({"deep": login})["deep"] is login


def test_importing_the_room_loads_no_heavy_library() -> None:
    code = (
        "import sys, nomad_swagger.auth;"
        "heavy = {'bravado', 'bravado_core', 'keycloak', 'httpx', 'requests', 'urllib3', 'filelock', 'keyring'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
