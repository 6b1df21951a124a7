"""Find datasets: one's own by name or id, and what a verb of this server knows one by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger.advice import python_words
from nomad_swagger.errors import NotFound, UsageError
from nomad_swagger.flows.deeds import need_login
from nomad_swagger.flows.listed import Listed
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.people import my_id
from nomad_swagger.flows.records import Dataset, read_record

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SHOWN = ("name", "dataset_id", "doi", "created")  # at a prompt


def list_datasets(client: NomadClient, *, prefix: str | None = None) -> Listed[Dataset]:
    """Give your own datasets; a prompt shows them as rows.

    Parameters
    ----------
    client : NomadClient
    prefix : str, optional
        Those whose name begins so, upper or lower case alike.
    """
    return Listed(_own_datasets(client, prefix), "datasets", _SHOWN, key="dataset_id")


def _own_datasets(client: NomadClient, prefix: str | None) -> Iterator[Dataset]:
    need_login(client, "datasets")
    nomad = client.nomad
    # Where everybody's are listed, one's own must be asked for.
    mine = {"owner": my_id(client)} if nomad.takes("list_datasets", "owner") else {}
    dataset: Dataset
    for dataset in records_of(nomad, "list_datasets", "dataset", mine, what="the list of datasets"):
        # Here and not there: servers take a prefix for a regular expression.
        if dataset.name.lower().startswith((prefix or "").lower()):
            yield dataset


def get_dataset(client: NomadClient, dataset: Dataset | str) -> Dataset:
    """Give a dataset by its id, or one of yours by its name, as it is now.

    Raises
    ------
    NotFound
        There is none.
    """
    found = find_dataset(client, dataset)
    if found is None:
        named = dataset if isinstance(dataset, str) else dataset.name
        message = f"no dataset {named!r} of yours at {client.nomad.api_url}"
        raise NotFound(
            message,
            advice=python_words(NotFound, message),
            status=404,
            operation=client.nomad.verb("get_dataset").operation,
            detail="no such dataset",
        )
    return found


def dataset_key(client: NomadClient, verb: str, dataset: Dataset) -> dict[str, str]:
    """Give what a verb of this server knows a dataset by."""
    known = {"dataset_id": dataset.dataset_id, "name": dataset.name}
    return {name: value for name, value in known.items() if client.nomad.takes(verb, name)}


def find_dataset(client: NomadClient, dataset: Dataset | str) -> Dataset | None:
    """Give a dataset by its id, or one's own by its name; None if there is none."""
    named = dataset if isinstance(dataset, str) else dataset.dataset_id
    if not named.strip():
        raise UsageError("the dataset's name is empty")
    own = next((one for one in list_datasets(client) if named in (one.dataset_id, one.name)), None)
    nomad = client.nomad
    if own is not None or "/" in named or not nomad.takes("get_dataset", "dataset_id"):  # no id has a slash
        return own
    try:
        answer = nomad.ask("get_dataset", {"dataset_id": named})
    except NotFound:
        return None
    found: Dataset = read_record(nomad.generation.records, "dataset", answer)
    return found
