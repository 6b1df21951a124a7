"""``users``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import Server, output_option, server_options
from nomad_swagger.cli.output import note, plural, show_rows

COLUMNS = ("name", "email", "user_id")


@click.command()
@click.argument("word")
@output_option()
@server_options
def users(server: Server, word: str, fmt: str) -> None:
    """Find people with an account, by name or e-mail: for --coauthor, --reviewer and --share.

    Newer servers keep e-mail addresses to themselves.
    """
    from nomad_swagger.flows.people import find_people

    found = show_rows(find_people(server.client(), word), columns=COLUMNS, fmt=fmt, key="user_id")
    note(f"{found} {plural('user', found)}")
