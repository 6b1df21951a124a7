"""``login``, ``logout`` and ``whoami``. A password is asked for without echo, never taken from the command line."""

from __future__ import annotations

import sys

import click

from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.cli.output import note, say
from nomad_swagger.errors import NoCredentials


@click.command()
@click.option("--user", metavar="NAME", help="The user name or e-mail; asked for otherwise.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@server_options
def login(server: Server, user: str | None, password_stdin: bool) -> None:
    """Log in once: what is stored is a token that can be renewed, never the password."""
    from nomad_swagger.client.login import log_in_to

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        user = user or click.prompt("User", err=True)
        password = click.prompt("Password", hide_input=True, err=True)
    else:
        raise NoCredentials(
            "there is no terminal to ask for the password on: pipe it in with --password-stdin. "
            "Or do without a login: every command reads NOMAD_CLIENT_USER and NOMAD_CLIENT_PASSWORD."
        )
    if not user:
        raise NoCredentials("whose password is it? Say --user NAME")
    stored = log_in_to(server.url, profile=server.profile, user=user, password=password)
    note(f"logged in to {stored.api_url} as {stored.user}")


@click.command()
@server_options
def logout(server: Server) -> None:
    """Forget a stored login, and end its session where the login server can."""
    from nomad_swagger.client.login import log_out_of

    api_url, was_there = log_out_of(server.url, profile=server.profile)
    note(f"logged out of {api_url}" if was_there else f"no login is stored for {api_url}")


@click.command()
@server_options
def whoami(server: Server) -> None:
    """Tell who calls, where that was said (argument, environment, profile, stored login), and what the server says."""
    client = server.client()
    login = client.nomad.login
    if login.kind == "anonymous":
        say(f"anonymous at {client.nomad.api_url}")
        return
    client.nomad.ask("whoami", {})
    how = "stored login" if login.source == "stored" else f"{login.kind} from {login.source}"
    say(f"{login.who or 'somebody'} at {client.nomad.api_url} ({how})")
