"""``cite``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import ID, Server, server_options
from nomad_swagger.cli.output import say


@click.command()
@click.argument("what", metavar="ENTRY | DATASET", type=ID)
@server_options
def cite(server: Server, what: str) -> None:
    """Print how to cite an entry or a dataset, as BibTeX.

    DATASET is a name or id of yours, or anybody's DOI.
    """
    from nomad_swagger.flows import citing

    say(citing.cite(server.client(), what), exact=True)
