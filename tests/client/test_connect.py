"""From "where" to a client."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest

from nomad_sandbox import Sandbox
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.client.login import log_in_to, log_out_of
from nomad_swagger.client.target import find_profile
from nomad_swagger.errors import (
    LoginRefused,
    NomadWarning,
    SpecNotFound,
    SpecTampered,
    UnknownArgument,
    UnknownOperation,
    UsageError,
)
from nomad_swagger.settings import Keycloak, Profile, sandbox_profile

USER = {"user": "leonard", "password": "password"}


@pytest.fixture
def configured(silent_environment, monkeypatch):
    def write(text):
        (silent_environment / "config.yaml").write_text(text)
        monkeypatch.setenv("NOMAD_SWAGGER_CONFIG", str(silent_environment / "config.yaml"))

    return write


# ---- where


def test_without_a_word_there_is_no_server_and_the_message_says_what_to_do():
    with pytest.raises(UsageError, match="NOMAD_CLIENT_URL.*nomad-swagger sandbox"):
        connect()


def test_an_unknown_nickname_is_refused_with_the_nearest():
    with pytest.raises(UnknownArgument, match="did you mean 'historical'"):
        connect("historicl")


def test_a_server_and_another_ones_profile_are_refused_unless_they_agree(configured):
    configured("profiles: {mine: {url: https://nomad.example/api/}, same: {url: https://nomad.example/api}}")
    assert find_profile("https://nomad.example/api", "mine").name == "mine"
    assert find_profile("same", "mine").url == "https://nomad.example/api"
    for other in ("https://other.example/api", "historical"):
        with pytest.raises(UsageError, match="'mine' is for https://nomad.example/api.* leave one of them out"):
            find_profile(other, "mine")


def test_a_nickname_a_profile_an_argument_and_the_environment_name_a_server(configured, monkeypatch):
    configured("profiles: {mine: {url: https://nomad.example/api/, user: me}, bare: {user: me}}")
    assert find_profile("mine").url == find_profile(None, "mine").url == "https://nomad.example/api"
    assert find_profile("https://other.example/api", "bare").user == "me"
    monkeypatch.setenv("NOMAD_CLIENT_URL", "https://env.example/api/")
    assert find_profile().url == "https://env.example/api"
    assert find_profile(None, "bare").url == "https://env.example/api"
    assert find_profile("mine").url == "https://nomad.example/api"
    monkeypatch.delenv("NOMAD_CLIENT_URL")
    with pytest.raises(UsageError, match="profile 'bare' has no url"):
        find_profile("bare")


def test_the_config_may_name_a_default(configured):
    configured("default: mine\nprofiles: {mine: {url: https://nomad.example/api}}")
    assert find_profile().name == "mine"


def test_a_documents_url_finds_the_deployment_too():
    found = find_profile("https://nomad-lab.eu/prod/rae/api/swagger.json")
    assert (found.name, found.url) == ("historical", "https://nomad-lab.eu/prod/rae/api")


def test_a_login_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(UsageError) as caught:
        connect("https://me:s3cret@nomad.example/api", spec="nomad-0.8.6")
    assert "s3cret" not in str(caught.value)


def test_a_running_sandbox_is_found_by_its_nickname_alone():
    with pytest.raises(UsageError, match="start one with `nomad-swagger sandbox`"):
        connect("sandbox")


# ---- the description


def test_a_url_may_be_the_description_and_says_where_if_nothing_else_does(web, reply):
    web.answer = lambda asked: reply.json(load_spec("nomad-0.8.6").document)
    alone = connect(spec=f"{web.url}/other/swagger.json")
    assert (alone.nomad.api_url, alone.nomad.spec.generation) == (f"{web.url}/other", "v0")
    beside = connect("https://nomad.example/api", spec=f"{web.url}/other/swagger.json")
    assert beside.nomad.api_url == beside.nomad.spec.url == "https://nomad.example/api"
    with pytest.raises(UsageError, match="no server is named"):
        connect(spec="nomad-0.8.6")


def test_the_servers_own_description_is_used_and_its_host_is_not(profile, sandbox):
    client = connect(profile=profile)
    assert client.nomad.spec.origin.kind == "network"
    assert client.nomad.spec.document.get("basePath") is not None
    assert client.swagger_spec.api_url.rstrip("/") == sandbox.api_url


def test_an_own_document_url_is_fetched_and_calls_go_beside_it(web, reply):
    document = load_spec("nomad-0.8.6").document
    web.answer = lambda asked: reply.json(
        document if asked.path == "/my/openapi.json" else {"pagination": {"total": 3}}
    )
    client = connect(f"{web.url}/my/openapi.json")
    assert client.repo.search().response().result.pagination.total == 3
    assert web.paths == ["/my/openapi.json", "/my/repo/"]


@pytest.mark.parametrize("spec", ["nomad-0.8.6", "offline"])
def test_a_pinned_client_asks_nobody_for_a_description(web, spec):
    connect(profile=Profile(url=f"{web.url}/api", snapshot="nomad-0.8.6"), spec=spec)
    assert not web.asked


def test_a_description_may_be_a_file_a_dict_or_a_spec(tmp_path):
    spec = load_spec("nomad-0.7.9")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(spec.document))
    for given in (spec, spec.document, file, str(file)):
        client = connect("https://nomad.example/api", spec=given)
        assert len(client.nomad.spec.operations) == 35
        assert client.nomad.spec.url == "https://nomad.example/api"


def test_a_server_in_trouble_falls_back_to_what_its_profile_names(web, reply):
    web.script(reply(status=500))
    with pytest.warns(NomadWarning, match=r"answered 500.*snapshot nomad-0\.8\.6"):
        client = connect(profile=Profile(url=web.url, snapshot="nomad-0.8.6"))
    assert "49 operations" in repr(client)


def test_live_means_no_fallback(web, reply):
    web.script(reply(status=404))
    with pytest.raises(SpecNotFound, match="answered 404"):
        connect(profile=Profile(url=web.url, snapshot="nomad-0.8.6"), spec="live")


def test_a_damaged_snapshot_refuses_to_start(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    (tmp_path / "index.yaml").write_text(
        "nomad-0.8.6: {file: x.json, generation: v0, source: me, sha256: '00', operations: 1}"
    )
    with pytest.raises(SpecTampered):
        connect("https://nomad.example/api", spec="nomad-0.8.6", specs=tmp_path)


def test_a_strangers_api_has_operations_and_no_verbs(web, reply):
    get = {"operationId": "list", "tags": ["pets"], "responses": {"200": {"description": "OK"}}}
    client = connect(
        web.url, spec={"swagger": "2.0", "info": {"title": "pets", "version": "1"}, "paths": {"/pets": {"get": get}}}
    )
    web.script(reply.json([1]))
    assert client.pets.list().response().result == [1]
    with pytest.raises(UnknownOperation, match="not one of a NOMAD we know"):
        client.nomad.verb("search")


# ---- the login


def test_a_password_of_the_environment_logs_in(profile, monkeypatch):
    monkeypatch.setenv("NOMAD_CLIENT_USER", "leonard")
    monkeypatch.setenv("NOMAD_CLIENT_PASSWORD", "password")
    client = connect(profile=profile)
    assert (client.nomad.login.source, client.nomad.login.who) == ("environment", "leonard")
    assert client.uploads.get_uploads().response().result.pagination.total == 0


def test_without_a_keycloak_the_apis_own_login_is_asked(sandbox):
    client = connect(sandbox.api_url, **USER)
    assert client.nomad.login.server == f"{sandbox.api_url}/auth/"
    assert client.uploads.get_uploads().response().result.pagination.total == 0


def test_a_wrong_password_is_refused_in_the_words_of_the_login_server(profile):
    with pytest.raises(LoginRefused, match="Invalid user credentials"):
        connect(profile=profile, user="leonard", password="wrong").uploads.get_uploads().response()


def test_a_stored_login_is_used_until_it_is_forgotten(configured, sandbox):
    configured(f"profiles: {{mine: {{url: {sandbox.api_url}, keycloak: {sandbox.keycloak_url}}}}}")
    with pytest.raises(LoginRefused):
        log_in_to("mine", user="leonard", password="wrong")
    stored = log_in_to("mine", **USER)
    assert (stored.user, stored.api_url) == ("leonard", sandbox.api_url)
    client = connect("mine")
    assert (client.nomad.login.kind, client.nomad.login.who) == ("stored", "leonard")
    assert client.uploads.get_uploads().response().result.pagination.total == 0
    assert log_out_of("mine") == (sandbox.api_url, stored)
    assert connect("mine").nomad.login.kind == "anonymous"
    assert log_out_of("mine") == (sandbox.api_url, None)


def test_a_login_at_the_api_itself_can_be_stored_too(sandbox):
    assert log_in_to(f"{sandbox.api_url}/swagger.json", **USER).api_url == sandbox.api_url
    assert connect(sandbox.api_url).nomad.login.kind == "stored"


def test_eight_threads_share_a_short_lived_login_without_a_failure():
    with Sandbox(token_ttl_s=3) as sandbox:
        client = connect(profile=sandbox_profile(sandbox.url), **USER)
        failures = []
        stop = threading.Event()

        def work():
            while not stop.is_set():
                try:
                    client.uploads.get_uploads(per_page=1).response()
                except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                    failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        stop.wait(2.5)
        stop.set()
        for thread in threads:
            thread.join()
        asked = [(path, status) for _, path, status in sandbox.requests]
    logins = [status for path, status in asked if "openid-connect/token" in path]
    calls = [status for path, status in asked if "/uploads/" in path]
    assert not failures
    assert len(calls) > 50
    assert set(calls) == {200}
    assert set(logins) == {200}
    # a token of three seconds is renewed once within two and a half, by one of the threads
    assert len(logins) == 2


def test_importing_the_package_is_silent_and_light():
    heavy = "bravado bravado_core jsonschema keycloak requests rich"
    code = f"import sys, nomad_swagger; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_keycloak_of_the_profile_is_where_the_password_goes(sandbox):
    client = connect(profile=Profile(url=sandbox.api_url, keycloak=Keycloak(sandbox.keycloak_url)), **USER)
    assert client.nomad.login.server == sandbox.keycloak_url
