"""``sandbox``."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import click

from nomad_swagger import settings
from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.cli.output import note, say
from nomad_swagger.files import make_private, write_atomically


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=settings.SANDBOX_PORT, show_default=True, help="0: any.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep everything in this folder.")
@click.option("--token-ttl", "token_ttl_s", type=click.IntRange(1), default=300, show_default=True, metavar="S")
@click.option(
    "--local-folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder from which local_path uploads may come.",
)
@click.option(
    "--login",
    type=click.Choice(["keycloak", "api"]),
    default="keycloak",
    show_default=True,
    help="api: no Keycloak is named, as an institute's NOMAD looks from outside.",
)
@server_options
def sandbox(
    server: Server, port: int, data: Path | None, token_ttl_s: int, local_folder: Path | None, login: str
) -> None:
    """Run an embedded NOMAD on this machine until Ctrl-C.

    A small real NOMAD: real files, real calculations, three toy accounts. Other commands find it with --url sandbox.
    """
    from nomad_sandbox import Sandbox

    del server
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    box = Sandbox(port=port, data=data, token_ttl_s=token_ttl_s, local_folder=local_folder)
    box.prepare()
    record = settings.state_folder() / "sandbox.json"
    mine = json.dumps({"url": box.url, "login": login}).encode()
    make_private(record.parent)
    write_atomically(record, mine)
    say(f"NOMAD 0.7.9  {box.api_url}")
    say(f"NOMAD 0.8.6  {box.api_url_08}")
    say(f"NOMAD 1.4.3  {box.api_url_v1}")
    if login == "keycloak":
        say(f"Keycloak     {box.keycloak_url}")
    say(f"Accounts     {', '.join(user.email for user in box.accounts.search(''))}; each one's password is 'password'")
    note("Stop with Ctrl-C.")
    try:
        box.serve_forever()
    except KeyboardInterrupt:
        note("stopped")
    finally:
        if record.exists() and record.read_bytes() == mine:  # and not of another one that was started after us
            record.unlink()
