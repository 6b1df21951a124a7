import base64

import pytest

from nomad_swagger.auth.answers import InvalidGrant
from nomad_swagger.auth.servers import ApiLogin, ApiServer, KeycloakServer, token_server
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import (
    AuthError,
    LoginRefused,
    NomadError,
    ServerError,
    UsageError,
)
from nomad_swagger.settings import Keycloak

PASSWORD = "s3cret-word"


def _keycloak(
    server, path: str = "/auth/", realm: str = "fairdi_nomad_prod", wire: Wire | None = None
) -> KeycloakServer:
    return KeycloakServer(Keycloak(server.url + path, realm, "nomad_public"), wire or Wire())


@pytest.mark.parametrize("path", ["/auth/", "/auth", "/auth//"])
def test_a_password_buys_a_grant_with_or_without_a_slash_at_the_end_of_the_url(server, realm, path) -> None:
    grant = _keycloak(server, path).login("leonard", PASSWORD)
    assert (grant.access_token, grant.refresh_token, grant.lifetime_s) == ("access-1", "refresh-1", 300)
    (asked,) = server.asked
    assert asked.path == "/auth/realms/fairdi_nomad_prod/protocol/openid-connect/token"
    assert {"grant_type": "password", "client_id": "nomad_public", "username": "leonard"}.items() <= asked.form.items()
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_refresh_token_buys_the_next_grant_without_the_password(server, realm) -> None:
    keycloak = _keycloak(server)
    first = keycloak.login("leonard", PASSWORD)
    assert keycloak.refresh(first.refresh_token).access_token == "access-2"
    assert PASSWORD not in str(server.asked[1].form)


def test_a_spent_refresh_token_is_an_invalid_grant(server, realm) -> None:
    with pytest.raises(InvalidGrant, match="Token is not active"):
        _keycloak(server).refresh("old")


def test_a_wrong_password_is_refused_in_keycloaks_words(server, realm) -> None:
    with pytest.raises(LoginRefused, match="Invalid user credentials"):
        _keycloak(server).login("leonard", "wrong-word")


def test_a_failed_call_leaves_nothing_behind_for_the_next(server, realm) -> None:
    keycloak = _keycloak(server)
    with pytest.raises(LoginRefused):
        keycloak.login("leonard", "wrong-word")
    keycloak.end(keycloak.login("leonard", PASSWORD).refresh_token)
    first, second, logout = server.asked
    assert {**second.headers, "content-length": ""} == {**first.headers, "content-length": ""}
    assert logout.headers["content-type"] == "application/x-www-form-urlencoded"


def test_after_the_end_a_refresh_token_is_worthless(server, realm) -> None:
    keycloak = _keycloak(server)
    grant = keycloak.login("leonard", PASSWORD)
    keycloak.end(grant.refresh_token)
    with pytest.raises(InvalidGrant):
        keycloak.refresh(grant.refresh_token)


def test_an_odd_answer_to_the_end_of_a_session_is_an_error(server, json_answer) -> None:
    server.script = lambda asked: json_answer(200, {})
    with pytest.raises(AuthError, match="logout"):
        _keycloak(server).end("refresh-1")


@pytest.mark.parametrize("path", ["/", "/elsewhere/"])
def test_a_missing_auth_path_says_what_to_check(server, realm, path) -> None:
    with pytest.raises(AuthError, match="needs /auth/ at its end") as caught:
        _keycloak(server, path).login("leonard", PASSWORD)
    assert server.url in str(caught.value)


def test_a_wrong_realm_says_what_to_check(server, json_answer) -> None:
    server.script = lambda asked: json_answer(404, {"error": "Realm does not exist"})
    with pytest.raises(AuthError, match=r"Realm does not exist.*realm_name \(nomad_x\)"):
        _keycloak(server, realm="nomad_x").login("leonard", PASSWORD)


def test_a_login_page_instead_of_json_is_a_clear_error(server, answer) -> None:
    server.script = lambda asked: answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"})
    with pytest.raises(AuthError, match="not JSON"):
        _keycloak(server).login("leonard", PASSWORD)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_server_is_asked_only_once(server, json_answer, status) -> None:
    server.script = lambda asked: json_answer(status, {"error": "unknown_error"})
    with pytest.raises(ServerError, match="unknown_error"):
        _keycloak(server).login("leonard", PASSWORD)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_password_does_not_follow_a_redirect(server, other_server, answer, status) -> None:
    server.script = lambda asked: answer(status, b"", {"Location": other_server.url + asked.path})
    with pytest.raises(AuthError, match="elsewhere"):
        _keycloak(server).login("leonard", PASSWORD)
    for style in ("basic", "form"):
        with pytest.raises(AuthError, match="elsewhere"):
            ApiServer(ApiLogin("POST", f"{server.url}/api/auth", style), Wire()).login("leonard", PASSWORD)
    assert other_server.asked == []


def test_the_v0_login_takes_user_and_password_as_basic(server, json_answer, netrc) -> None:
    netrc("127.0.0.1")
    server.script = lambda asked: json_answer(200, {"access_token": "v0-token", "upload_token": "u"})
    grant = ApiServer(ApiLogin("GET", f"{server.url}/api/auth/", "basic"), Wire()).login("leonard", "pässword")
    assert (grant.access_token, grant.refresh_token) == ("v0-token", None)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/api/auth/")
    assert base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode() == "leonard:pässword"


def test_the_v1_login_takes_a_form_and_keeps_no_refresh_token(server, json_answer) -> None:
    server.script = lambda asked: json_answer(
        200, {"access_token": "v1-token", "refresh_token": "of no use", "expires_in": 60}
    )
    grant = ApiServer(ApiLogin("POST", f"{server.url}/api/v1/auth/token", "form"), Wire()).login("leonard", PASSWORD)
    assert (grant.access_token, grant.refresh_token, grant.lifetime_s) == ("v1-token", None, 60)
    assert server.asked[0].form == {"grant_type": "password", "username": "leonard", "password": PASSWORD}


def test_the_v0_and_v1_logins_refuse_in_their_own_words(server, json_answer) -> None:
    server.script = lambda asked: json_answer(401, {"detail": "Incorrect username or password"})
    with pytest.raises(LoginRefused, match="Incorrect username or password"):
        ApiServer(ApiLogin("POST", f"{server.url}/auth/token", "form"), Wire()).login("leonard", "wrong")


def test_an_api_login_refreshes_nothing(server) -> None:
    with pytest.raises(InvalidGrant):
        ApiServer(ApiLogin("POST", f"{server.url}/auth/token", "form"), Wire()).refresh("r")


@pytest.mark.parametrize("url", ["nomad-lab.eu/auth", "", "ftp://nomad-lab.eu"])
def test_a_login_server_without_a_url_is_refused_before_anything_is_sent(url) -> None:
    with pytest.raises(UsageError):
        token_server(Keycloak(url), Wire())
    with pytest.raises(UsageError):
        token_server(ApiLogin("GET", url, "basic"), Wire())


def test_an_unknown_style_of_login_is_refused() -> None:
    with pytest.raises(UsageError, match="digest"):
        ApiServer(ApiLogin("GET", "https://nomad-lab.eu", "digest"), Wire())


def test_a_user_in_the_servers_url_is_not_shown(server) -> None:
    place = Keycloak(server.url.replace("//", "//me:url-secret@") + "/nowhere/")
    with pytest.raises(NomadError) as caught:
        KeycloakServer(place, Wire()).login("leonard", PASSWORD)
    assert "url-secret" not in str(caught.value)
