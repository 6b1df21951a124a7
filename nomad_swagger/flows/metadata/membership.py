"""Move entries into a dataset and out of it, so that they stay in the others that they are in.

Where an edit sets the whole list of an entry's datasets, there is one for all entries with the same others. Source:
NOMAD 0.8.6, which also makes a dataset for each name that it does not know: its word about that counts as a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Step
from nomad_swagger.flows.metadata.edit_requests import Order, Unmet, carry_out, orders_for, steps_of
from nomad_swagger.flows.metadata.selection import entries_of
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.readback import attribution_of
from nomad_swagger.flows.records import Dataset, Entry

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def joining(client: NomadClient, dataset: Dataset, entries: Sequence[Entry]) -> list[Step]:
    """Give the requests that put entries into a dataset, those that are not in it."""
    outside = [entry for entry in entries if not is_in(client, entry, dataset)]
    return steps_of(client, _orders(client, dataset, outside, joining=True)) if outside else []


def leaving(client: NomadClient, dataset: Dataset, entries: Sequence[Entry]) -> list[Step]:
    """Give the requests that take entries out of a dataset in which they are."""
    return steps_of(client, _orders(client, dataset, entries, joining=False))


def move(
    client: NomadClient,
    steps: Sequence[Step],
    dataset: Dataset,
    entries: Sequence[Entry],
    *,
    joining: bool,
    patience: Patience,
) -> None:
    """Do what puts entries into a dataset or takes them out of it, and look whether they are."""
    if steps:
        carry_out(client, steps, _unmet(client, dataset, entries, joining), patience=patience, strict=True)


def reshelve(client: NomadClient, old: Dataset, made: Dataset, entries: Sequence[Entry], patience: Patience) -> None:
    """Put the entries of a dataset that is gone into one of the same name."""
    steps = steps_of(client, _orders(client, old, entries, joining=True))  # without the old one's id, with its name
    move(client, steps, made, entries, joining=True, patience=patience)


def is_in(client: NomadClient, entry: Entry, dataset: Dataset) -> bool:
    """Tell whether an entry is in a dataset."""
    return dataset.dataset_id in attribution_of(client, entry).dataset_ids


def _unmet(client: NomadClient, dataset: Dataset, entries: Sequence[Entry], joining: bool) -> Unmet:
    def look() -> list[str]:
        seen = entries_of(client, [entry.entry_id for entry in entries], back=True)
        wrong = [entry.entry_id for entry in seen if is_in(client, entry, dataset) is not joining]
        state = "not in" if joining else "still in"
        words = f"{len(wrong)} entries are {state} dataset {dataset.name!r}"
        return [f"{words} (the first is {wrong[0]})"] if wrong else []

    return look


def _orders(client: NomadClient, dataset: Dataset, entries: Sequence[Entry], joining: bool) -> list[Order]:
    """Give the edits; where one sets the whole list, there is one for all entries with the same others in it."""
    if not client.nomad.takes("edit", "datasets"):
        word = "join_datasets" if joining else "leave_datasets"
        return orders_for(client, entries, {word: [dataset.dataset_id]})
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        pairs = zip(entry.datasets, attribution_of(client, entry).dataset_ids, strict=True)
        others = sorted(name for name, dataset_id in pairs if dataset_id != dataset.dataset_id)
        groups.setdefault((*others, *([dataset.name] if joining else [])), []).append(entry)
    return [order for names, group in groups.items() for order in orders_for(client, group, {"datasets": list(names)})]
