"""Datasets: named sets of one's own entries, which may get a DOI.

Knows what cannot be taken back (a DOI), and that a server may have an entry's datasets as one list that is replaced as
a whole. Source: NOMAD 0.8.6, where an edit that empties a dataset deletes it; 0.7.9 deletes it whenever entries leave.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import ApiError, NomadError, NomadWarning, NotAsAsked, TransportError
from nomad_swagger.flows.deeds import add_words, agree, give, is_open, need_login
from nomad_swagger.flows.metadata.dataset_plans import (
    create_step,
    delete_step,
    plan_create,
    plan_delete,
    plan_join,
    plan_leave,
)
from nomad_swagger.flows.metadata.finding import find_dataset
from nomad_swagger.flows.metadata.membership import joining, move, reshelve
from nomad_swagger.flows.metadata.selection import What, entries_in
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import Dataset, Entry

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def create_dataset(client: NomadClient, name: str, *, entries: What = (), patience: Patience | None = None) -> Dataset:
    """Make a dataset, of some entries if you like.

    Parameters
    ----------
    client : NomadClient
    name : str
        None of your datasets may have it yet.
    entries : Entry, Upload, Results, mapping, str, or a list of those
        As for :func:`edit`.
    patience : Patience, optional

    Raises
    ------
    Conflict
        You have a dataset of that name.
    UsageError, NotFound, Forbidden
        As for :func:`edit`; then no dataset is made.
    """
    need_login(client, "create_dataset")
    plan, chosen = plan_create(client, name, entries)
    agree(client, plan)
    made = _made(client, plan.steps[0], name)
    if chosen:
        try:
            steps = joining(client, made, chosen)
            move(client, steps, made, chosen, joining=True, patience=patience or Patience())
        except NomadError as error:
            add_words(error, _after_a_failed_join(client, made))
            raise
    return made


def add_to_dataset(
    client: NomadClient, dataset: Dataset | str, entries: What, *, patience: Patience | None = None
) -> Dataset:
    """Put entries into a dataset; they stay in the others that they are in.

    Parameters
    ----------
    client : NomadClient
    dataset : Dataset or str
        One of yours, by its record, name or id.
    entries : Entry, Upload, Results, mapping, str, or a list of those
        As for :func:`edit`.
    patience : Patience, optional

    Raises
    ------
    NotFound, Forbidden, UsageError, InvalidRequest, ProcessingFailed, WaitTimeout
        As for :func:`edit`.
    """
    need_login(client, "add_to_dataset")
    plan, found, chosen = plan_join(client, dataset, entries)
    agree(client, plan)
    move(client, plan.steps, found, chosen, joining=True, patience=patience or Patience())
    return found


def remove_from_dataset(
    client: NomadClient, dataset: Dataset | str, entries: What, *, patience: Patience | None = None
) -> Dataset | None:
    """Take entries out of a dataset; they stay in the others that they are in.

    Parameters
    ----------
    client : NomadClient
    dataset : Dataset or str
    entries : Entry, Upload, Results, mapping, str, or a list of those
        As for :func:`edit`.
    patience : Patience, optional

    Returns
    -------
    Dataset or None
        None where the last entry left and NOMAD deleted the dataset, as v0 does.

    Raises
    ------
    UsageError
        It has a DOI, so its entries stay; or none of these entries is in it.
    NotFound, Forbidden, InvalidRequest, ProcessingFailed, WaitTimeout
        As for :func:`edit`.

    Warns
    -----
    NomadWarning
        The server forgot the dataset with entries left in it, and it was made anew with these, under another id.
    """
    need_login(client, "remove_from_dataset")
    patience = patience or Patience()
    plan, found, leaving = plan_leave(client, dataset, entries)
    agree(client, plan)
    move(client, plan.steps, found, leaving, joining=False, patience=patience)
    left = find_dataset(client, found.dataset_id)
    rest = entries_in(client, found.dataset_id) if left is None else []
    return _restored(client, found, rest, patience) if rest else left


def delete_dataset(client: NomadClient, dataset: Dataset | str) -> None:
    """Delete a dataset; its entries stay.

    Raises
    ------
    UsageError
        It has a DOI: what was cited must stay.
    NotFound, Forbidden
    """
    need_login(client, "delete_dataset")
    plan, found = plan_delete(client, dataset)
    agree(client, plan)
    _delete(client, plan.steps[0], found)


def _delete(client: NomadClient, step: Step, dataset: Dataset) -> None:
    """Delete a dataset, and look whether it is gone."""
    lost: TransportError | ApiError | None = None
    try:
        give(client, step)
    except (TransportError, ApiError) as error:
        if not is_open(error):
            raise
        lost = error
    if find_dataset(client, dataset.dataset_id) is None:
        return
    if lost is not None:
        add_words(lost, f"Dataset {dataset.name!r} is still there.")
        raise lost
    raise NotAsAsked(f"dataset {dataset.name!r}: NOMAD took the order to delete it, and it is still there")


def _after_a_failed_join(client: NomadClient, made: Dataset) -> str:
    """Say what is left of a dataset whose entries could not be put into it; an empty one is deleted again."""
    try:
        if entries_in(client, made.dataset_id):
            return f"The dataset {made.name!r} is made, with some of the entries."
        _delete(client, delete_step(client, made), made)
    except NomadError:
        return f"The dataset {made.name!r} is made, and may be empty."
    return f"No dataset {made.name!r} is left."


def _made(client: NomadClient, step: Step, name: str) -> Dataset:
    """Make a dataset, and give it as it is read back.

    Raises
    ------
    NotAsAsked
        NOMAD took the order, and there is none.
    """
    lost: TransportError | ApiError | None = None
    try:
        give(client, step)
    except (TransportError, ApiError) as error:
        if not is_open(error):
            raise
        lost = error
    found = find_dataset(client, name)  # there was none of that name before
    if found is not None:
        return found
    if lost is not None:
        add_words(lost, f"There is no dataset {name!r}.")
        raise lost
    raise NotAsAsked(f"dataset {name!r}: NOMAD took the order to make it, and there is none")


def _restored(client: NomadClient, dataset: Dataset, rest: Sequence[Entry], patience: Patience) -> Dataset:
    """Make a dataset anew that the server forgot, with the entries that were left in it."""
    made = _made(client, create_step(client, dataset.name), dataset.name)
    reshelve(client, dataset, made, rest, patience)
    warnings.warn(
        f"this server forgot dataset {dataset.name!r} when entries left it; it was made anew with the other "
        f"{len(rest)}, and its id is now {made.dataset_id}",
        NomadWarning,
        stacklevel=3,
    )
    return made
