"""``search``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import click

from nomad_swagger.cli.options import FORMATS, Server, key_values, offered, output_option, query_of, server_options
from nomad_swagger.cli.output import note, parquet_out, plural, show_rows
from nomad_swagger.errors import UsageError
from nomad_swagger.words import Owner

COLUMNS = ("entry_id", "formula", "code", "mainfile", "owner", "published", "with_embargo", "upload_id")
# What is too wide for a table, and not for a file.
WIDE = (*COLUMNS, "elements", "comment", "references", "datasets")


@click.command()
@click.argument("quantities", metavar="KEY=VALUE...", nargs=-1, shell_complete=offered("search_words"))
@click.option(
    "--owner",
    default="public",
    show_default=True,
    shell_complete=offered("owners"),
    help="public, visible, user, shared, staging, all, admin.",
)
@click.option("--limit", type=click.IntRange(0), help="How many at most; a table shows 20 unless told.")
@click.option("--query", "query", metavar="JSON", help="More, as NOMAD's web pages hand it out: JSON, @FILE or -.")
@click.option("--optimade", metavar="FILTER", help="A filter in OPTIMADE's language: 'elements HAS \"Si\"'.")
@click.option("--newest", type=click.IntRange(1), metavar="N", help="The N that were uploaded last.")
@click.option("--order-by", metavar="FIELD", help="upload_time, entry_id, formula, code, mainfile or comment.")
@click.option("--order", type=click.Choice(["asc", "desc"]), default="asc", show_default=True)
@click.option("--columns", metavar="A,B…", help="Of a table, csv, parquet: fields, upload_time, license, doi, paths.")
@click.option("--include", multiple=True, metavar="FIELD", help="Fields of the whole answer to keep (json).")
@click.option("--exclude", multiple=True, metavar="FIELD", help="Fields of the whole answer to leave out (json).")
@output_option(*FORMATS, "parquet")
@server_options
def search(
    server: Server,
    quantities: tuple[str, ...],
    owner: Owner,
    limit: int | None,
    fmt: str,
    query: str | None,
    optimade: str | None,
    columns: str | None,
    **said: Any,
) -> None:
    """Search entries.

    \b
    On every NOMAD: elements (all of them), only_elements, formula, code, upload_id, entry_id, dataset, doi, path.
    Besides, every quantity that the server's description names: nomad-swagger describe repo.search
    \b
    nomad-swagger search elements=Si elements=O code=VASP --limit 5 --url historical
    nomad-swagger search elements=Si -o parquet > silicon.parquet
    nomad-swagger search elements=Ti,O --newest 10 --columns formula,upload_time,doi,license
    nomad-swagger search --optimade 'elements HAS ONLY "Si","O" AND nelements=2' --url central
    nomad-swagger search 'query={"results.material.elements:all": ["Si"]}' --url central
    """
    from nomad_swagger.flows import search as flow
    from nomad_swagger.flows.columns import rows_of

    file = parquet_out() if fmt == "parquet" else None
    if fmt == "table" and limit is None:
        limit = 20
    wanted = {**(query_of(query) if query else {}), **key_values(quantities)}
    if optimade is not None:
        if "optimade" in wanted:
            raise UsageError("two OPTIMADE filters: join them in one by AND")
        wanted["optimade"] = optimade
    client = server.client()
    results = flow.search(client, owner=owner, limit=limit, query=wanted, **said)
    named = tuple(filter(None, (name.strip() for name in columns.split(",")))) if columns else ()
    if named and fmt in ("json", "ndjson", "ids"):
        raise UsageError(f"--columns is for a table, csv or parquet; -o {fmt} has everything")
    rows = rows_of(client, results, named) if named else results
    if file is not None:
        shown = _write(rows, file, named)
    else:
        shown = show_rows(rows, columns=named or (COLUMNS if fmt == "table" else WIDE), fmt=fmt, key="entry_id")
    note(f"{shown} of {results.total} {plural('entry', results.total)}")


def _write(entries: Iterable[Any], file: IO[bytes], named: tuple[str, ...]) -> int:
    from nomad_swagger.flows.records import Entry
    from nomad_swagger.science.frames import columns_of, frame, kinds_of, write_parquet, write_table

    kinds = columns_of(Entry)
    if not named:
        return write_table(entries, file, {column: kinds[column] for column in WIDE})
    rows = list(entries)
    write_parquet(
        frame(rows, {**kinds_of(rows, named), **{name: kinds[name] for name in named if name in kinds}}), file
    )
    return len(rows)
