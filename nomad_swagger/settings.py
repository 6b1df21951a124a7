"""Every environment variable, config key, default and deployment nickname, in one table.

Knows names and values; it must not know what anybody does with them, and it opens nothing but the config file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from nomad_swagger.config_file import read_config
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.instances import find
from nomad_swagger.light import dataclass

APP = "nomad-swagger"

# Environment. The NOMAD_CLIENT_* and NOMAD_KEYCLOAK_* names are NOMAD's own.
ENV_URL = "NOMAD_CLIENT_URL"
ENV_USER = "NOMAD_CLIENT_USER"
ENV_PASSWORD = "NOMAD_CLIENT_PASSWORD"  # noqa: S105 - the name of a variable
ENV_TOKEN = "NOMAD_CLIENT_ACCESS_TOKEN"  # noqa: S105
ENV_KEYCLOAK_URL = "NOMAD_KEYCLOAK_SERVER_URL"
ENV_KEYCLOAK_REALM = "NOMAD_KEYCLOAK_REALM_NAME"
ENV_KEYCLOAK_CLIENT = "NOMAD_KEYCLOAK_CLIENT_ID"
ENV_CONFIG = "NOMAD_SWAGGER_CONFIG"
ENV_CACHE = "NOMAD_SWAGGER_CACHE"
ENV_SPECS = "NOMAD_SWAGGER_SPECS"
ENV_OFFLINE = "NOMAD_SWAGGER_OFFLINE"

# Where a server keeps its description, below the API's URL; tried in this order.
SPEC_PATHS = ("swagger.json", "openapi.json")
SPEC_SUFFIXES = (".json", ".yaml", ".yml")

# Where installations keep their API, below their own address; tried in this order when an address is not the API's.
API_PLACES = ("api/v1", "v1", "api", "nomad-oasis/api/v1", "prod/v1/api/v1")
# The first step of the web pages that lie beside an API.
PAGES = ("gui", "extensions", "docs")

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0  # between two chunks of an answer, never for a whole transfer
RETRIES = 3
INDEX_LEARNS_S = 60.0  # how long a server's search may lag behind what was done
JSON_LIMIT_BYTES = 2 << 30
JSON_LIMIT_DEPTH = 200
BACKOFF_S = 0.5
BACKOFF_LIMIT_S = 30.0
CHUNK_BYTES = 1 << 20
TRANSFER_CHUNK_BYTES = 1 << 17  # what a download loses at most where it breaks off
POOL_SIZE = 16
MAX_REDIRECTS = 5

SANDBOX_HOST = "127.0.0.1"
SANDBOX_PORT = 8008
KEYCLOAK_REALM = "fairdi_nomad_prod"
KEYCLOAK_CLIENT = "nomad_public"
# Nickname of an API of the embedded NOMAD: its path, and the snapshot that it serves.
SANDBOX_APIS = {
    "sandbox": ("/prod/rae/api", "nomad-0.7.9"),
    "sandbox-0.8": ("/prod/rae-0.8/api", "nomad-0.8.6"),
    "sandbox-v1": ("/prod/v1/api/v1", "nomad-1.4.3"),
}
SANDBOX_KEYCLOAK_PATH = "/fairdi/keycloak/auth/"


@dataclass(frozen=True)
class Keycloak:
    """A login server: its URL, realm and client."""

    server_url: str
    realm_name: str = KEYCLOAK_REALM
    client_id: str = KEYCLOAK_CLIENT


@dataclass(frozen=True)
class Profile:
    """One deployment as a user talks to it: a row of the deployment table or of the config file.

    Attributes
    ----------
    name : str
    url : str
        The API's URL.
    snapshot : str
        The pinned description to fall back on when the server cannot be reached; empty for none.
    keycloak : Keycloak or None
        Where a password may go; None means the API's own login.
    user, password, token : str
        Empty where not configured.
    ca_file, proxy : str
        For this deployment alone; empty means what the environment says.
    requests_per_s : float
        The polite rate, 0 for no limit.
    """

    name: str = ""
    url: str = ""
    snapshot: str = ""
    keycloak: Keycloak | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca_file: str = ""
    proxy: str = ""
    requests_per_s: float = 0.0


_CENTRAL_KEYCLOAK = Keycloak("https://nomad-lab.eu/fairdi/keycloak/auth/")

DEPLOYMENTS: Mapping[str, Profile] = {
    # Today's NOMAD. It moves on with NOMAD's releases, so the newest pinned description is the best guess offline.
    "central": Profile(
        name="central",
        url="https://nomad-lab.eu/prod/v1/api/v1",
        snapshot="nomad-2.0.0",
        keycloak=_CENTRAL_KEYCLOAK,
        requests_per_s=30,
    ),
    # Its test server, to try out an upload: with the same accounts, and emptied now and then.
    "test": Profile(
        name="test",
        url="https://nomad-lab.eu/prod/v1/test/api/v1",
        snapshot="nomad-2.0.0",
        keycloak=_CENTRAL_KEYCLOAK,
        requests_per_s=30,
    ),
    "historical": Profile(
        name="historical",
        url="https://nomad-lab.eu/prod/rae/api",
        snapshot="nomad-0.7.9",
        keycloak=_CENTRAL_KEYCLOAK,
        requests_per_s=30,
    ),
}


def environment(env: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Give the environment to read from: the process's own unless another is handed in."""
    return os.environ if env is None else env


def is_offline(env: Mapping[str, str] | None = None) -> bool:
    """Tell whether the network is off limits for spec loading (``NOMAD_SWAGGER_OFFLINE=1``)."""
    return environment(env).get(ENV_OFFLINE, "").strip().lower() not in ("", "0", "false", "no")


def cache_folder(env: Mapping[str, str] | None = None) -> Path:
    """Give the folder of cached descriptions and operation tables."""
    named = environment(env).get(ENV_CACHE)
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir(APP))


def state_folder(env: Mapping[str, str] | None = None) -> Path:
    """Give the folder of stored logins and of the running sandbox's address."""
    named = environment(env).get("XDG_STATE_HOME")
    return Path(named) / APP if named else Path(platformdirs.user_state_dir(APP))


def config_file(env: Mapping[str, str] | None = None) -> Path:
    """Give the path of the YAML config, whether or not it exists."""
    named = environment(env).get(ENV_CONFIG)
    return Path(named).expanduser() if named else Path(platformdirs.user_config_dir(APP)) / "config.yaml"


def spec_folders(extra: str | Path | None = None, env: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Give the search path of pinned descriptions: argument, environment, ``./specs``. The shipped ones come after."""
    named = environment(env).get(ENV_SPECS, "")
    folders = [Path(extra)] if extra else []
    folders += [Path(part).expanduser() for part in named.split(os.pathsep) if part]
    return (*folders, Path("specs"))


def profiles(env: Mapping[str, str] | None = None) -> dict[str, Profile]:
    """Give every profile by name: the deployment table, then the user's config over it.

    The config file holds ``profiles: {name: {url: …, keycloak: {server_url: …}, user: …}}``.

    Raises
    ------
    UsageError
        The config file cannot be read, or has a key that does not exist.
    """
    return profiles_of(read_config(config_file(env)), config_file(env))


def profiles_of(content: Mapping[str, Any], path: Path) -> dict[str, Profile]:
    """Give every profile by name, as a config file's content has them over the deployment table."""
    known = dict(DEPLOYMENTS)
    for name, row in content.get("profiles", {}).items():
        known[name] = _profile(name, row, known.get(name, Profile()), path)
    return known


def default_profile(env: Mapping[str, str] | None = None) -> str:
    """Give the name of the profile that the config file makes the default; empty for none."""
    return str(read_config(config_file(env)).get("default", ""))


def profile_for(url: str, env: Mapping[str, str] | None = None) -> Profile | None:
    """Give the profile whose API URL is ``url``, if one is; the user's config before the deployment table."""
    wanted = url.rstrip("/")
    return next((p for p in reversed(list(profiles(env).values())) if p.url.rstrip("/") == wanted), None)


def url_of(where: str, env: Mapping[str, str] | None = None) -> str:
    """Give the API's URL for a nickname, a profile's name or ``sandbox``; anything else is given back as it is."""
    if "://" in where or not where:
        return where
    try:
        known = running_sandbox(env, where) if sandbox_nickname(where) else profiles(env).get(where)
    except UsageError:
        return where
    return known.url if known else where


def sandbox_nickname(where: str) -> tuple[str, str] | None:
    """Give the API and the instance that a sandbox's nickname names (``sandbox-v1:8009``), None for other words."""
    name, _, which = where.partition(":")
    return (name, which) if name in SANDBOX_APIS else None


def running_sandbox(env: Mapping[str, str] | None = None, name: str = "sandbox") -> Profile:
    """Give the profile of an API of the embedded NOMAD that runs on this machine.

    Parameters
    ----------
    env : mapping, optional
        The environment; the process's own unless given.
    name : str
        A key of ``SANDBOX_APIS``; with ``:NAME`` or ``:PORT`` behind it where several run.

    Raises
    ------
    UsageError
        None runs, or several and none is named.
    """
    api, _, which = name.partition(":")
    found = find(state_folder(env), which)
    return sandbox_profile(found.url, api, keycloak=found.login != "api")


def sandbox_profile(url: str, name: str = "sandbox", *, keycloak: bool = True) -> Profile:
    """Give the profile of an API of an embedded NOMAD at ``url``; its Keycloak is named, or not."""
    path, snapshot = SANDBOX_APIS[name]
    named = Keycloak(url + SANDBOX_KEYCLOAK_PATH) if keycloak else None
    return Profile(name=name, url=url + path, snapshot=snapshot, keycloak=named)


def _profile(name: str, row: Any, base: Profile, path: Path) -> Profile:
    known = sorted({f.name for f in fields(Profile)} - {"name"})
    if not isinstance(row, dict):
        raise UsageError(f"config {path}: profile {name!r} is no block of keys; it knows {', '.join(known)}")
    for key in row:
        if key not in known:
            raise UnknownArgument(str(key), known, where=f"of profile {name!r} in config {path}")
    return replace(base, name=name, **{key: _value(f"config {path}: profile {name!r}", key, row[key]) for key in row})


def _value(where: str, key: str, value: Any) -> Any:
    """Give a profile's value as its dataclass has it."""
    if key == "keycloak":
        try:
            return Keycloak(**value) if isinstance(value, dict) else Keycloak(str(value))
        except TypeError as error:
            raise UsageError(f"{where}: keycloak takes server_url, realm_name, client_id") from error
    wanted = (int, float) if key == "requests_per_s" else str
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise UsageError(
            f"{where}: {key} must be {'a number' if key == 'requests_per_s' else 'text: put it in quotes'}"
        )
    return value
