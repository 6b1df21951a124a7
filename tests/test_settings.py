"""Environment, config file, deployment table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox, addresses
from nomad_sandbox.registry import write_record
from nomad_swagger import settings
from nomad_swagger.apispec.snapshots import all_snapshots
from nomad_swagger.errors import UsageError
from nomad_swagger.settings import DEPLOYMENTS, Keycloak, profile_for, profiles


@pytest.fixture
def configured(tmp_path):
    """Write a config file and give the environment that names it."""

    def write(text):
        (tmp_path / "config.yaml").write_text(text)
        (tmp_path / "config.yaml").chmod(0o600)  # it may hold a password
        return {"NOMAD_SWAGGER_CONFIG": str(tmp_path / "config.yaml")}

    return write


def test_the_deployment_table_names_snapshots_that_are_shipped_and_https_alone():
    shipped = {snapshot.name for snapshot in all_snapshots()}
    for profile in DEPLOYMENTS.values():
        assert profile.url.startswith("https://")
        assert profile.snapshot in shipped
        assert profile.keycloak is None or profile.keycloak.server_url.startswith("https://")


@pytest.mark.parametrize(
    ("value", "offline"), [("1", True), ("true", True), ("0", False), ("", False), (" No ", False)]
)
def test_offline_is_what_the_variable_says(value, offline):
    assert settings.is_offline({"NOMAD_SWAGGER_OFFLINE": value}) is offline
    assert settings.is_offline({}) is False


def test_folders_are_what_the_variables_say(monkeypatch, silent_environment):
    named = {"NOMAD_SWAGGER_CACHE": "~/c", "NOMAD_SWAGGER_CONFIG": "~/c.yaml", "XDG_STATE_HOME": "/s"}
    assert settings.cache_folder(named) == silent_environment / "c"
    assert settings.config_file(named) == silent_environment / "c.yaml"
    assert settings.state_folder(named) == Path("/s/nomad-swagger")
    assert settings.cache_folder({}).name == "nomad-swagger"


def test_snapshot_folders_come_in_the_order_argument_environment_here():
    assert settings.spec_folders("/a", {"NOMAD_SWAGGER_SPECS": "/b:/c"}) == tuple(
        map(Path, ("/a", "/b", "/c", "specs"))
    )
    assert settings.spec_folders(None, {}) == (Path("specs"),)


def test_a_profile_of_the_config_is_added_to_the_table(configured):
    env = configured(
        """
        default: mine
        profiles:
          mine:
            url: https://nomad.example/api
            keycloak: {server_url: https://login.example/auth/, realm_name: ours}
            user: me
            requests_per_s: 2.5
          short: {url: https://short.example/api, keycloak: https://login.example/auth/}
        """
    )
    mine = profiles(env)["mine"]
    assert (mine.name, mine.url, mine.user, mine.requests_per_s) == ("mine", "https://nomad.example/api", "me", 2.5)
    assert mine.keycloak == Keycloak("https://login.example/auth/", "ours")
    assert profiles(env)["short"].keycloak == Keycloak("https://login.example/auth/")
    assert set(DEPLOYMENTS) < set(profiles(env))
    assert settings.default_profile(env) == "mine"


def test_the_config_changes_single_facts_of_a_known_deployment(configured):
    changed = profiles(configured("profiles: {historical: {snapshot: nomad-0.8.6}}"))["historical"]
    assert (changed.snapshot, changed.url) == ("nomad-0.8.6", DEPLOYMENTS["historical"].url)


def test_a_url_finds_its_profile_and_the_users_goes_first(configured):
    url = DEPLOYMENTS["historical"].url
    assert profile_for(url + "/", {"NOMAD_SWAGGER_CONFIG": "/none"}) is not None
    assert profile_for("https://nomad.example", {"NOMAD_SWAGGER_CONFIG": "/none"}) is None
    assert profile_for(url, configured(f"profiles: {{mine: {{url: '{url}/'}}}}")).name == "mine"


@pytest.mark.parametrize("text", ["", "profiles:", "default:", "# nothing", "profiles: {}"])
def test_an_empty_config_says_nothing(configured, text):
    env = configured(text)
    assert set(profiles(env)) == set(DEPLOYMENTS)
    assert settings.default_profile(env) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]", "expected `profiles:`"),
        ("profiles: [a]", "expected `profiles:`"),
        ("profiles: {x: 5}", "profile 'x' is no block of keys"),
        ("profiles: {x: {urll: a}}", "'urll' of profile 'x' .* did you mean 'url'"),
        ("profiles: {x: {name: a}}", "unknown argument 'name' of profile 'x'"),
        ("profiles: {x: {url: 5}}", "url must be text"),
        ("profiles: {x: {password: 12345}}", "password must be text: put it in quotes"),
        ("profiles: {x: {requests_per_s: fast}}", "requests_per_s must be a number"),
        ("profiles: {x: {requests_per_s: yes}}", "requests_per_s must be a number"),
        ("profiles: {x: {keycloak: {server: a}}}", "keycloak takes server_url"),
        ("profiles:\n  x: {", r"line [23]: did not find"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_mistake_in_the_config_is_named(configured, text, words):
    with pytest.raises(UsageError, match=words) as caught:
        profiles(configured(text))
    assert "config.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["password: s3cret: x", "profiles: {x: {password: 's3cret}}"])
def test_a_broken_config_does_not_give_away_a_password(configured, text):
    with pytest.raises(UsageError) as caught:
        profiles(configured(text))
    assert "s3cret" not in str(caught.value)


def test_secrets_are_not_shown(configured):
    profile = profiles(configured("profiles: {x: {password: s3cret, token: s3cret}}"))["x"]
    assert profile.password == "s3cret"
    assert "s3cret" not in repr(profile)


def test_a_running_sandbox_is_found_by_its_record(tmp_path):
    env = {"XDG_STATE_HOME": str(tmp_path)}
    folder = tmp_path / "nomad-swagger" / "sandboxes"
    folder.mkdir(parents=True)
    for content in (None, "", "[]", "{}", '{"port": 1}'):
        if content is not None:
            (folder / "8008.json").write_text(content)
        with pytest.raises(UsageError, match="start one with"):
            settings.running_sandbox(env)
    with Sandbox() as box:
        write_record(folder, box.port, name="mine", data=None)
        found = settings.running_sandbox(env)
        assert found.url == f"{box.url}/prod/rae/api"
        assert found.keycloak.server_url == box.keycloak_url
        for name in ("sandbox-v1:mine", f"sandbox-v1:{box.port}"):
            assert settings.url_of(name, env) == box.api_url_v1


def test_a_record_whose_sandbox_is_gone_is_not_believed(tmp_path):
    env = {"XDG_STATE_HOME": str(tmp_path)}
    folder = tmp_path / "nomad-swagger" / "sandboxes"
    with Sandbox() as box:
        record = write_record(folder, box.port, name="mine", data=None)
        content = json.loads(record.read_text())
        record.write_text(json.dumps({**content, "pid": content["pid"] + 1}))  # another process has the port now
        with pytest.raises(UsageError, match="start one with"):
            settings.running_sandbox(env)
        record.write_text(json.dumps(content))
        assert settings.running_sandbox(env).url == box.api_url
    with pytest.raises(UsageError, match="start one with"):
        settings.running_sandbox(env)


def test_of_two_running_sandboxes_one_must_be_named(tmp_path):
    env = {"XDG_STATE_HOME": str(tmp_path)}
    folder = tmp_path / "nomad-swagger" / "sandboxes"
    with Sandbox() as first, Sandbox() as second:
        for box, name in ((first, "mine"), (second, "yours")):
            write_record(folder, box.port, name=name, data=None)
        with pytest.raises(UsageError, match=r"(?s)2 sandboxes.*sandbox:.*mine.*yours|yours.*mine"):
            settings.running_sandbox(env)
        assert settings.running_sandbox(env, "sandbox-0.8:yours").url == second.api_url_08
        with pytest.raises(UsageError, match="no sandbox is called 'theirs'"):
            settings.running_sandbox(env, "sandbox:theirs")


def test_client_and_sandbox_say_the_same_of_where_it_is():
    faces = {face.nickname: (face.base_path, face.snapshot) for face in addresses.FACES}
    assert faces == settings.SANDBOX_APIS
    assert f"{addresses.KEYCLOAK_PATH}/" == settings.SANDBOX_KEYCLOAK_PATH
    assert (addresses.HOST, addresses.PORT) == (settings.SANDBOX_HOST, settings.SANDBOX_PORT)
    assert (addresses.REALM, addresses.CLIENT_ID) == (settings.KEYCLOAK_REALM, settings.KEYCLOAK_CLIENT)
