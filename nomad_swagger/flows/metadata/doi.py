"""Give a dataset a DOI: the one act on a dataset that cannot be taken back, so it is confirmed and ordered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger.errors import ApiError, NotAsAsked, TransportError, UsageError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, need_login
from nomad_swagger.flows.metadata.dataset_plans import plan_doi
from nomad_swagger.flows.metadata.edit_requests import is_lost
from nomad_swagger.flows.metadata.finding import get_dataset
from nomad_swagger.flows.records import Dataset

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
    plan, found = plan_doi(client, dataset)
    if not confirm:
        raise UsageError(f"{plan.headline} Nothing was sent; with confirm=True (--yes) it is done.")
    agree(client, plan)
    lost: TransportError | ApiError | None = None
    try:
        give(client, plan.steps[0])
    except (TransportError, ApiError) as error:
        if not is_open(error):
            raise
        lost = error
    seen = get_dataset(client, found.dataset_id)
    if lost is None and not seen.doi:
        raise NotAsAsked(f"dataset {found.name!r}: NOMAD took the order to give it a DOI, and it has none")
    if lost is not None and not (seen.doi and is_lost(lost)):
        state = (
            f"the DOI {seen.doi}, which may not work yet: ask those who run this NOMAD"
            if seen.doi
            else "no DOI so far; look again before another try"
        )
        add_words(lost, f"Dataset {found.name!r} has {state}.")
        raise lost
    return seen
