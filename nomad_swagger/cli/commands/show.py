"""``show``: one thing, all that its record tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.options import ID, Server, output_option, server_options
from nomad_swagger.cli.output import say, show_json

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


@click.command()
@click.argument("what", metavar="ENTRY | UPLOAD", type=ID)
@output_option("table", "json")
@server_options
def show(server: Server, what: str, fmt: str) -> None:
    """Show all that NOMAD tells of an entry, or of an upload: what it holds, what failed and why.

    With -o json it is NOMAD's whole answer.
    """
    from nomad_swagger.flows.whatever import find_anything

    client = server.client()
    found = find_anything(client, what)
    if fmt == "json":
        show_json(found.raw)
        return
    rows = list(_rows(client, found))
    width = max(len(name) for name, _ in rows)
    for name, words in rows:
        say(f"{name:{width}}  {words}")


def _rows(client: NomadClient, found: Any) -> Iterator[tuple[str, str]]:
    """Give what there is to tell, each with its name; a list in lines of its own."""
    from nomad_swagger.flows.gui import page_of
    from nomad_swagger.flows.records import Entry, read_record

    told = {field.name: getattr(found, field.name) for field in fields(found) if field.name != "raw"}
    if isinstance(found, Entry):
        for kind in ("provenance", "credit"):
            more = read_record(client.nomad.generation.records, kind, found.raw)
            told |= {
                field.name: getattr(more, field.name) for field in fields(more) if field.name not in ("raw", "code")
            }
    for name, value in {**told, "page": page_of(client, found)}.items():
        several = value if isinstance(value, (tuple, list)) and name not in ("elements",) else [value]
        for number, one in enumerate(several):
            words = _words(one)
            if words:
                yield ("" if number else name, words)


def _words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
