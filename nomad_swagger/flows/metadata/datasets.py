"""Datasets: named sets of one's own entries, which may get a DOI.

Knows what cannot be taken back (a DOI), and that a server may have an entry's datasets as one list that is replaced as
a whole. Source: NOMAD 0.8.6, where an edit that empties a dataset deletes it; 0.7.9 deletes it whenever entries leave.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nomad_swagger.errors import (
    Conflict,
    NomadError,
    NomadWarning,
    NotFound,
    ServerError,
    TransportError,
    UsageError,
)
from nomad_swagger.flows.metadata.membership import is_in, join, leave, reshelve
from nomad_swagger.flows.metadata.selection import What, entries_in, select_entries
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import Dataset, Entry, User, read_record
from nomad_swagger.flows.uploads import add_words, need_login

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def list_datasets(client: NomadClient, *, prefix: str | None = None) -> Iterator[Dataset]:
    """Give your own datasets.

    Parameters
    ----------
    client : NomadClient
    prefix : str, optional
        Those whose name begins so, upper or lower case alike.
    """
    need_login(client, "datasets")
    nomad = client.nomad
    # Where everybody's are listed, one's own must be asked for.
    mine = {"owner": _my_id(client)} if nomad.takes("list_datasets", "owner") else {}
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
    found = _find(client, dataset)
    if found is None:
        named = dataset if isinstance(dataset, str) else dataset.name
        raise NotFound(
            f"no dataset {named!r} of yours at {client.nomad.api_url}; `nomad-swagger dataset list` shows yours",
            status=404,
            operation=client.nomad.verb("get_dataset").operation,
            detail="no such dataset",
        )
    return found


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
    if not name.strip() or name != name.strip():
        raise UsageError(f"a dataset's name has no spaces around it, and is not empty: {name!r}")
    nothing = isinstance(entries, (list, tuple)) and not entries
    chosen = None if nothing else select_entries(client, entries)
    if _find(client, name) is not None:
        raise Conflict(
            f"you have a dataset {name!r} already; add_to_dataset puts entries into it",
            status=409,
            operation=client.nomad.verb("create_dataset").operation,
            detail="name taken",
        )
    made = _made(client, name)
    if chosen is not None:
        try:
            join(client, made, chosen.entries, patience or Patience())
        except NomadError as error:
            add_words(error, f"The dataset {name!r} is made, and empty.")
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
    found = get_dataset(client, dataset)
    join(client, found, select_entries(client, entries).entries, patience or Patience())
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
    found, patience = get_dataset(client, dataset), patience or Patience()
    if found.doi:
        raise UsageError(f"dataset {found.name!r} has the DOI {found.doi}: its entries stay")
    chosen = select_entries(client, entries)
    leaving = [entry for entry in chosen.entries if is_in(client, entry, found)]
    if not leaving:
        raise UsageError(f"none of these {len(chosen.entries)} entries is in dataset {found.name!r}")
    leave(client, found, leaving, patience)
    left = _find(client, found.dataset_id)
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
    found = get_dataset(client, dataset)
    if found.doi:  # 0.8.6 itself would delete it, and the DOI with it
        raise UsageError(f"dataset {found.name!r} has the DOI {found.doi} and cannot be deleted")
    try:
        client.nomad.send(client.nomad.prepare_verb("delete_dataset", dataset_key(client, "delete_dataset", found)))
    except (TransportError, ServerError):
        if _find(client, found.dataset_id) is not None:
            raise


def dataset_key(client: NomadClient, verb: str, dataset: Dataset) -> dict[str, str]:
    """Give what a verb of this server knows a dataset by."""
    known = {"dataset_id": dataset.dataset_id, "name": dataset.name}
    return {name: value for name, value in known.items() if client.nomad.takes(verb, name)}


def _my_id(client: NomadClient) -> str:
    user: User = read_record(client.nomad.generation.records, "user", client.nomad.ask("whoami", {}))
    return user.user_id


def _find(client: NomadClient, dataset: Dataset | str) -> Dataset | None:
    """Give a dataset by its id, or one's own by its name; None if there is none."""
    named = dataset if isinstance(dataset, str) else dataset.dataset_id
    if not named.strip():
        raise UsageError("the dataset's name is empty")
    own = next((one for one in list_datasets(client) if named in (one.dataset_id, one.name)), None)
    nomad = client.nomad
    if own is not None or not nomad.takes("get_dataset", "dataset_id"):
        return own
    try:
        answer = nomad.ask("get_dataset", {"dataset_id": named})
    except NotFound:
        return None
    found: Dataset = read_record(nomad.generation.records, "dataset", answer)
    return found


def _made(client: NomadClient, name: str) -> Dataset:
    nomad = client.nomad
    try:
        answer = nomad.ask("create_dataset", {"name": name})
    except (TransportError, ServerError):
        found = _find(client, name)  # there was none of that name before
        if found is None:
            raise
        return found
    made: Dataset = read_record(nomad.generation.records, "dataset", answer)
    return made


def _restored(client: NomadClient, dataset: Dataset, rest: Sequence[Entry], patience: Patience) -> Dataset:
    """Make a dataset anew that the server forgot, with the entries that were left in it."""
    made = _made(client, dataset.name)
    reshelve(client, dataset, made, rest, patience)
    warnings.warn(
        f"this server forgot dataset {dataset.name!r} when entries left it; it was made anew with the other "
        f"{len(rest)}, and its id is now {made.dataset_id}",
        NomadWarning,
        stacklevel=3,
    )
    return made
