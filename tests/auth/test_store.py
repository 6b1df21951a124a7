import json
import logging
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nomad_swagger.auth import store as store_module
from nomad_swagger.auth.servers import ApiLogin
from nomad_swagger.auth.store import TokenStore, find_keyring
from nomad_swagger.auth.stored import StoredLogin, store_key
from nomad_swagger.errors import AuthError, UsageError
from nomad_swagger.settings import APP, Keycloak

API = "https://nomad-lab.eu/prod/v1/api/v1"
LOGIN = StoredLogin(
    api_url=API,
    user="leonard",
    destination=Keycloak("https://nomad-lab.eu/fairdi/keycloak/auth/"),
    access_token="access-tok",
    refresh_token="refresh-tok",
    expires_at=1234.5,
    lifetime_s=300.0,
)


class MemoryKeyring:
    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.secrets.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.secrets[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.secrets[service_name, username]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "logins"


@pytest.fixture
def store(folder: Path) -> TokenStore:
    return TokenStore(folder)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_login_comes_back_as_it_was_saved(store, folder) -> None:
    store.save(LOGIN)
    assert TokenStore(folder).load(API) == LOGIN


def test_an_api_login_comes_back_too(store) -> None:
    login = replace(LOGIN, destination=ApiLogin("GET", API + "/auth/", "basic"), refresh_token=None)
    store.save(login)
    assert store.load(API) == login


def test_a_login_is_found_by_any_spelling_of_its_api(store) -> None:
    store.save(LOGIN)
    assert store.load("HTTPS://me@NOMAD-lab.eu:443/prod/v1/api/v1/?a=b") == LOGIN
    assert store_key("http://[::1]:8000/") == "http://[::1]:8000"


@pytest.mark.parametrize(
    "api_url",
    [
        "http://nomad-lab.eu/prod/v1/api/v1",
        "https://nomad-lab.eu/prod/rae/api",
        "https://nomad-lab.eu:8443/prod/v1/api/v1",
    ],
)
def test_a_login_is_not_found_for_another_api(store, api_url) -> None:
    store.save(LOGIN)
    assert store.load(api_url) is None


def test_an_api_without_url_has_no_key(store) -> None:
    with pytest.raises(UsageError):
        store.load("nomad-lab")


def test_an_empty_store_makes_no_files(store, folder) -> None:
    assert store.load(API) is None
    assert not folder.exists()


def test_a_save_keeps_the_other_logins(store) -> None:
    other = replace(LOGIN, api_url="http://127.0.0.1:8000/prod/rae/api", user="sheldon")
    store.save(LOGIN)
    store.save(other)
    store.save(replace(LOGIN, user="penny"))
    assert store.load(API).user == "penny"
    assert store.load(other.api_url) == other


def test_a_forgotten_login_is_gone(store, folder) -> None:
    store.save(LOGIN)
    assert store.forget(API)
    assert not store.forget(API)
    assert store.load(API) is None
    assert "tok" not in (folder / "logins.json").read_text()


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
def test_the_file_is_for_its_owner_alone_whatever_the_umask(store, folder) -> None:
    before = os.umask(0)
    try:
        store.save(LOGIN)
    finally:
        os.umask(before)
    assert {_mode(path) for path in folder.iterdir()} == {0o600}
    assert _mode(folder) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
def test_a_file_that_others_could_read_is_closed_with_a_warning(store, folder, caplog) -> None:
    store.save(LOGIN)
    (folder / "logins.json").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert store.load(API) == LOGIN
    assert _mode(folder / "logins.json") == 0o600
    assert "others could read" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="no permission bits")
def test_a_folder_that_others_could_write_is_closed_with_a_warning(store, folder, caplog) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        store.save(LOGIN)
    assert _mode(folder) == 0o755
    assert "others could write" in caplog.text


def test_a_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuthError, match="no folder"):
        TokenStore(tmp_path / "file").save(LOGIN)


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", '{"logins": []}', '{"logins": {"k": 1}}', json.dumps({"logins": {API: {"user": "x"}}})],
)
def test_a_file_that_somebody_else_wrote_is_named_and_left_alone(store, folder, content) -> None:
    folder.mkdir(parents=True)
    (folder / "logins.json").write_text(content)
    (folder / "logins.json").chmod(0o600)
    with pytest.raises(AuthError, match=r"logins\.json cannot be read; delete it"):
        store.load(API)
    assert (folder / "logins.json").read_text() == content


def test_a_save_that_fails_leaves_the_old_file_and_no_other(store, folder) -> None:
    store.save(LOGIN)
    with pytest.raises(TypeError):
        store.save(replace(LOGIN, user=object()))
    assert store.load(API) == LOGIN
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock")) == ["logins.json"]


def test_many_writers_lose_no_login(folder) -> None:
    logins = [replace(LOGIN, api_url=f"https://oasis-{n}.example/api") for n in range(8)]
    threads = [threading.Thread(target=TokenStore(folder).save, args=(login,)) for login in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [TokenStore(folder).load(login.api_url) for login in logins] == logins


def test_one_store_may_be_locked_and_saved_to_by_the_same_thread(store) -> None:
    with store.locked():
        store.save(LOGIN)
        assert store.forget(API)


def test_a_lock_that_is_never_given_up_is_named(folder, monkeypatch) -> None:
    monkeypatch.setattr(store_module, "_LOCK_TIMEOUT_S", 0.01)
    with TokenStore(folder).locked(), pytest.raises(AuthError, match=r"another process holds .*logins\.json\.lock"):
        TokenStore(folder).save(LOGIN)


def test_with_a_keyring_the_file_holds_no_token(folder) -> None:
    keyring = MemoryKeyring()
    store = TokenStore(folder, keyring=lambda: keyring)
    store.save(LOGIN)
    assert "tok" not in (folder / "logins.json").read_text().replace("token", "")
    assert "refresh-tok" in keyring.secrets[APP, API]
    assert store.load(API) == LOGIN
    assert store.forget(API)
    assert keyring.secrets == {}


def test_a_keyring_that_lost_its_secret_means_no_login(folder) -> None:
    keyring = MemoryKeyring()
    store = TokenStore(folder, keyring=lambda: keyring)
    store.save(LOGIN)
    keyring.secrets.clear()
    assert store.load(API) is None
    assert store.forget(API)


def test_a_login_in_a_keyring_needs_it_again(folder) -> None:
    TokenStore(folder, keyring=MemoryKeyring).save(LOGIN)
    assert TokenStore(folder).load(API) is None


def test_a_keyring_is_found_where_the_library_has_one_that_works() -> None:
    import keyring.backend
    import keyring.backends.fail

    class Working(keyring.backend.KeyringBackend):
        priority = 1

        get_password = set_password = delete_password = lambda self, *args: None

    before = keyring.get_keyring()
    try:
        keyring.set_keyring(keyring.backends.fail.Keyring())
        assert find_keyring() is None
        keyring.set_keyring(Working())
        assert find_keyring() is keyring
    finally:
        keyring.set_keyring(before)


def test_neither_login_nor_store_shows_a_token(store) -> None:
    assert "tok'" not in repr(LOGIN)
    assert "tok'" not in repr(store)


def test_the_keyring_is_not_looked_for_before_it_is_needed(folder) -> None:
    def none_needed() -> None:
        raise AssertionError

    TokenStore(folder).save(LOGIN)
    assert TokenStore(folder, keyring=none_needed).load(API) == LOGIN


def test_without_a_keyring_the_file_takes_the_tokens(folder) -> None:
    store = TokenStore(folder, keyring=lambda: None)
    store.save(LOGIN)
    assert TokenStore(folder).load(API) == LOGIN
