"""``open``: the web page of a thing."""

from __future__ import annotations

import webbrowser

import click

from nomad_swagger.cli.options import ID, Server, server_options
from nomad_swagger.cli.output import note, say


@click.command("open")
@click.argument("what", metavar="[UPLOAD | ENTRY | DATASET]", type=ID, default="")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@server_options
def open_(server: Server, what: str, no_browser: bool) -> None:
    """Open the web page of an upload, an entry or a dataset (a name or id of yours); without one, NOMAD's own."""
    from nomad_swagger.flows.gui import home_of, page_of
    from nomad_swagger.flows.whatever import find_anything

    client = server.client()
    page = page_of(client, find_anything(client, what)) if what else home_of(client)
    say(page)
    if not no_browser and not webbrowser.open(page):
        note("no browser could be opened: open the address yourself")
