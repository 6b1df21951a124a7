"""``login`` and ``logout``. A password is asked for without echo, never taken from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from nomad_swagger.auth.forget import forgetful
from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.cli.output import ask, note, plural
from nomad_swagger.errors import NoCredentials, UsageError

if TYPE_CHECKING:
    from nomad_swagger.auth import StoredLogin
    from nomad_swagger.auth.device import DeviceCode
    from nomad_swagger.client.login import Door, Wanted

_WAYS = ("password_stdin", "token_stdin", "device", "browser")


@click.command()
@click.option("--user", metavar="NAME", help="The user name or e-mail; asked for otherwise.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--token-stdin", is_flag=True, help="Store a token that you have: read it from standard input.")
@click.option("--device", is_flag=True, help="Log in on any other screen: type a code into a page.")
@click.option("--browser", is_flag=True, help="Log in in the browser of this machine.")
@click.option("--offline", is_flag=True, help="Ask the login server for a login that outlives its session.")
@click.option("--scopes", metavar="A,B", help="Store a personal access token with these rights alone.")
@click.option("--days", type=click.IntRange(1), metavar="N", help="Store a personal access token of this life.")
@server_options
def login(server: Server, user: str | None, offline: bool, scopes: str | None, days: int | None, **ways: bool) -> None:
    """Log in once; later commands use it. What is stored is a token that lasts, never the password.

    For accounts without a password (an institute's login, a second factor) there are --device and --browser.
    """
    from nomad_swagger.client.login import Wanted, door

    chosen = [way for way in _WAYS if ways[way]]
    if len(chosen) > 1:
        raise UsageError(" and ".join(f"--{way.replace('_', '-')}" for way in chosen) + ": one of them")
    wanted = Wanted(tuple(filter(None, (scopes or "").replace(" ", "").split(","))), days, offline)
    at = door(server.url, server.profile)
    way = chosen[0] if chosen else _default_way(at, user)
    stored = _log_in(at, way, user, wanted)
    note(f"logged in to {stored.api_url} as {stored.user}")
    note(f"  {until_words(stored)}")


def _default_way(at: Door, user: str | None) -> str:
    """Give the way that the server offers: a password where there is one, else a page."""
    if user or not sys.stdin.isatty():
        return "password"
    offered = at.ways()
    return next((way for way in ("password", "device", "browser") if way in offered), "password")


@forgetful
def _log_in(at: Door, way: str, user: str | None, wanted: Wanted) -> StoredLogin:
    from nomad_swagger.client import login as logins

    if way == "token_stdin":
        return logins.log_in_with_token(at, sys.stdin.readline())
    if way == "device":
        return logins.log_in_on_device(at, _tell, wanted)
    if way == "browser":
        return logins.log_in_in_browser(at, _show, wanted)
    name, password = ask_for_password(user, from_stdin=way == "password_stdin")
    return logins.log_in_with_password(at, name, password, wanted)


def ask_for_password(user: str | None, *, from_stdin: bool) -> tuple[str, str]:
    """Give user and password, from standard input or by asking on the terminal.

    Raises
    ------
    NoCredentials
        Nobody to ask, or nobody said whose it is.
    """
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        user = user or ask("User")
        password = ask("Password", hidden=True)
    else:
        raise NoCredentials(
            "there is no terminal to ask for the password on: pipe it in with --password-stdin, or use --device. "
            "Or do without a login: every command reads NOMAD_CLIENT_USER and NOMAD_CLIENT_PASSWORD."
        )
    if not user:
        raise NoCredentials("whose password is it? Say --user NAME")
    if not password:
        raise NoCredentials("the password is empty: nothing was sent")
    return user, password


def until_words(stored: StoredLogin) -> str:
    """Say what is kept of a login and how long it is good."""
    from nomad_swagger.auth.stored import words_for

    if stored.renews_itself:
        unused = f"unused, it ends {words_for(stored.ends_at)}" if stored.ends_at else "it has no end of its own"
        return f"{stored.kept}: it renews itself; {unused}"
    if stored.ends_at is None:
        return f"{stored.kept}: the server does not say until when"
    return f"{stored.kept}: until {words_for(stored.ends_at)}"


def _tell(code: DeviceCode) -> None:
    note(f"Open {code.page} in any browser, on any machine, and type in the code\n\n    {code.user_code}\n")
    if code.page_with_code:
        note(f"or open {code.page_with_code}")
    note(f"Waiting for {code.lifetime_s / 60:.0f} min; Ctrl-C gives up.")


def _show(page: str) -> None:
    import webbrowser

    opened = webbrowser.open(page)
    note(f"{'Your browser opens' if opened else 'Open in the browser of this machine:'} {page}")
    if not opened:
        note("On a machine without a screen: nomad-swagger login --device")


@click.command()
@click.option("--all", "everywhere", is_flag=True, help="Every stored login, of every server.")
@server_options
def logout(server: Server, everywhere: bool) -> None:
    """Forget a stored login, and make it worth nothing at the server where that can be done."""
    from nomad_swagger.client.login import log_out_everywhere, log_out_of

    if everywhere:
        gone = log_out_everywhere()
        for login_ in gone:
            note(f"logged out of {login_.api_url} ({login_.user})")
        note(f"{len(gone)} {plural('login', len(gone))} forgotten")
        return
    api_url, was_there = log_out_of(server.url, profile=server.profile)
    note(f"logged out of {api_url}" if was_there else f"no login is stored for {api_url}")
