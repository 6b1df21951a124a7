"""``dataset``: the group of commands about named sets of entries."""

from __future__ import annotations

from dataclasses import asdict

import click

from nomad_swagger.cli.consent import Consent, deed_options
from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import ID, Server, output_option, server_options
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


@click.group(cls=LazyGroup, table=COMMANDS)
def dataset() -> None:
    """Datasets: named sets of your entries, which may get a DOI.

    NAME is a dataset's name or id. TARGET is an entry's or an upload's id, or a query of your entries: key=value.
    """


@click.command()
@_NAME
@click.argument("targets", metavar="[TARGET]...", nargs=-1, type=ID)
@deed_options
@output_option()
@server_options
def create(server: Server, consent: Consent, name: str, targets: tuple[str, ...], fmt: str) -> None:
    """Make a dataset, of some entries if you like."""
    from nomad_swagger.flows.metadata import datasets

    made = datasets.create_dataset(server.client(consent), name, entries=read_targets(targets))
    show_rows([made], columns=COLUMNS, fmt=fmt, key="dataset_id")


@click.command("list")
@click.option("--prefix", metavar="P", help="Those whose name begins so.")
@output_option()
@server_options
def list_(server: Server, prefix: str | None, fmt: str) -> None:
    """List your datasets."""
    from nomad_swagger.flows.metadata import finding

    found = show_rows(finding.list_datasets(server.client(), prefix=prefix), columns=COLUMNS, fmt=fmt, key="dataset_id")
    note(f"{found} {plural('dataset', found)}")


@click.command()
@_NAME
@output_option()
@server_options
def show(server: Server, name: str, fmt: str) -> None:
    """Show a dataset, and how many entries it has."""
    from nomad_swagger.flows.metadata import finding
    from nomad_swagger.flows.metadata.selection import entries_in

    client = server.client()
    found = finding.get_dataset(client, name)
    entries = entries_in(client, found.dataset_id)
    published = sum(entry.published for entry in entries)
    row = {**asdict(found), "entries": len(entries), "published": published}
    show_rows([row], columns=(*COLUMNS, "entries", "published"), fmt=fmt, key="dataset_id")
    note(f"nomad-swagger search --owner user dataset_id={found.dataset_id} lists its entries")


@click.command()
@_NAME
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@deed_options
@server_options
def add(server: Server, consent: Consent, name: str, targets: tuple[str, ...]) -> None:
    """Put entries into a dataset; they stay in the others that they are in."""
    from nomad_swagger.flows.metadata import datasets

    found = datasets.add_to_dataset(server.client(consent), name, read_targets(targets))
    note(f"dataset {found.name}: the entries are in it")


@click.command()
@_NAME
@click.argument("targets", metavar="TARGET...", nargs=-1, type=ID, required=True)
@deed_options
@server_options
def remove(server: Server, consent: Consent, name: str, targets: tuple[str, ...]) -> None:
    """Take entries out of a dataset; they stay in the others that they are in."""
    from nomad_swagger.flows.metadata import datasets

    left = datasets.remove_from_dataset(server.client(consent), name, read_targets(targets))
    note(f"dataset {name}: " + ("the entries are out of it" if left else "empty now, and deleted by the server"))


@click.command()
@_NAME
@deed_options
@server_options
def delete(server: Server, consent: Consent, name: str) -> None:
    """Delete a dataset; its entries stay.

    Asks first; without a terminal it needs --yes.
    """
    from nomad_swagger.flows.metadata import datasets

    datasets.delete_dataset(server.client(consent), name)
    note(f"dataset {name}: deleted")


@click.command()
@_NAME
@deed_options
@output_option()
@server_options
def doi(server: Server, consent: Consent, name: str, fmt: str) -> None:
    """Give a dataset a DOI; it cannot be taken back.

    Asks first; without a terminal it needs --yes.
    """
    from nomad_swagger.flows.metadata import doi as flow

    found = flow.assign_doi(server.client(consent), name, confirm=True)
    show_rows([found], columns=COLUMNS, fmt=fmt, key="doi")
