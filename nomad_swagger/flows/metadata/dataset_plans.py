"""The plans of what is done to datasets: made, filled, emptied, deleted.

Everything is looked up, and refused where it must be, before there is a plan. With ``look=False`` no server is asked:
what it would tell has placeholders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Option, Plan, Step
from nomad_swagger.errors import Conflict, UsageError
from nomad_swagger.flows.deeds import plan_of, step_of
from nomad_swagger.flows.metadata.finding import dataset_key, find_dataset, get_dataset
from nomad_swagger.flows.metadata.membership import is_in, joining, leaving
from nomad_swagger.flows.metadata.selection import Selection, What, choose, entries_in, target_words
from nomad_swagger.flows.paging import first_page
from nomad_swagger.flows.records import Dataset, Entry

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_PLACEHOLDER = "DATASET_ID"


def plan_create(client: NomadClient, name: str, entries: What, *, look: bool = True) -> tuple[Plan, Sequence[Entry]]:
    """Give what making a dataset would do, and the entries that go into it.

    Raises
    ------
    Conflict, UsageError, NotFound, Forbidden
    """
    if not name.strip() or name != name.strip():
        raise UsageError(f"a dataset's name has no spaces around it, and is not empty: {name!r}")
    nothing = isinstance(entries, (list, tuple)) and not entries
    chosen, looks = (Selection(()), []) if nothing else choose(client, entries, look=look)
    if look and find_dataset(client, name) is not None:
        raise Conflict(
            f"you have a dataset {name!r} already; add_to_dataset puts entries into it",
            status=409,
            operation=client.nomad.verb("create_dataset").operation,
            detail="name taken",
        )
    joins = joining(client, Dataset(_PLACEHOLDER, name), chosen.entries)
    plan = plan_of(
        client,
        "create_dataset",
        f"make the dataset {name!r}" + (f" of {len(chosen.entries)} entries" if chosen.entries and look else ""),
        [*looks, create_step(client, name), *joins],
        upload_ids=tuple(chosen.by_upload),
        entries=len(chosen.entries) if look else None,
        command=("dataset", "create", *([Option("yes")] if chosen.entries else []), name, *_targets(entries, nothing)),
    )
    return plan, chosen.entries


def plan_join(
    client: NomadClient, dataset: Dataset | str, entries: What, *, look: bool = True
) -> tuple[Plan, Dataset, Sequence[Entry]]:
    """Give what putting entries into a dataset would do, that dataset, and the entries.

    Raises
    ------
    UsageError, NotFound, Forbidden
    """
    found, finds = _named(client, dataset, look=look)
    chosen, looks = choose(client, entries, look=look)
    plan = plan_of(
        client,
        "add_to_dataset",
        f"put {len(chosen.entries) if look else 'the'} entries into the dataset {found.name!r}",
        [*finds, *looks, *joining(client, found, chosen.entries)],
        upload_ids=tuple(chosen.by_upload),
        entries=len(chosen.entries) if look else None,
        command=("dataset", "add", Option("yes"), found.name, *target_words(entries)),
    )
    return plan, found, chosen.entries


def plan_leave(
    client: NomadClient, dataset: Dataset | str, entries: What, *, look: bool = True
) -> tuple[Plan, Dataset, Sequence[Entry]]:
    """Give what taking entries out of a dataset would do, that dataset, and those that are in it.

    Raises
    ------
    UsageError
        It has a DOI, so its entries stay; or none of these entries is in it.
    NotFound, Forbidden
    """
    found, finds = _named(client, dataset, look=look)
    if found.doi:
        raise UsageError(f"dataset {found.name!r} has the DOI {found.doi}: its entries stay")
    chosen, looks = choose(client, entries, look=look)
    inside = [entry for entry in chosen.entries if not look or is_in(client, entry, found)]
    if not inside:
        raise UsageError(f"none of these {len(chosen.entries)} entries is in dataset {found.name!r}")
    plan = plan_of(
        client,
        "remove_from_dataset",
        f"take {len(inside) if look else 'the'} entries out of the dataset {found.name!r}",
        [*finds, *looks, *leaving(client, found, inside)],
        upload_ids=tuple(dict.fromkeys(entry.upload_id for entry in inside)),
        entries=len(inside) if look else None,
        command=("dataset", "remove", Option("yes"), found.name, *target_words(entries)),
    )
    return plan, found, inside


def plan_delete(client: NomadClient, dataset: Dataset | str, *, look: bool = True) -> tuple[Plan, Dataset]:
    """Give what deleting a dataset would do, and that dataset.

    Raises
    ------
    UsageError
        It has a DOI: what was cited must stay.
    NotFound
    """
    found, finds = _named(client, dataset, look=look)
    if found.doi:  # 0.8.6 itself would delete it, and the DOI with it
        raise UsageError(f"dataset {found.name!r} has the DOI {found.doi} and cannot be deleted")
    inside = entries_in(client, found.dataset_id) if look else []
    plan = plan_of(
        client,
        "delete_dataset",
        f"delete the dataset {found.name!r}; its entries stay",
        [*finds, delete_step(client, found)],
        upload_ids=tuple(dict.fromkeys(entry.upload_id for entry in inside)),
        entries=len(inside) if look else None,
        command=("dataset", "delete", Option("yes"), found.name),
    )
    return plan, found


def plan_doi(client: NomadClient, dataset: Dataset | str, *, look: bool = True) -> tuple[Plan, Dataset]:
    """Give what a DOI would mean for a dataset, and that dataset.

    Raises
    ------
    UsageError
        It has one, is empty, or has unpublished entries.
    NotFound
    """
    found, finds = _named(client, dataset, look=look)
    entries = _citable(client, found) if look else []
    words = f"give the dataset {found.name!r} a DOI: it and its entries stay for ever"
    step = step_of(client, "assign_doi", dataset_key(client, "assign_doi", found), words, shows={"doi": True})
    plan = plan_of(
        client,
        "assign_doi",
        words,
        [*finds, step],
        upload_ids=tuple(dict.fromkeys(entry.upload_id for entry in entries)),
        entries=len(entries) if look else None,
        command=("dataset", "doi", Option("yes"), found.name),
    )
    return plan, found


def create_step(client: NomadClient, name: str) -> Step:
    """Give the request that makes a dataset."""
    return step_of(
        client,
        "create_dataset",
        {"name": name},
        f"make the dataset {name!r}",
        shows={"dataset": name},
        stands_for=_PLACEHOLDER if client.nomad.takes("delete_dataset", "dataset_id") else "",
    )


def delete_step(client: NomadClient, dataset: Dataset) -> Step:
    """Give the request that deletes a dataset."""
    words = f"delete the dataset {dataset.name!r}"
    return step_of(
        client, "delete_dataset", dataset_key(client, "delete_dataset", dataset), words, shows={"deleted": True}
    )


def _citable(client: NomadClient, dataset: Dataset) -> list[Entry]:
    """Give the entries of a dataset that can have a DOI.

    Raises
    ------
    UsageError
        It cannot.
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
    return entries


def _named(client: NomadClient, dataset: Dataset | str, *, look: bool) -> tuple[Dataset, list[Step]]:
    """Give a dataset as it is now; without a look one with a placeholder for its id where this server goes by ids."""
    if look:
        return get_dataset(client, dataset), []
    if not isinstance(dataset, str):
        return dataset, []
    if not client.nomad.takes("delete_dataset", "dataset_id"):
        return Dataset(_PLACEHOLDER, dataset), []
    call = first_page(client.nomad, "list_datasets", {})
    step = Step(call, f"find the id of the dataset {dataset!r} among yours", looks=True, stands_for=_PLACEHOLDER)
    return Dataset(_PLACEHOLDER, dataset), [step]


def _targets(entries: What, nothing: bool) -> list[str]:
    return [] if nothing else target_words(entries)
