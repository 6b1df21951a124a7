"""``spec stubs``."""

from __future__ import annotations

from pathlib import Path

import click

from nomad_swagger.cli.descriptions import describe_server
from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.cli.output import note, say


@click.command()
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="nomad_api.pyi")
@server_options
def stubs(server: Server, output: Path | None) -> None:
    """Write types for editors and type checkers: every tag, operation and parameter of an API.

    \b
    nomad-swagger spec stubs -o nomad_api.pyi --spec nomad-0.8.6
    """
    from nomad_swagger.disk import write_atomically
    from nomad_swagger.explore.stubs import stubs as explore

    text = explore(describe_server(server))
    if output is None:
        say(text, exact=True)
        return
    write_atomically(output, text.encode())
    note(f"{output}: cast the client to its Client class; its first lines say how")
