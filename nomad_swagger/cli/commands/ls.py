"""``ls``."""

from __future__ import annotations

import click

from nomad_swagger.cli.file_rows import show_files
from nomad_swagger.cli.options import FORMATS, ID, Server, output_option, server_options


@click.command()
@click.argument("target", type=ID)
@click.option("-R", "--recursive", is_flag=True, help="All that is below, too.")
@output_option(*FORMATS)
@server_options
def ls(server: Server, target: str, recursive: bool, fmt: str) -> None:
    """List the files of an upload, a folder of it, or an entry, with their sizes.

    \b
    nomad-swagger ls UPLOAD
    nomad-swagger ls UPLOAD/folder -R -o csv
    nomad-swagger ls ENTRY
    """
    from nomad_swagger.flows.folders import list_folder

    show_files(list_folder(server.client(), target, recursive=recursive), fmt=fmt)
