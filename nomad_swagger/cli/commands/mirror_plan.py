"""``mirror plan``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from nomad_swagger.cli.options import Server, key_values, output_option, server_options
from nomad_swagger.cli.output import say, show_json


@click.command()
@click.argument("query", metavar="KEY=VALUE...", nargs=-1)
@click.option("--to", "folder", default=".", type=click.Path(path_type=Path), help="Where it would go.")
@click.option("--owner", default="public", show_default=True, help="Whose entries, as for search.")
@click.option("--files", type=click.Choice(["stored", "entries", "none"]), default="stored", show_default=True)
@click.option("--metadata-only", is_flag=True, help="No files and no archives.")
@click.option("--archives", is_flag=True, help="Archives, too.")
@click.option("--include", multiple=True, metavar="PATTERN", help="Only such files.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No such files.")
@output_option("table", "json")
@server_options
def plan(server: Server, query: tuple[str, ...], folder: Path, fmt: str, **said: Any) -> None:
    """Say what a mirror would cost: uploads, entries, bytes, requests, time, and whether the disk has room.

    \b
    nomad-swagger mirror plan code=VASP elements=Ti,O --to titania --archives
    """
    from nomad_swagger.mirrors.layout import Wanted
    from nomad_swagger.mirrors.plan import plan as made

    client, bare = server.client(), said["metadata_only"]
    wanted = Wanted(
        client.nomad.api_url,
        key_values(query),
        said["owner"],
        "none" if bare else said["files"],
        said["archives"] and not bare,
        said["include"],
        said["exclude"],
    )
    cost = made(client, wanted, folder)
    if fmt == "json":
        show_json({**asdict(cost), "fits": cost.fits})
        return
    for line in cost.words(folder):
        say(line)
