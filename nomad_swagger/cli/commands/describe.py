"""``describe``."""

from __future__ import annotations

import click

from nomad_swagger.cli.descriptions import describe_server
from nomad_swagger.cli.options import Server, offered, server_options
from nomad_swagger.cli.output import say, width


@click.command()
@click.argument("operation", metavar="OP", shell_complete=offered("operation_names"))
@server_options
def describe(server: Server, operation: str) -> None:
    """Describe an operation: what it does, takes and gives, who may call it, and an example.

    \b
    nomad-swagger describe repo.search --spec nomad-0.8.6
    """
    from nomad_swagger.explore.operations import describe as explore

    found = explore(describe_server(server), operation)
    say(found.text(width()).rstrip())
