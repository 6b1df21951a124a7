"""``download``."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from nomad_swagger.cli.options import ID, Server, server_options
from nomad_swagger.cli.output import say, transfer_bars
from nomad_swagger.cli.targets import read_targets
from nomad_swagger.words import Owner


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@click.option("--to", "folder", default=".", show_default=True, help="The folder to download into.")
@click.option("--owner", default="visible", show_default=True, help="For a query: whose entries.")
@click.option("--jobs", type=click.IntRange(1, 8), default=1, show_default=True, help="Downloads at the same time.")
@click.option("--replace", is_flag=True, help="Replace a file of that name with another content.")
@server_options
def download(server: Server, targets: tuple[str, ...], folder: str, owner: Owner, jobs: int, replace: bool) -> None:
    """Download raw files; prints where they are.

    \b
    TARGET is an entry's or an upload's id (a zip), UPLOAD/path/to/file, UPLOAD/folder/ (a zip),
    or a query: nomad-swagger download doi=10.17172/NOMAD/2020.03.18-1
    """
    from nomad_swagger.flows import download as flow

    client = server.client()

    with transfer_bars() as bar:

        def fetch(what: str | Mapping[str, Any]) -> Path:
            progress = bar(what if isinstance(what, str) else "query")
            return flow.download(client, what, to=folder, owner=owner, replace=replace, progress=progress)

        with ThreadPoolExecutor(jobs) as pool:
            # Alone, a download runs in this thread: Ctrl-C then ends it at once.
            for path in map(fetch, read_targets(targets)) if jobs == 1 else pool.map(fetch, read_targets(targets)):
                say(str(path))
