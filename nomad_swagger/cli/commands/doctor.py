"""``doctor``: what is in the way of working with a server; nothing secret, so that it can go into a bug report."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from nomad_swagger import settings
from nomad_swagger.cli.failures import Verdict
from nomad_swagger.cli.options import Server, output_option, server_options
from nomad_swagger.cli.output import note, show_json, show_rows
from nomad_swagger.errors import NomadError
from nomad_swagger.extras import EXTRAS

Row = dict[str, str]
_COLUMNS = ("what", "state", "words")
_SKEW_S = 60
_LITTLE_BYTES = 1 << 30
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@click.command()
@output_option("table", "json")
@server_options
def doctor(server: Server, fmt: str) -> None:
    """Look at server, versions, login, clock, TLS, proxy, disk, folders and extras; says what is in the way.

    With -o json the answer holds nothing secret, for a bug report.
    """
    rows = list(_rows(server))
    if fmt == "json":
        show_json(rows)
    else:
        show_rows(rows, columns=_COLUMNS, fmt="table", key="what")
    bad = [row["what"] for row in rows if row["state"] == "bad"]
    if bad:
        raise Verdict(f"in the way: {', '.join(bad)}", 1)
    note("nothing is in the way")


def _rows(server: Server) -> Iterator[Row]:
    yield _row("versions", "good", _versions())
    yield from _of_server(server)
    yield from _folders()
    yield from _surroundings()


def _row(what: str, state: str, words: str) -> Row:
    return {"what": what, "state": state, "words": words}


def _tried(what: str, look: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    try:
        yield from look()
    except NomadError as error:
        yield _row(what, "bad", str(error))


def _versions() -> str:
    names = ("nomad-swagger", "bravado", "bravado-core", "requests", "urllib3", "python-keycloak")
    return ", ".join([*(f"{name} {_version(name)}" for name in names), f"Python {platform.python_version()}"])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _of_server(server: Server) -> Iterator[Row]:
    from nomad_swagger.client.target import find_profile

    try:
        target = find_profile(server.url, server.profile)
    except NomadError as error:
        yield _row("server", "look", str(error))
        return
    yield from _tried("server", lambda: _reached(target))
    yield from _tried("login", lambda: _login(server))


def _reached(target: settings.Profile) -> Iterator[Row]:
    from nomad_swagger.apispec.load import load_spec
    from nomad_swagger.transport.origin import shown

    begin = time.monotonic()
    spec = load_spec(target.url, live=True)
    took_s = time.monotonic() - begin
    info = spec.document.get("info", {})
    yield _row(
        "server", "good", f"{shown(target.url)} answers in {took_s:.2f} s: {info.get('title')} {info.get('version')}"
    )
    known = spec.generation or "none that we know: operations can be called, the helpers cannot be used"
    yield _row("description", "good" if spec.generation else "look", f"generation {known}; sha256 {spec.sha256[:12]}")
    if target.snapshot:
        pinned = load_spec(target.snapshot)
        same = pinned.sha256 == spec.sha256
        drift = "is the server's" if same else "differs from the server's: `nomad-swagger spec diff` says in what"
        yield _row("snapshot", "good" if same else "look", f"{target.snapshot} {drift}")
    yield from _wire(target)


def _wire(target: settings.Profile) -> Iterator[Row]:
    """Tell of clock, certificate and proxy, as a request of ours really meets them."""
    from nomad_swagger.transport.failures import translated
    from nomad_swagger.transport.session import make_session

    with translated("doctor"), make_session(ca_file=target.ca_file, proxy=target.proxy) as session:
        response = session.get(target.url, timeout=30, stream=True, allow_redirects=False)
        used = session.merge_environment_settings(target.url, dict(session.proxies), True, session.verify, None)
        response.close()
    date = response.headers.get("Date")
    if date:
        skew_s = time.time() - parsedate_to_datetime(date).timestamp()
        state = "good" if abs(skew_s) < _SKEW_S else "bad"
        yield _row("clock", state, f"{skew_s:+.0f} s against the server's")
    scheme = target.url.partition(":")[0]
    verify = used["verify"] if isinstance(used["verify"], str) else "the authorities that come with requests"
    yield _row("TLS", "good", f"{scheme}; trusted: {verify}" if scheme == "https" else "none: http")
    yield _row("proxy", "good", _proxy(dict(used["proxies"]), scheme))


def _proxy(proxies: dict[str, str], scheme: str) -> str:
    from nomad_swagger.transport.origin import shown

    used = proxies.get(scheme) or proxies.get("all")
    return shown(used) if used else "none for this server"


def _login(server: Server) -> Iterator[Row]:
    from nomad_swagger.cli.commands.whoami import who_is

    facts = who_is(server.client().nomad)
    if facts["kind"] == "anonymous":
        yield _row("login", "look", "none: what is public can be had; `nomad-swagger login` makes one")
        return
    until = f", until {facts['until']}" if facts["until"] else ""
    yield _row("login", "good", f"{facts['who']} by {facts['kept'] or facts['kind']} from {facts['source']}{until}")


def _folders() -> Iterator[Row]:
    named = (("cache", settings.cache_folder()), ("state", settings.state_folder()), ("here", Path.cwd()))
    for what, folder in named:
        if not folder.exists():
            yield _row(f"folder {what}", "good", f"{folder}: not there yet")
            continue
        mode, free = stat.S_IMODE(folder.stat().st_mode), shutil.disk_usage(folder).free
        writable = os.access(folder, os.W_OK)
        open_to_all = what != "here" and bool(mode & 0o022)
        state = "bad" if not writable or open_to_all else "look" if free < _LITTLE_BYTES else "good"
        words = f"{folder}: mode {mode:04o}, {free / 1e9:.1f} GB free"
        why = "; not writable" if not writable else "; others may write into it: chmod 700 it" if open_to_all else ""
        yield _row(f"folder {what}", state, words + why)
    file = settings.config_file()
    yield from _tried("config", lambda: iter([_config(file)]))


def _config(file: Path) -> Row:
    names = sorted(set(settings.profiles()) - set(settings.DEPLOYMENTS))
    return _row("config", "good", f"{file}: {', '.join(names) if file.exists() else 'not there'}")


def _surroundings() -> Iterator[Row]:
    missing = [extra for extra, libraries in EXTRAS.items() if not all(map(importlib.util.find_spec, libraries))]
    yield _row("extras", "good", f"not installed: {', '.join(missing)}" if missing else "all installed")
    named = [name for name in (*_PROXIES, *_ours()) if os.environ.get(name) or os.environ.get(name.lower())]
    yield _row("environment", "good", f"set: {', '.join(named)}" if named else "says nothing")


def _ours() -> list[str]:
    variables: list[Any] = [getattr(settings, name) for name in dir(settings) if name.startswith("ENV_")]
    return sorted(map(str, variables))
