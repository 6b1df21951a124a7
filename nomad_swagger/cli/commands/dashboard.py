"""``dashboard``."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from nomad_swagger import settings
from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.cli.output import note, say

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.client.client import NomadClient


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@click.option("--no-browser", is_flag=True, help="Print the URL only.")
@server_options
def dashboard(server: Server, port: int, no_browser: bool) -> None:
    """Show the API in the browser, with "Try it out", until Ctrl-C.

    Calls go out with your login, which the page itself never sees. The page is served on this machine alone, under a
    URL that only you know: whoever has it can act as you.

    \b
    nomad-swagger dashboard --url sandbox
    nomad-swagger dashboard --spec nomad-0.8.6      (explore a pinned description; no server is needed)
    """
    from nomad_swagger.dashboard import Dashboard

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Dashboard(_source(server), port=port) as pages:
        say(pages.url)
        if not no_browser and not pages.open():
            note("no browser could be opened: open the URL yourself")
        note("Stop with Ctrl-C.")
        pages.serve_forever()
    note("stopped")


def _source(server: Server) -> NomadClient | Spec:
    """Give the server to call; for a pinned description without one, the description alone."""
    pinned = server.spec not in (None, "auto", "live", "offline")
    named = server.url or server.profile or settings.environment().get(settings.ENV_URL) or settings.default_profile()
    return server.description() if pinned and not named else server.client()
