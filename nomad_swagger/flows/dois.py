"""A search by DOI, as one by the datasets that have it, where a server's index is told of a DOI late or never.

Source: NOMAD 1.4.3 and 2.0.0, where assigning a DOI changes the dataset and not the index of its entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.paging import records_of

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_DOI, _DATASET = "doi", "dataset_id"


def by_dataset(client: NomadClient, quantities: Mapping[str, Any]) -> dict[str, Any]:
    """Give a search with the ids of datasets in the place of their DOIs.

    The server is asked for them where it is one whose index may not know, under ``and``, ``or`` and ``not`` too. What
    it has no dataset for stays a DOI, and so does one beside a dataset's id.
    """
    asked = {name: _below(client, name, value) for name, value in quantities.items()}
    if asked.get(_DOI) is None or asked.get(_DATASET) is not None or not client.nomad.can("find_doi"):
        return asked
    dois = asked[_DOI] if isinstance(asked[_DOI], (list, tuple, set, frozenset)) else [asked[_DOI]]
    found = [
        dataset.dataset_id
        for doi in dois
        for dataset in records_of(client.nomad, "find_doi", "dataset", {"doi": doi}, what=f"the datasets of {doi}")
    ]
    if found:
        del asked[_DOI]
        asked[_DATASET] = found
    return asked


def _below(client: NomadClient, name: str, value: Any) -> Any:
    if name not in client.nomad.generation.connectives or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return by_dataset(client, value)
    whole = isinstance(value, (list, tuple)) and all(isinstance(one, Mapping) for one in value)
    return [by_dataset(client, one) for one in value] if whole else value
