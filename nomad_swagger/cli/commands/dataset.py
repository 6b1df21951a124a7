"""``dataset``: the group of commands about named sets of entries."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import ID, Server, confirm, output_option, server_options
from nomad_swagger.cli.output import note, plural, show_rows
from nomad_swagger.cli.targets import read_targets

COMMANDS: Table = {
    "create": ("dataset", "Make a dataset, of some entries if you like."),
    "list": ("dataset", "List your datasets."),
    "show": ("dataset", "Show a dataset, and how many entries it has."),
    "add": ("dataset", "Put entries into a dataset."),
    "remove": ("dataset", "Take entries out of a dataset."),
    "delete": ("dataset", "Delete a dataset; its entries stay."),
    "doi": ("dataset", "Give a dataset a DOI; it cannot be taken back."),
}
COLUMNS = ("name", "dataset_id", "doi", "created")
_NAME = click.argument("name", metavar="NAME", type=ID)
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@click.group(cls=LazyGroup, table=COMMANDS)
def dataset() -> None:
    """Datasets: named sets of your entries, which may get a DOI.

    NAME is a dataset's name or id. TARGET is an entry's or an upload's id, or a query of your entries: key=value.
    """


@click.command()
@_NAME
@click.argument("targets", metavar="[TARGET]...", nargs=-1, type=ID)
@output_option()
@server_options
def create(server: Server, name: str, targets: tuple[str, ...], fmt: str) -> None:
    """Make a dataset, of some entries if you like."""
    from nomad_swagger.flows.metadata import datasets

    made = datasets.create_dataset(server.client(), name, entries=read_targets(targets))
    show_rows([made], columns=COLUMNS, fmt=fmt, key="dataset_id")


@click.command("list")
@click.option("--prefix", metavar="P", help="Those whose name begins so.")
@output_option()
@server_options
def list_(server: Server, prefix: str | None, fmt: str) -> None:
    """List your datasets."""
    from nomad_swagger.flows.metadata import datasets

    found = show_rows(
        datasets.list_datasets(server.client(), prefix=prefix), columns=COLUMNS, fmt=fmt, key="dataset_id"
    )
    note(f"{found} {plural('dataset', found)}")


@click.command()
@_NAME
@output_option()
@server_options
def show(server: Server, name: str, fmt: str) -> None:
    """Show a dataset, and how many entries it has."""
    from nomad_swagger.flows.metadata import datasets
    from nomad_swagger.flows.metadata.selection import entries_in

    client = server.client()
    found = datasets.get_dataset(client, name)
    entries = entries_in(client, found.dataset_id)
    published = sum(entry.published for entry in entries)
    row = {**asdict(found), "entries": len(entries), "published": published}
    show_rows([row], columns=(*COLUMNS, "entries", "published"), fmt=fmt, key="dataset_id")
    note(f"nomad-swagger search --owner user dataset_id={found.dataset_id} lists its entries")


@click.command()
@_NAME
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@server_options
def add(server: Server, name: str, targets: tuple[str, ...]) -> None:
    """Put entries into a dataset; they stay in the others that they are in."""
    from nomad_swagger.flows.metadata import datasets

    found = datasets.add_to_dataset(server.client(), name, read_targets(targets))
    note(f"dataset {found.name}: the entries are in it")


@click.command()
@_NAME
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@server_options
def remove(server: Server, name: str, targets: tuple[str, ...]) -> None:
    """Take entries out of a dataset; they stay in the others that they are in."""
    from nomad_swagger.flows.metadata import datasets

    left = datasets.remove_from_dataset(server.client(), name, read_targets(targets))
    note(f"dataset {name}: " + ("the entries are out of it" if left else "empty now, and deleted by the server"))


@click.command()
@_NAME
@_YES
@server_options
def delete(server: Server, name: str, yes: bool) -> None:
    """Delete a dataset; its entries stay."""
    from nomad_swagger.flows.metadata import datasets

    client = server.client()
    found = datasets.get_dataset(client, name)
    confirm(f"Delete dataset {found.name} at {client.nomad.api_url}? Its entries stay.", yes)
    datasets.delete_dataset(client, found)
    note(f"dataset {found.name}: deleted")


@click.command()
@_NAME
@_YES
@output_option()
@server_options
def doi(server: Server, name: str, yes: bool, fmt: str) -> None:
    """Give a dataset a DOI; it cannot be taken back.

    Asks on a terminal; a script says --yes.
    """
    from nomad_swagger.flows.metadata import datasets
    from nomad_swagger.flows.metadata import doi as flow

    client = server.client()
    found = datasets.get_dataset(client, name)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        yes = click.confirm(f"{flow.doi_consequence(client, found)} Assign it?", abort=True, err=True)
    show_rows([flow.assign_doi(client, found, confirm=yes)], columns=COLUMNS, fmt=fmt, key="doi")
