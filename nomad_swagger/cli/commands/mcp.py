"""``mcp``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.extras import needed_by


@click.command()
@server_options
def mcp(server: Server) -> None:
    """Serve reading tools to an assistant, on stdin and stdout, by the Model Context Protocol.

    An assistant's own configuration starts this command. Its tools search, count and read; none changes anything, and
    what they read is marked as data. --url names the server that is asked where the assistant names none.

    \b
    nomad-swagger mcp --url central
    {"mcpServers": {"nomad": {"command": "nomad-swagger", "args": ["mcp", "--url", "central"]}}}
    """
    with needed_by("mcp"):
        from nomad_swagger.doors.assistant import serve
    from nomad_swagger import settings

    named = server.url or server.profile or settings.environment().get(settings.ENV_URL) or settings.default_profile()
    serve(named, anonymous=server.anonymous, spec=server.spec or "auto", specs=server.specs)
