"""Logins that last at the API's own door, and how a stored one gives way."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger import settings
from nomad_swagger.auth import StoredLogin
from nomad_swagger.client import lasting
from nomad_swagger.client.connect import connect, token_store
from nomad_swagger.client.login import Door, Wanted, door, log_in_with_password, log_in_with_token, log_out_of
from nomad_swagger.errors import Forbidden, LoginRefused, NomadWarning, UsageError
from nomad_swagger.flows.search import search
from nomad_swagger.flows.uploads import list_uploads as uploads
from nomad_swagger.settings import Profile

WHO = {"user": "leonard", "password": "password"}
READING = ("entries:read", "uploads:read", "datasets:read")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(token_ttl_s=2) as running:
        running.add_entries(3)
        yield running


@pytest.fixture
def at(box: Sandbox) -> Door:
    """The door of v1, with no Keycloak named: as an institute's NOMAD looks from outside."""
    return door(box.api_url_v1)


def save(login: StoredLogin, **changes: Any) -> None:
    token_store().save(replace(login, **changes))


def test_the_servers_longest_app_token_is_stored(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO)
    assert (login.kept, login.refresh_token) == ("app token", None)
    assert login.ends_at is not None and abs(login.ends_at - time.time() - 2592000) < 60
    save(login, expires_at=login.expires_at - 3)  # the access token of two seconds would be over by now
    assert list(uploads(connect(box.api_url_v1))) == []


def test_a_server_with_a_lower_limit_is_asked_for_no_more(at: Door) -> None:
    spec = at.spec
    swagger = json.loads(json.dumps(spec.swagger))
    (told,) = swagger["paths"]["/auth/app_token"]["get"]["parameters"]
    told["maximum"] = 3600
    nomad = connect(at.target.url, spec=spec, anonymous=True).nomad
    nomad.spec = replace(spec, document=swagger) if spec.swagger is spec.document else _with_swagger(spec, swagger)
    assert lasting.longest_s(nomad) == 3600


def _with_swagger(spec: Any, swagger: Any) -> Any:
    class Told:
        def __getattr__(self, name: str) -> Any:
            return swagger if name == "swagger" else getattr(spec, name)

    return Told()


def test_on_v0_the_login_server_that_the_token_names_on_the_apis_own_host_renews_it(box: Sandbox) -> None:
    login = log_in_with_password(door(box.api_url), **WHO)
    assert (login.kept, login.renews_itself) == ("refresh token", True)


@pytest.mark.parametrize(
    "claimed",
    [
        {"iss": "https://elsewhere.example/auth/realms/r", "azp": "c"},
        {"iss": "http://127.0.0.1:8008/auth/realms/r"},
        {"iss": "http://127.0.0.1:8008/auth", "azp": "c"},
        {"iss": 5, "azp": "c"},
        {},
    ],
)
def test_a_login_server_elsewhere_that_a_token_names_gets_no_password(claimed: Any) -> None:
    from tests.auth.conftest import make_jwt

    assert lasting.issuer_of(make_jwt(**claimed), "http://127.0.0.1:8008/api") is None


def test_scopes_and_days_make_a_personal_access_token_that_can_do_no_more(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO, wanted=Wanted(READING, 5))
    assert login.kept == "personal access token"
    assert set(login.scopes) == {*READING, "users:read"}
    assert login.ends_at is not None and abs(login.ends_at - time.time() - 5 * 86400) < 60
    client = connect(box.api_url_v1)
    assert search(client).total == 3
    assert list(uploads(client)) == []
    with pytest.raises(Forbidden, match="uploads:write.*--scopes"):
        client.nomad.ask("upload", {"file_name": "a"}, body=_Nothing())


class _Nothing:
    size_bytes = 0

    def chunks(self) -> Iterator[bytes]:
        yield b""


def test_a_word_that_is_no_scope_is_refused_with_those_that_there_are(at: Door) -> None:
    with pytest.raises(UsageError, match="entries:read"):
        log_in_with_password(at, **WHO, wanted=Wanted(("reading",)))


def test_a_personal_access_token_is_replaced_before_its_end(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO, wanted=Wanted(("tokens:write", "uploads:read"), 1))
    save(login, ends_at=time.time() + 600)
    assert list(uploads(connect(box.api_url_v1))) == []
    newer = token_store().load(box.api_url_v1)
    assert newer is not None and newer.access_token != login.access_token
    assert newer.ends_at is not None and newer.ends_at > time.time() + 3600


def test_one_that_may_not_replace_itself_is_used_on_and_its_end_is_said(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO, wanted=Wanted(("uploads:read",), 1))
    save(login, ends_at=time.time() + 600)
    with pytest.warns(NomadWarning, match="ends .* UTC.*login"):
        client = connect(box.api_url_v1)
    assert list(uploads(client)) == []
    kept = token_store().load(box.api_url_v1)
    assert kept is not None and kept.access_token == login.access_token


def test_a_revoked_personal_access_token_is_noticed_though_the_server_answers_as_to_nobody(
    at: Door, box: Sandbox
) -> None:
    login = log_in_with_password(at, **WHO, wanted=Wanted(READING, 5))
    requests.delete(login.revoke_url, headers=_admin_of(box), timeout=30).raise_for_status()
    client = connect(box.api_url_v1)
    with pytest.warns(NomadWarning, match=r"has run out.*What is public goes on") as told:
        totals = [search(client).total, search(client, elements=["Xe"]).total]
    ours = [one for one in told if one.category is NomadWarning]
    assert (totals, len(ours)) == ([3, 0], 1)
    with pytest.raises(LoginRefused, match="nomad-swagger login"):
        list(uploads(client))
    with pytest.raises(LoginRefused):
        search(client, owner="visible").total


def _admin_of(box: Sandbox) -> dict[str, str]:
    form = {"grant_type": "password", "username": "leonard", "password": "password"}
    token = requests.post(f"{box.api_url_v1}/auth/token", data=form, timeout=30).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("generation", ["v0", "v1"])
def test_a_stored_login_that_is_refused_gives_way_to_nobody_for_what_is_public(box: Sandbox, generation: str) -> None:
    url = box.api_url_v1 if generation == "v1" else box.api_url
    login = log_in_with_password(door(url), **WHO)
    spent = login.refresh_token and "spent"
    save(login, access_token="not.a.token", refresh_token=spent, expires_at=time.time() + 600, lifetime_s=600)
    client = connect(url)
    with pytest.warns(NomadWarning, match="What is public goes on"):
        entry = next(iter(search(client)))
    assert ns.archive(client, entry)  # by name
    for asked in (lambda: list(uploads(client)), lambda: search(client, owner="visible").total):
        with pytest.raises((LoginRefused, ns.Unauthorized)):
            asked()


def test_a_token_of_an_argument_never_gives_way(box: Sandbox) -> None:
    client = connect(box.api_url_v1, token="not.a.token")
    with pytest.raises(ns.Unauthorized, match="token=: if it has run out"):
        search(client).total


def test_a_token_of_the_environment_is_named_and_no_login_is_proposed_that_would_not_help(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.ENV_TOKEN, "not.a.token")
    with pytest.raises(ns.Unauthorized, match=settings.ENV_TOKEN):
        list(uploads(connect(box.api_url_v1)))


def test_a_token_that_somebody_has_is_stored_after_the_server_said_whose_it_is(at: Door, box: Sandbox) -> None:
    made = log_in_with_password(at, **WHO, wanted=Wanted(READING, 5))
    login = log_in_with_token(at, f"  {made.access_token}\n")
    assert (login.user, login.kept) == ("leonard", "personal access token")
    with pytest.raises(ns.Unauthorized):
        log_in_with_token(at, "not.a.token")
    assert token_store().load(box.api_url_v1) == login


def test_a_logout_revokes_a_personal_access_token(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO, wanted=Wanted(("tokens:write",), 5))
    assert log_out_of(box.api_url_v1)[1] == login
    answer = requests.get(login.check_url, headers={"Authorization": f"Bearer {login.access_token}"}, timeout=30)
    assert answer.status_code == 401


def test_one_login_serves_every_api_behind_one_login_server() -> None:
    with Sandbox() as box:  # whose logins do not end meanwhile
        first, second = (settings.sandbox_profile(box.url, name) for name in ("sandbox", "sandbox-v1"))
        log_in_with_password(Door(first), **WHO)
        for profile in (first, second):
            assert connect(profile=profile).nomad.login.source == "stored"
            assert list(uploads(connect(profile=profile))) == []
        log_in_with_password(Door(second), user="sheldon", password="password")
        assert [login.user for login in token_store().all()] == ["sheldon"]
        other = replace(first, keycloak=replace(first.keycloak, realm_name="other"))
        assert connect(profile=other, spec="nomad-0.7.9").nomad.login.source == "anonymous"


def test_anonymous_is_nobody_whatever_login_there_is(at: Door, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in_with_password(at, **WHO)
    monkeypatch.setenv(settings.ENV_TOKEN, "not.a.token")
    client = connect(profile=Profile(url=box.api_url_v1, user="leonard", password="password"), anonymous=True)
    assert client.nomad.login.kind == "anonymous"
    assert search(client).total == 3
    with pytest.raises(UsageError, match="contradict"):
        connect(box.api_url_v1, anonymous=True, token="x")


def test_a_login_near_its_end_is_spoken_of_and_one_that_is_not_is_not(at: Door, box: Sandbox) -> None:
    login = log_in_with_password(at, **WHO)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect(box.api_url_v1)
    save(login, ends_at=time.time() + 2.9 * 86400)
    with pytest.warns(NomadWarning, match="ends"):
        connect(box.api_url_v1)
