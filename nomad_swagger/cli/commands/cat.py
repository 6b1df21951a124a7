"""``cat``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import ID, Server, server_options
from nomad_swagger.cli.output import say_bytes


@click.command()
@click.argument("targets", metavar="UPLOAD/PATH...", nargs=-1, required=True, type=ID)
@server_options
def cat(server: Server, targets: tuple[str, ...]) -> None:
    """Print raw files: UPLOAD/path/to/file, or an entry's id for its main file.

    \b
    nomad-swagger cat UPLOAD/silicon/si.out | grep '!'
    """
    from nomad_swagger.flows.folders import read_file

    client = server.client()
    for target in targets:
        say_bytes(read_file(client, target))
