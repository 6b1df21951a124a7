"""``shell``."""

from __future__ import annotations

from typing import Any

import click

from nomad_swagger.cli.consent import Consent
from nomad_swagger.cli.options import Server, server_options
from nomad_swagger.screen.plain import plain


@click.command()
@server_options
def shell(server: Server) -> None:
    """Open a Python prompt with the client and the helpers: IPython where it is installed.

    A helper asks first about what cannot be taken back, or touches more than one upload.
    """
    import nomad_swagger as ns

    client = server.client(Consent(once=False))
    names: dict[str, Any] = {"client": client, "ns": ns}
    names |= {name: getattr(ns, name) for name in ns.__all__ if not name[0].isupper()}
    _prompt(names, plain(_banner(client), lines=True))


def _banner(client: Any) -> str:
    nomad = client.nomad
    who = nomad.login.who or nomad.login.kind
    return (
        f"{nomad.spec.title} at {nomad.api_url}, as {who}\n"
        f"client   {', '.join(dir(client))}\n"
        "call     client.<tag>.<operation>(…).response().result; client.<tag>.<operation>? explains it\n"
        "helpers  ns.search(client, elements=['Si']), ns.upload(client, 'example.zip'), ns.wait(client, upload)\n"
    )


def _prompt(names: dict[str, Any], banner: str) -> None:
    try:
        from IPython import start_ipython
        from traitlets.config import Config
    except ImportError:
        import code

        code.interact(banner, local=names, exitmsg="")
        return
    config = Config()
    config.TerminalInteractiveShell.banner2 = banner
    config.TerminalIPythonApp.display_banner = True
    start_ipython(argv=[], user_ns=names, config=config)
