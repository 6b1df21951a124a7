import logging
from dataclasses import replace
from pathlib import Path

import pytest

from nomad_swagger.auth import (
    ApiLogin,
    ApiLoginAuthenticator,
    BearerAuthenticator,
    KeycloakAuthenticator,
    StoredAuthenticator,
    StoredLogin,
    TokenStore,
    destination_for,
    resolve,
)
from nomad_swagger.errors import AuthError, NoCredentials, UsageError
from nomad_swagger.settings import Keycloak, Profile

API = "https://oasis.example.org/nomad/api"
KEYCLOAK = Keycloak("https://login.example.org/auth/")
API_LOGIN = ApiLogin("GET", API + "/auth/", "basic")
PROFILE = Profile(name="mine", url=API, keycloak=KEYCLOAK)
STORED = StoredLogin(
    api_url=API,
    user="penny",
    destination=KEYCLOAK,
    access_token="a",
    expires_at=0.0,
    lifetime_s=1.0,
    refresh_token="r",
)
ENV = {"NOMAD_CLIENT_USER": "sheldon", "NOMAD_CLIENT_PASSWORD": "env-word"}


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    made = TokenStore(tmp_path / "logins")
    made.save(STORED)
    return made


def _who_won(**given) -> tuple[str, str, str | None]:
    login = resolve(API, **{"env": {}, "api_login": API_LOGIN, **given})
    return login.source, login.kind, login.who


def test_nobody_said_anything_means_anonymous() -> None:
    login = resolve(API, env={})
    assert (login.source, login.kind, login.who, login.authenticator) == ("anonymous", "anonymous", None, None)


def test_the_order_is_argument_environment_profile_stored(store) -> None:
    profile = replace(PROFILE, user="amy", password="profile-word")
    given = {"user": "leonard", "password": "arg-word", "env": ENV, "profile": profile, "store": store}
    assert _who_won(**given) == ("argument", "password", "leonard")
    del given["user"], given["password"]
    assert _who_won(**given) == ("environment", "password", "sheldon")
    del given["env"]
    assert _who_won(**given) == ("profile", "password", "amy")
    del given["profile"]
    assert _who_won(**given) == ("stored", "stored", "penny")
    del given["store"]
    assert _who_won(**given) == ("anonymous", "anonymous", None)


def test_a_token_wins_over_user_and_password_of_its_source_but_not_of_a_higher_one(jwt) -> None:
    token = jwt(preferred_username="howard")
    assert _who_won(user="leonard", password="w", token=token) == ("argument", "token", "howard")
    assert _who_won(env={**ENV, "NOMAD_CLIENT_ACCESS_TOKEN": token}) == ("environment", "token", "howard")
    assert _who_won(user="leonard", password="w", env={"NOMAD_CLIENT_ACCESS_TOKEN": token})[0] == "argument"
    assert _who_won(profile=Profile(token="nomad_pat_1")) == ("profile", "token", None)


def test_a_token_goes_to_the_apis_origin_alone() -> None:
    login = resolve(API, token="tok", env={}).authenticator
    assert isinstance(login, BearerAuthenticator)
    assert login.matches("https://oasis.example.org/elsewhere")
    assert not login.matches("http://oasis.example.org/nomad/api")
    assert not login.matches("https://oasis.example.org:8443/nomad/api")
    assert not login.matches("https://login.example.org/nomad/api")


def test_an_oasis_on_plain_http_gets_its_token_since_the_user_named_it() -> None:
    login = resolve("http://oasis.example.org:8080/api", token="tok", env={}).authenticator
    assert login.matches("http://oasis.example.org:8080/api/repo/")


def test_an_authenticator_of_anyone_is_taken_as_it_is() -> None:
    from bravado.requests_client import ApiKeyAuthenticator

    theirs = ApiKeyAuthenticator("oasis.example.org", "key")
    login = resolve(API, authenticator=theirs, env=ENV)
    assert login.authenticator is theirs
    assert (login.source, login.kind) == ("argument", "authenticator")
    with pytest.raises(UsageError, match="not both"):
        resolve(API, authenticator=theirs, token="tok", env={})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"user": "leonard"}, r"argument.*user= without password="),
        ({"password": "w"}, r"argument.*password= without user="),
        ({"env": {"NOMAD_CLIENT_USER": "x"}}, r"NOMAD_CLIENT_USER without NOMAD_CLIENT_PASSWORD"),
        ({"env": {"NOMAD_CLIENT_PASSWORD": "w"}}, r"NOMAD_CLIENT_PASSWORD without NOMAD_CLIENT_USER"),
        ({"profile": Profile(name="mine", user="x")}, r"user in profile 'mine' without password in profile 'mine'"),
        ({"user": "leonard", "env": ENV}, r"argument"),
    ],
)
def test_half_a_login_is_an_error_that_says_what_is_missing_where(given, words) -> None:
    with pytest.raises(NoCredentials, match=words):
        _who_won(**given)


def test_half_a_login_does_not_show_the_password() -> None:
    with pytest.raises(NoCredentials) as caught:
        _who_won(password="s3cret-word")
    assert "s3cret-word" not in str(caught.value)


def test_a_user_alone_means_that_users_stored_login(store) -> None:
    assert _who_won(user="penny", store=store) == ("stored", "stored", "penny")
    assert _who_won(profile=replace(PROFILE, user="penny"), store=store) == ("stored", "stored", "penny")
    with pytest.raises(NoCredentials):
        _who_won(user="leonard", store=store)


def test_empty_values_count_as_none(store) -> None:
    env = {"NOMAD_CLIENT_USER": "", "NOMAD_CLIENT_PASSWORD": "", "NOMAD_CLIENT_ACCESS_TOKEN": ""}
    assert _who_won(user="", env=env, profile=PROFILE) == ("anonymous", "anonymous", None)


def test_a_stored_login_is_for_its_own_api(store) -> None:
    assert isinstance(resolve(API, env={}, store=store).authenticator, StoredAuthenticator)
    assert resolve("https://other.example.org/api", env={}, store=store).kind == "anonymous"


def test_a_bad_token_names_its_source() -> None:
    with pytest.raises(UsageError, match="NOMAD_CLIENT_ACCESS_TOKEN"):
        _who_won(env={"NOMAD_CLIENT_ACCESS_TOKEN": "two words"})


def test_no_login_shows_a_secret() -> None:
    logins = [
        resolve(API, user="u", password="s3cret", api_login=API_LOGIN, env={}),
        resolve(API, token="s3cret", env={}),
    ]
    for login in logins:
        assert "s3cret" not in repr(login)
        assert "s3cret" not in repr(login.authenticator)


def test_the_environments_login_is_not_handed_to_another_deployment(caplog) -> None:
    env = {**ENV, "NOMAD_CLIENT_URL": "https://nomad-lab.eu/prod/v1/api/v1"}
    with caplog.at_level(logging.WARNING):
        assert _who_won(env=env) == ("anonymous", "anonymous", None)
    assert "not used for https://oasis.example.org" in caplog.text
    assert "env-word" not in caplog.text


@pytest.mark.parametrize("where", [API, "https://oasis.example.org/other/api", "mine"])
def test_the_environments_login_is_used_for_the_deployment_that_it_names(where) -> None:
    assert _who_won(env={**ENV, "NOMAD_CLIENT_URL": where}, profile=PROFILE)[0] == "environment"


def test_a_profiles_login_is_not_handed_to_another_deployment() -> None:
    profile = Profile(name="central", url="https://nomad-lab.eu/prod/rae/api", user="u", password="w")
    assert _who_won(profile=profile) == ("anonymous", "anonymous", None)


def test_a_password_goes_to_the_keycloak_that_is_named_first() -> None:
    named = Keycloak("https://argument.example/auth/")
    env = {"NOMAD_KEYCLOAK_SERVER_URL": "https://environment.example/auth/"}
    assert destination_for(API, keycloak=named, env=env, profile=PROFILE, api_login=API_LOGIN) == named
    assert destination_for(API, env=env, profile=PROFILE, api_login=API_LOGIN) == Keycloak(
        "https://environment.example/auth/"
    )
    assert destination_for(API, env={}, profile=PROFILE, api_login=API_LOGIN) == KEYCLOAK
    assert destination_for(API, env={}, profile=Profile(), api_login=API_LOGIN) == API_LOGIN


def test_the_environment_may_change_the_realm_of_a_named_keycloak() -> None:
    env = {"NOMAD_KEYCLOAK_REALM_NAME": "fairdi_nomad_test", "NOMAD_KEYCLOAK_CLIENT_ID": "mine"}
    assert destination_for(API, env=env, profile=PROFILE) == Keycloak(KEYCLOAK.server_url, "fairdi_nomad_test", "mine")


def test_a_realm_alone_names_no_server() -> None:
    assert destination_for(API, env={"NOMAD_KEYCLOAK_REALM_NAME": "r"}, api_login=API_LOGIN) == API_LOGIN


def test_a_keycloak_named_for_another_deployment_gets_no_password() -> None:
    env = {"NOMAD_CLIENT_URL": "https://nomad-lab.eu/api", "NOMAD_KEYCLOAK_SERVER_URL": "https://nomad-lab.eu/auth/"}
    central = Profile(url="https://nomad-lab.eu/prod/rae/api", keycloak=Keycloak("https://nomad-lab.eu/auth/"))
    assert destination_for(API, env=env, profile=central, api_login=API_LOGIN) == API_LOGIN


def test_a_password_goes_nowhere_when_nobody_said_where() -> None:
    with pytest.raises(NoCredentials, match="NOMAD_KEYCLOAK_SERVER_URL"):
        resolve(API, user="u", password="w", env={})


@pytest.mark.parametrize("url", ["https://evil.org/auth/", "http://oasis.example.org/nomad/api/auth/"])
def test_an_api_login_on_another_host_or_without_tls_gets_no_password(url) -> None:
    with pytest.raises(AuthError, match="no password goes there"):
        resolve(API, user="u", password="w", env={}, api_login=ApiLogin("GET", url, "basic"))


def test_the_kind_of_login_follows_from_where_the_password_goes() -> None:
    by_keycloak = resolve(API, user="u", password="w", env={}, profile=PROFILE)
    by_api = resolve(API, user="u", password="w", env={}, api_login=API_LOGIN)
    assert isinstance(by_keycloak.authenticator, KeycloakAuthenticator)
    assert by_keycloak.server == "https://login.example.org/auth/"
    assert isinstance(by_api.authenticator, ApiLoginAuthenticator)
    assert by_api.server == API + "/auth/"
    assert by_api.authenticator.matches(API)


def test_resolving_sends_nothing(server) -> None:
    resolve(server.url, user="u", password="w", env={}, keycloak=Keycloak(server.url + "/auth/"))
    assert server.asked == []
