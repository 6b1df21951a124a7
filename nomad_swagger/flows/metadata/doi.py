"""Give a dataset a DOI: the one act on a dataset that cannot be taken back, so it is confirmed and ordered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger.errors import ServerError, TransportError, UsageError
from nomad_swagger.flows.metadata.datasets import dataset_key, get_dataset
from nomad_swagger.flows.metadata.edit_requests import is_lost
from nomad_swagger.flows.metadata.selection import entries_in
from nomad_swagger.flows.records import Dataset
from nomad_swagger.flows.uploads import add_words, need_login

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def assign_doi(client: NomadClient, dataset: Dataset | str, *, confirm: bool = False) -> Dataset:
    """Give a dataset a DOI. It cannot be taken back: the dataset and its entries stay for ever.

    Parameters
    ----------
    client : NomadClient
    dataset : Dataset or str
        One of yours, by its record, name or id.
    confirm : bool
        Without it nothing is done, and the error says what would be.

    Returns
    -------
    Dataset
        With its ``doi``.

    Raises
    ------
    UsageError
        Not confirmed, or it cannot have one: it has one, is empty, or has unpublished entries.
    NotFound
        You have no such dataset.
    Forbidden
        It is somebody else's, or this NOMAD gives no DOIs.
    ServerError
        NOMAD or its DOI service failed; the message says whether there is a DOI.
    """
    need_login(client, "assign_doi")
    found = get_dataset(client, dataset)
    consequence = doi_consequence(client, found)
    if not confirm:
        raise UsageError(f"{consequence} Nothing was sent; with confirm=True (--yes) it is done.")
    call = client.nomad.prepare_verb("assign_doi", dataset_key(client, "assign_doi", found))
    try:
        client.nomad.send(call)
    except (TransportError, ServerError) as error:
        seen = get_dataset(client, found.dataset_id)
        if not (seen.doi and is_lost(error)):
            state = (
                f"the DOI {seen.doi}, which may not work yet: ask those who run this NOMAD"
                if seen.doi
                else ("no DOI so far; look again before another try")
            )
            add_words(error, f"Dataset {found.name!r} has {state}.")
            raise
        return seen
    return get_dataset(client, found.dataset_id)


def doi_consequence(client: NomadClient, dataset: Dataset) -> str:
    """Say what a DOI would mean for a dataset.

    Raises
    ------
    UsageError
        It cannot have one.
    """
    if dataset.doi:
        raise UsageError(f"dataset {dataset.name!r} has a DOI already: {dataset.doi}")
    entries = entries_in(client, dataset.dataset_id)
    if not entries:
        raise UsageError(f"dataset {dataset.name!r} has no entries of yours; an empty one gets no DOI")
    secret = [entry for entry in entries if not entry.published]
    if secret:
        uploads = ", ".join(dict.fromkeys(entry.upload_id for entry in secret))
        raise UsageError(
            f"dataset {dataset.name!r}: {len(secret)} of {len(entries)} entries are not published; entries must be, "
            f"before there is a DOI (uploads {uploads})"
        )
    return (
        f"A DOI for dataset {dataset.name!r} at {client.nomad.api_url} cannot be taken back: the dataset and its "
        f"{len(entries)} published entries stay for ever."
    )
