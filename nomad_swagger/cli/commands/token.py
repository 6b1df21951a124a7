"""``token``: personal access tokens, made, listed, replaced and revoked. One is shown once, or goes to a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.auth.forget import forgetful
from nomad_swagger.cli.commands.login import ask_for_password
from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import FORMATS, Server, output_option, server_options
from nomad_swagger.cli.output import note, say, show_rows

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad

COMMANDS: Table = {
    "create": ("token", "Make a token with a name, rights and a life."),
    "list": ("token", "List your tokens; never the tokens themselves."),
    "rotate": ("token", "Put a new token in the place of one."),
    "revoke": ("token", "Make a token worth nothing."),
}
_COLUMNS = ("id", "name", "scopes", "expired_at", "last_used_at", "revoked")

_user = click.option("--user", metavar="NAME", help="Whose tokens; asked for where a password is.")
_password = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
_to = click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), help="A new file, for you alone.")


@click.group(cls=LazyGroup, table=COMMANDS)
def token() -> None:
    """Personal access tokens of NOMAD 1.4 and later, for programs that log in on their own.

    A login that is itself a long-lived token makes no tokens: then the password is asked for.
    """


@click.command("create")
@click.argument("name")
@click.option("--scopes", metavar="A,B", help="Rights (resource:action); all that there are otherwise.")
@click.option("--days", type=click.IntRange(1), help="Its life; 30 otherwise.")
@click.option("--description", help="What it is for.")
@_to
@_user
@_password
@server_options
def create(
    server: Server,
    name: str,
    scopes: str | None,
    days: int | None,
    description: str | None,
    file: Path | None,
    user: str | None,
    password_stdin: bool,
) -> None:
    """Make a token and print it, this once, or write it to a new file that you alone can read."""
    from nomad_swagger.client.lasting import make_personal

    _check_new(file)
    wanted = tuple(filter(None, (scopes or "").replace(" ", "").split(",")))
    nomad = _nomad(server, user, password_stdin)
    _hand_over(make_personal(nomad, scopes=wanted, days=days, name=name, description=description), file)


@click.command("list")
@output_option(*FORMATS)
@_user
@_password
@server_options
def list_(server: Server, fmt: str, user: str | None, password_stdin: bool) -> None:
    """List your tokens: id, name, rights, end, last use."""
    from nomad_swagger.flows.paging import Paged

    nomad = _nomad(server, user, password_stdin)
    pages = nomad.verb("list_tokens").pages
    assert pages is not None
    found = Paged(
        lambda step: nomad.json(nomad.prepare_verb("list_tokens", {}, native=step)), pages, what="the list of tokens"
    )
    if not show_rows(found, columns=_COLUMNS, fmt=fmt, key="id"):
        note("no personal access token")


@click.command("rotate")
@click.argument("token_id")
@_to
@_user
@_password
@server_options
def rotate(server: Server, token_id: str, file: Path | None, user: str | None, password_stdin: bool) -> None:
    """Put a new token in the place of one, which is worth nothing from then on."""
    _check_new(file)
    _hand_over(_nomad(server, user, password_stdin).ask("rotate_token", {"token_id": token_id}), file)


@click.command("revoke")
@click.argument("token_id")
@_user
@_password
@server_options
def revoke(server: Server, token_id: str, user: str | None, password_stdin: bool) -> None:
    """Make a token worth nothing."""
    nomad = _nomad(server, user, password_stdin)
    nomad.send(nomad.prepare_verb("revoke_token", {"token_id": token_id}))
    note(f"token {token_id} is revoked")


@forgetful
def _nomad(server: Server, user: str | None, password_stdin: bool) -> Nomad:
    """Give the server for one who may make tokens; a long-lived token may not, so its owner gives the password."""
    client = server.client()
    stored = client.nomad.login.stored
    long_lived = stored is not None and not stored.renews_itself
    if not (password_stdin or user or long_lived or client.nomad.login.kind == "anonymous"):
        return client.nomad
    from nomad_swagger.client.connect import connect

    name, password = ask_for_password(user or (stored.user if stored else None), from_stdin=password_stdin)
    return connect(
        server.url, profile=server.profile, spec=client.nomad.spec, specs=server.specs, user=name, password=password
    ).nomad


def _check_new(file: Path | None) -> None:
    if file is not None and file.exists():
        raise click.UsageError(f"{file} is there already; a token goes to a new file")


def _hand_over(made: Mapping[str, Any], file: Path | None) -> None:
    from nomad_swagger.disk import write_atomically

    pat = made["pat"]
    if file is None:
        say(str(made["raw_token"]), exact=True)
    else:
        write_atomically(file, f"{made['raw_token']}\n".encode(), mode=0o600)
    where = "above, and never again" if file is None else f"in {file}, for you alone"
    note(f"token {pat['id']} ({pat['name']}): {', '.join(pat['scopes'])}; until {pat.get('expired_at')}; {where}")
