"""``archive``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import ID, Server, server_options
from nomad_swagger.cli.output import show_json


@click.command()
@click.argument("entry_id", metavar="ENTRY", type=ID)
@server_options
def archive(server: Server, entry_id: str) -> None:
    """Print the archive of an entry as JSON: what NOMAD read from its files, in SI units."""
    from nomad_swagger.flows import archive as flow

    show_json(flow.archive(server.client(), entry_id))
