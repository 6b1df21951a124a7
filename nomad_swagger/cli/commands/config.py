"""``config``: what is in force and where that was said; secrets are never shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import click

from nomad_swagger import settings
from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import FORMATS, output_option
from nomad_swagger.cli.output import ask, note, say, show_rows
from nomad_swagger.config_file import SECRETS, changed, parsed, read_config, write_config
from nomad_swagger.errors import UnknownArgument, UsageError
from nomad_swagger.settings import Keycloak, Profile

COMMANDS: Table = {
    "list": ("config", "Every value in force, and where it was said."),
    "get": ("config", "One value."),
    "set": ("config", "Write one value into the config file."),
    "path": ("config", "Where the config file is."),
}
_HIDDEN = "***"
_KEYCLOAK = tuple(field.name for field in fields(Keycloak))
_PROFILE = tuple(field.name for field in fields(Profile) if field.name not in ("name", "keycloak"))
_FORMS = ("default", *(f"profiles.NAME.{key}" for key in (*_PROFILE, *(f"keycloak.{key}" for key in _KEYCLOAK))))


@click.group(cls=LazyGroup, table=COMMANDS)
def config() -> None:
    """Look at the config file and the environment, and change the file."""


@click.command("list")
@output_option(*FORMATS)
def list_(fmt: str) -> None:
    """List every value in force, each with its source: environment, config file, or built in."""
    show_rows(_values(), columns=("key", "value", "source"), fmt=fmt, key="key")


@click.command("get")
@click.argument("key")
def get(key: str) -> None:
    """Print one value; a password or token as ***."""
    known = {row["key"]: row["value"] for row in _values()}
    if key not in known:
        if _is_key(key):
            raise UsageError(f"{key} is not set")
        raise UnknownArgument(key, [*known, *_FORMS], where="as a setting; `nomad-swagger config list` has all of them")
    say(str(known[key]), exact=True)


@click.command("set")
@click.argument("key")
@click.argument("value", required=False)
def set_(key: str, value: str | None) -> None:
    """Write one value into the config file: config set profiles.lab.url https://…

    Without VALUE it is asked for, or read from standard input: so that a password stands in no list of commands.
    """
    if not _is_key(key):
        raise UnknownArgument(key, _FORMS, where=f"as a key of the config file; there are {', '.join(_FORMS)}")
    steps = _steps(key)
    if value is None:
        asked = ask(key, hidden=steps[-1] in SECRETS) if sys.stdin.isatty() else None
        value = asked if asked is not None else sys.stdin.readline().rstrip("\r\n")
    path = settings.config_file()
    text = path.read_text("utf-8") if path.exists() else ""
    newer = changed(text, steps, _number(value) if steps[-1] == "requests_per_s" else value)
    settings.profiles_of(parsed(newer, path), path)  # refuses what could not be read again
    write_config(path, newer)
    note(f"{key} is set in {path}")


@click.command("path")
def path() -> None:
    """Print where the config file is, whether or not it exists."""
    say(str(settings.config_file()), exact=True)


def _values() -> Iterator[dict[str, Any]]:
    for name in sorted(name for name in dir(settings) if name.startswith("ENV_")):
        variable = getattr(settings, name)
        if os.environ.get(variable):
            secret = variable in (settings.ENV_PASSWORD, settings.ENV_TOKEN)
            yield _row(variable, _HIDDEN if secret else _shown(variable, os.environ[variable]), "environment")
    yield _row("folder.cache", settings.cache_folder(), _said_by(settings.ENV_CACHE, "XDG_CACHE_HOME"))
    yield _row("folder.state", settings.state_folder(), _said_by("XDG_STATE_HOME"))
    yield _row("folder.config", settings.config_file(), _said_by(settings.ENV_CONFIG, "XDG_CONFIG_HOME"))
    file = settings.config_file()
    content = read_config(file)
    if content.get("default"):
        yield _row("default", content["default"], str(file))
    for name, profile in sorted(settings.profiles().items()):
        own = content.get("profiles", {}).get(name, {})
        yield from _of_profile(name, profile, own, str(file))


def _of_profile(name: str, profile: Profile, own: dict[str, Any], file: str) -> Iterator[dict[str, Any]]:
    for key in _PROFILE:
        value = getattr(profile, key)
        if value:
            shown = _HIDDEN if key in SECRETS else _shown(key, value)
            yield _row(f"profiles.{name}.{key}", shown, file if key in own else "built in")
    for key in _KEYCLOAK if profile.keycloak else ():
        source = file if "keycloak" in own else "built in"
        yield _row(f"profiles.{name}.keycloak.{key}", _shown(key, getattr(profile.keycloak, key)), source)


def _row(key: str, value: Any, source: str) -> dict[str, Any]:
    return {"key": key, "value": value if isinstance(value, (int, float)) else str(value), "source": source}


def _shown(key: str, value: Any) -> Any:
    """Give a value as it may be shown: a URL without a login, and without its query."""
    from nomad_swagger.transport.origin import shown

    return shown(value) if isinstance(value, str) and "://" in value else value


def _said_by(*variables: str) -> str:
    return next((f"environment, {name}" for name in variables if os.environ.get(name)), "built in")


def _is_key(key: str) -> bool:
    steps = _steps(key)
    if steps == ["default"]:
        return True
    if len(steps) < 3 or steps[0] != "profiles" or not steps[1]:
        return False
    return ".".join(steps[2:]) in {*_PROFILE, *(f"keycloak.{name}" for name in _KEYCLOAK)}


def _steps(key: str) -> list[str]:
    """Split a key; a profile's name may have dots (``profiles.my.lab.url``)."""
    steps = key.split(".")
    tail = 2 if len(steps) > 4 and steps[-2] == "keycloak" else 1
    if steps[0] != "profiles" or len(steps) <= 2 + tail:
        return steps
    return ["profiles", ".".join(steps[1:-tail]), *steps[-tail:]]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError("requests_per_s must be a number") from error
