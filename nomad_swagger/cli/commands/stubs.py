"""``spec stubs``."""

from __future__ import annotations

from pathlib import Path

import click

from nomad_swagger.cli.descriptions import describe_server
from nomad_swagger.cli.options import OneFormat, Server, server_options
from nomad_swagger.cli.output import note, say


@click.command()
@click.option("--to", "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="nomad_api.pyi")
@click.option("-o", "--output", type=OneFormat("pyi"), expose_value=False, help="pyi; a file goes --to.")
@server_options
def stubs(server: Server, file: Path | None) -> None:
    """Write types for editors and type checkers: every tag, operation and parameter of an API.

    \b
    nomad-swagger spec stubs --to nomad_api.pyi --spec nomad-0.8.6
    """
    from nomad_swagger.disk import write_atomically
    from nomad_swagger.explore.stubs import stubs as explore

    text = explore(describe_server(server))
    if file is None:
        say(text, exact=True)
        return
    write_atomically(file, text.encode())
    note(f"{file}: cast the client to its Client class; its first lines say how")
