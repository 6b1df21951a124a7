from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakAuthenticationError, KeycloakPostError

from nomad_sandbox import Sandbox
from nomad_sandbox.accounts import Accounts
from nomad_sandbox.store import Store
from nomad_sandbox.tokens import TokenRefused, Tokens

TOKEN = "realms/fairdi_nomad_prod/protocol/openid-connect/token"
LEONARD = "leonard.hofstadter@nomad-fairdi.tests.de"


@pytest.fixture
def keycloak(sandbox: Sandbox) -> KeycloakOpenID:
    return KeycloakOpenID(server_url=sandbox.keycloak_url, realm_name="fairdi_nomad_prod", client_id="nomad_public")


@pytest.fixture(autouse=True)
def clean_staging() -> None:
    """Nothing is uploaded here."""


def test_python_keycloak_logs_in_refreshes_and_logs_out(keycloak: KeycloakOpenID, nobody: Any) -> None:
    first = keycloak.token(LEONARD, "password")
    assert first["expires_in"] == 300
    assert first["refresh_expires_in"] > first["expires_in"]
    second = keycloak.refresh_token(first["refresh_token"])
    assert keycloak.userinfo(second["access_token"])["email"] == LEONARD
    headers = {"Authorization": "Bearer " + second["access_token"]}
    assert nobody.get("/auth/", headers=headers).status_code == 200
    with pytest.raises(KeycloakPostError):
        keycloak.refresh_token(first["refresh_token"])  # good for one time
    keycloak.logout(second["refresh_token"])
    with pytest.raises(KeycloakPostError) as refused:
        keycloak.refresh_token(second["refresh_token"])
    assert refused.value.response_code == 400
    assert b'"invalid_grant"' in refused.value.response_body


def test_tokens_can_be_checked_with_the_published_key(keycloak: KeycloakOpenID, sandbox: Sandbox) -> None:
    token = keycloak.token("leonard", "password")["access_token"]
    configuration = keycloak.well_known()
    [key] = requests.get(configuration["jwks_uri"], timeout=60).json()["keys"]
    assert key == keycloak.certs()["keys"][0]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == ("RS256", key["kid"])
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"], issuer=configuration["issuer"])
    assert claims["preferred_username"] == "leonard"
    assert 300 <= claims["exp"] - claims["iat"] <= 301  # whole seconds, and never less than promised
    assert keycloak.decode_token(token)["email"] == LEONARD
    assert configuration["issuer"] == sandbox.keycloak_url + "realms/fairdi_nomad_prod"


def test_a_wrong_password_is_refused_in_keycloaks_words(keycloak: KeycloakOpenID) -> None:
    for user, password in ((LEONARD, "wrong"), ("nobody", "password"), (LEONARD, "")):
        with pytest.raises(KeycloakAuthenticationError) as refused:
            keycloak.token(user, password)
        assert b"Invalid user credentials" in refused.value.response_body


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "client_id": "other", "username": "leonard"}, 401, "invalid_client"),
        ({"grant_type": "password", "client_id": "nomad_public"}, 401, "invalid_request"),
        ({"client_id": "nomad_public"}, 400, "invalid_request"),
        ({"grant_type": "foo", "client_id": "nomad_public"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "nomad_public"}, 401, "unauthorized_client"),
        ({"grant_type": "refresh_token", "client_id": "nomad_public"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "nomad_public", "refresh_token": "x"}, 400, "invalid_grant"),
    ],
)
def test_other_mistakes_have_keycloaks_form(form: dict[str, str], status: int, error: str, sandbox: Sandbox) -> None:
    response = requests.post(sandbox.keycloak_url + TOKEN, data=form, timeout=60)
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.json().keys() == {"error", "error_description"}


def test_the_auth_operation_takes_a_password_and_gives_tokens(nobody: Any, leonard: Any) -> None:
    for name in (LEONARD, "leonard"):
        tokens = nobody.get("/auth/", auth=(name, "password")).json()
        assert tokens.keys() == {"access_token", "upload_token", "signature_token"}
        headers = {"Authorization": "Bearer " + tokens["access_token"]}
        assert nobody.get("/uploads/", headers=headers).status_code == 200
    assert leonard.json("/auth/")["access_token"] == leonard.headers["Authorization"].split()[1]
    wrong = nobody.get("/auth/", auth=("leonard", "wrong"))
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Could not authenticate, wrong credentials")
    other = nobody.get("/uploads/", auth=("leonard", "password"))
    assert other.json()["message"] == "Basic authentication not allowed, use Bearer token instead"
    assert nobody.get("/auth/").json()["message"] == "Authentication is required for this endpoint"


def test_bad_tokens_are_refused_with_the_librarys_words(nobody: Any, leonard: Any, keycloak: KeycloakOpenID) -> None:
    good = leonard.headers["Authorization"].split()[1]
    refresh = keycloak.token("leonard", "password")["refresh_token"]
    header, claims, _ = good.split(".")
    forged = jwt.encode(
        {"sub": "x"}, "s" * 32, algorithm="HS256", headers={"kid": jwt.get_unverified_header(good)["kid"]}
    )
    for token, message in (
        ("abc", "Not enough segments"),
        (f"{header}.{claims}.{refresh.rpartition('.')[2]}", "Signature verification failed"),
        (refresh, None),
        (forged, None),
    ):
        response = nobody.get("/repo/", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401
        assert message is None or response.json()["message"] == message


def test_users_are_shown_to_anybody(nobody: Any) -> None:
    [user] = nobody.json("/auth/users", query="hofst")["users"]
    assert user["email"] == LEONARD
    assert user.keys() == {
        *("user_id", "name", "first_name", "last_name", "email", "username", "affiliation"),
        *("affiliation_address", "created", "repo_user_id", "is_admin"),
    }
    assert user["affiliation"] is None
    assert len(nobody.json("/auth/users")["users"]) >= 3
    invited = {"email": "penny@example.org", "first_name": "Penny", "last_name": "Teller"}
    assert nobody.call("PUT", "/auth/users", json=invited).json()["name"] == "Penny Teller"
    assert nobody.json("/auth/users", query="penny")["users"][0]["username"] == "penny@example.org"
    assert nobody.call("PUT", "/auth/users", json=invited).status_code == 400
    assert nobody.call("PUT", "/auth/users", json={"email": "a"}).status_code == 400


class TestLifetimes:
    """With a clock in our hands."""

    @pytest.fixture
    def clock(self) -> list[float]:
        return [1_700_000_000.0]

    @pytest.fixture
    def tokens(self, tmp_path: Path, clock: list[float]) -> Any:
        store = Store(tmp_path)
        accounts = Accounts(store)
        yield Tokens(store, accounts, issuer="http://here", lifetime_s=5, clock=lambda: clock[0]), accounts
        store.close()

    def test_an_access_token_ends_and_its_refresh_token_lives_longer(self, tokens: Any, clock: list[float]) -> None:
        made, accounts = tokens
        pair = made.login(accounts.find("leonard"))
        assert made.read_access_token(pair.access_token).username == "leonard"
        clock[0] += 6
        with pytest.raises(TokenRefused, match="Signature has expired"):
            made.read_access_token(pair.access_token)
        again = made.refresh(pair.refresh_token)
        assert made.read_access_token(again.access_token).username == "leonard"
        clock[0] += 51
        with pytest.raises(TokenRefused, match="not active"):
            made.refresh(again.refresh_token)

    def test_a_signature_lives_ten_seconds(self, tokens: Any, clock: list[float]) -> None:
        made, accounts = tokens
        signature = made.signature_token(accounts.find("leonard"))
        clock[0] += 9
        assert made.read_signature_token(signature).username == "leonard"
        clock[0] += 2
        with pytest.raises(TokenRefused, match="Expired token"):
            made.read_signature_token(signature)

    def test_an_upload_token_does_not_end(self, tokens: Any, clock: list[float]) -> None:
        made, accounts = tokens
        token = made.upload_token(accounts.find("leonard"))
        clock[0] += 1e9
        assert made.read_upload_token(token).username == "leonard"


def test_the_lifetime_of_tokens_can_be_chosen() -> None:
    with Sandbox(token_ttl_s=1) as sandbox:
        form = {"grant_type": "password", "client_id": "nomad_public", "username": "leonard", "password": "password"}
        pair = requests.post(sandbox.keycloak_url + TOKEN, data=form, timeout=60).json()
        assert (pair["expires_in"], pair["refresh_expires_in"]) == (1, 10)
        headers = {"Authorization": "Bearer " + pair["access_token"]}
        deadline = time.monotonic() + 5
        while requests.get(sandbox.api_url + "/auth/", headers=headers, timeout=60).status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert [row for row in sandbox.requests if row[1].endswith("/token")] == [
            ("POST", f"/fairdi/keycloak/auth/{TOKEN}", 200)
        ]
