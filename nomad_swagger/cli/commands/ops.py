"""``ops``."""

from __future__ import annotations

import click

from nomad_swagger.cli.descriptions import describe_server
from nomad_swagger.cli.options import Server, offered, output_option, server_options
from nomad_swagger.cli.output import note, show_rows

COLUMNS = ("operation", "method", "path", "login", "summary")


@click.command()
@click.argument("word", required=False)
@click.option("--tag", metavar="TAG", help="Only the operations of one tag.", shell_complete=offered("tag_names"))
@output_option()
@server_options
def ops(server: Server, word: str | None, tag: str | None, fmt: str) -> None:
    """List the operations of an API; with a WORD those that have it in their name, path, text or parameters.

    \b
    nomad-swagger ops upload --spec nomad-0.8.6
    """
    from nomad_swagger.apispec.table import listed

    spec = describe_server(server)
    rows = (
        {
            "operation": found.full_name,
            "method": found.method,
            "path": found.path,
            "login": found.login,
            "summary": found.summary,
        }
        for found in listed(spec.operations.rows.values(), word, tag=tag)
    )
    shown = show_rows(rows, columns=COLUMNS, fmt=fmt, key="operation")
    note(f"{shown} of {len(spec.operations)} operations of {spec.title}")
