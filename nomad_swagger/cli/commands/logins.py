"""``logins``: what is stored, for whom, until when, and where it lies; never a token."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import FORMATS, Server, output_option, server_options
from nomad_swagger.cli.output import note, show_rows

_COLUMNS = ("server", "who", "kept", "until", "where")


@click.command()
@output_option(*FORMATS)
@server_options
def logins(server: Server, fmt: str) -> None:
    """List the stored logins: server, who, kind, until when, and where they lie."""
    from nomad_swagger.auth.stored import words_for
    from nomad_swagger.client.connect import token_store
    from nomad_swagger.settings import Keycloak

    del server
    store = token_store()
    rows = [
        {
            "server": login.api_url,
            "who": login.user,
            "kept": login.kept,
            "until": words_for(login.ends_at),
            "renews_itself": login.renews_itself,
            "where": store.place_of(login),
            "login_server": login.destination.server_url
            if isinstance(login.destination, Keycloak)
            else login.destination.url,
            "scopes": list(login.scopes),
        }
        for login in store.all()
    ]
    if not show_rows(rows, columns=_COLUMNS, fmt=fmt, key="server"):
        note("no login is stored")
