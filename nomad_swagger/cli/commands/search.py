"""``search``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import click

from nomad_swagger.cli.options import FORMATS, Server, key_values, output_option, server_options
from nomad_swagger.cli.output import note, parquet_out, plural, show_rows
from nomad_swagger.words import Owner

COLUMNS = ("entry_id", "formula", "code", "mainfile", "owner", "published", "with_embargo", "upload_id")
# What is too wide for a table, and not for a file.
WIDE = (*COLUMNS, "elements", "comment", "references", "datasets")


@click.command()
@click.argument("quantities", metavar="KEY=VALUE...", nargs=-1)
@click.option(
    "--owner", default="public", show_default=True, help="public, visible, user, shared, staging, all, admin."
)
@click.option("--limit", type=click.IntRange(0), help="How many at most; a table shows 20 unless told.")
@click.option("--include", multiple=True, metavar="FIELD", help="Fields of the whole answer to keep (json).")
@click.option("--exclude", multiple=True, metavar="FIELD", help="Fields of the whole answer to leave out (json).")
@output_option(*FORMATS, "parquet")
@server_options
def search(
    server: Server,
    quantities: tuple[str, ...],
    owner: Owner,
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
    nomad-swagger search elements=Si -o parquet > silicon.parquet
    """
    from nomad_swagger.flows import search as flow

    file = parquet_out() if fmt == "parquet" else None
    if fmt == "table" and limit is None:
        limit = 20
    results = flow.search(
        server.client(), owner=owner, limit=limit, include=include, exclude=exclude, query=key_values(quantities)
    )
    if file is not None:
        shown = _write(results, file)
    else:
        shown = show_rows(results, columns=COLUMNS if fmt == "table" else WIDE, fmt=fmt, key="entry_id")
    note(f"{shown} of {results.total} {plural('entry', results.total)}")


def _write(entries: Iterable[Any], file: IO[bytes]) -> int:
    from nomad_swagger.flows.records import Entry
    from nomad_swagger.science.frames import columns_of, write_table

    kinds = columns_of(Entry)
    return write_table(entries, file, {column: kinds[column] for column in WIDE})
