"""Move entries into a dataset and out of it, so that they stay in the others that they are in.

Where an edit sets the whole list of an entry's datasets, there is one for all entries with the same others. Source:
NOMAD 0.8.6, which also makes a dataset for each name that it does not know: its word about that counts as a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nomad_swagger.flows.metadata.edit_requests import Order, Unmet, carry_out, orders_for
from nomad_swagger.flows.metadata.editing import attribution_of
from nomad_swagger.flows.metadata.selection import entries_of
from nomad_swagger.flows.polling import Patience
from nomad_swagger.flows.records import Dataset, Entry

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def join(client: NomadClient, dataset: Dataset, entries: Sequence[Entry], patience: Patience) -> None:
    """Put entries into a dataset, those that are not in it."""
    joining = [entry for entry in entries if not is_in(client, entry, dataset)]
    if joining:
        _move(client, dataset, joining, joining=True, patience=patience)


def leave(client: NomadClient, dataset: Dataset, entries: Sequence[Entry], patience: Patience) -> None:
    """Take entries out of a dataset in which they are."""
    _move(client, dataset, entries, joining=False, patience=patience)


def reshelve(client: NomadClient, old: Dataset, made: Dataset, entries: Sequence[Entry], patience: Patience) -> None:
    """Put the entries of a dataset that is gone into one of the same name."""
    orders = _orders(client, old, entries, joining=True)  # without the old one's id, with its name
    carry_out(client, orders, _unmet(client, made, entries, joining=True), patience=patience, strict=True)


def is_in(client: NomadClient, entry: Entry, dataset: Dataset) -> bool:
    """Tell whether an entry is in a dataset."""
    return dataset.dataset_id in attribution_of(client, entry).dataset_ids


def _move(
    client: NomadClient, dataset: Dataset, entries: Sequence[Entry], *, joining: bool, patience: Patience
) -> None:
    """Put entries into a dataset or take them out of it, and look whether they are."""
    orders = _orders(client, dataset, entries, joining)
    carry_out(client, orders, _unmet(client, dataset, entries, joining), patience=patience, strict=True)


def _unmet(client: NomadClient, dataset: Dataset, entries: Sequence[Entry], joining: bool) -> Unmet:
    def look() -> list[str]:
        seen = entries_of(client, [entry.entry_id for entry in entries])
        wrong = [entry.entry_id for entry in seen if is_in(client, entry, dataset) is not joining]
        state = "not in" if joining else "still in"
        return [f"{len(wrong)} entries are {state} dataset {dataset.name!r} ({wrong[0]} …)"] if wrong else []

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
