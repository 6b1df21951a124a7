"""``search``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import Server, key_values, output_option, server_options
from nomad_swagger.cli.output import note, plural, show_rows

COLUMNS = ("entry_id", "formula", "code", "mainfile", "owner", "published", "with_embargo", "upload_id")


@click.command()
@click.argument("quantities", metavar="KEY=VALUE...", nargs=-1)
@click.option(
    "--owner", default="public", show_default=True, help="public, visible, user, shared, staging, all, admin."
)
@click.option("--limit", type=click.IntRange(0), help="How many at most; a table shows 20 unless told.")
@click.option("--include", multiple=True, metavar="FIELD", help="Fields of the whole answer to keep (json).")
@click.option("--exclude", multiple=True, metavar="FIELD", help="Fields of the whole answer to leave out (json).")
@output_option()
@server_options
def search(
    server: Server,
    quantities: tuple[str, ...],
    owner: str,
    limit: int | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    fmt: str,
) -> None:
    """Search entries.

    \b
    On every NOMAD: elements (all of them), only_elements, formula, code, upload_id, entry_id, dataset, doi, path.
    Besides, every quantity that the server's description names: nomad-swagger describe repo.search
    \b
    nomad-swagger search elements=Si elements=O code=VASP --limit 5 --url historical
    """
    from nomad_swagger.flows import search as flow

    if fmt == "table" and limit is None:
        limit = 20
    results = flow.search(
        server.client(), owner=owner, limit=limit, include=include, exclude=exclude, query=key_values(quantities)
    )
    shown = show_rows(results, columns=COLUMNS, fmt=fmt, key="entry_id")
    note(f"{shown} of {results.total} {plural('entry', results.total)}")
