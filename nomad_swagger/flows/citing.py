"""How to cite an entry or a dataset, as BibTeX: who made it, when, under which licence, and where it is found.

A DOI, where there is one, goes before the page of NOMAD's web interface. Knows BibTeX; where things stand in NOMAD's
answers is in the generation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nomad_swagger.errors import NotFound
from nomad_swagger.flows.entries import find_entry
from nomad_swagger.flows.gui import page_of
from nomad_swagger.flows.metadata.finding import get_dataset
from nomad_swagger.flows.records import Dataset, Entry, read_record
from nomad_swagger.flows.search import search
from nomad_swagger.flows.told_records import Credit, Provenance
from nomad_swagger.science.typed import read_doi

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_SPECIAL = re.compile(r"([&%$#_{}])")
_MOST_ENTRIES = 1000
_PUBLISHER = "NOMAD"


def cite(client: NomadClient, what: Entry | Dataset | str) -> str:
    """Give the BibTeX entry of an entry or a dataset.

    Parameters
    ----------
    client : NomadClient
    what : Entry, Dataset or str
        A text is an entry's id, a name or id of a dataset of yours, or anybody's DOI.

    Returns
    -------
    str
        ``@misc{…}`` in UTF-8, for biber, or BibTeX with ``inputenc``. The authors of a dataset are those of its first
        thousand entries.

    Raises
    ------
    NotFound
        It is none of them that you may see.

    Examples
    --------
    >>> print(cite(client, "my steels"))                                    # doctest: +SKIP
    """
    if isinstance(what, Entry):
        return _entry(client, what)
    if isinstance(what, Dataset):
        return _dataset(client, what)
    if "/" in what:
        return _by_doi(client, read_doi(what))
    try:
        return _entry(client, find_entry(client, what))
    except NotFound as error:
        if client.nomad.transport.authenticator is None:
            raise
        try:
            return _dataset(client, get_dataset(client, what))
        except NotFound:
            raise error from None


def _entry(client: NomadClient, entry: Entry) -> str:
    found = entry if entry.raw else find_entry(client, entry.entry_id)
    rules = client.nomad.generation.records
    credit: Credit = read_record(rules, "credit", found.raw)
    told: Provenance = read_record(rules, "provenance", found.raw)
    fields = {
        "author": _names(credit.authors or (found.owner,)),
        "title": " ".join(filter(None, (found.formula, found.code, "calculation", f"({found.mainfile})"))),
        "year": credit.year,
        "doi": told.doi.split(" ")[0],
        "url": page_of(client, found),
        "note": f"License: {told.license}" if told.license else "",
    }
    return _bibtex(found.entry_id, fields)


def _dataset(client: NomadClient, dataset: Dataset) -> str:
    rules = client.nomad.generation.records
    entries = list(search(client, owner="visible", dataset_id=dataset.dataset_id, limit=_MOST_ENTRIES))
    credits_: list[Credit] = [read_record(rules, "credit", entry.raw) for entry in entries]
    licenses = {read_record(rules, "provenance", entry.raw).license for entry in entries} - {""}
    fields = {
        "author": _names(name for credit in credits_ for name in credit.authors),
        "title": dataset.name,
        "year": str(dataset.created.year) if dataset.created else max((credit.year for credit in credits_), default=""),
        "doi": dataset.doi,
        "url": f"https://doi.org/{dataset.doi}" if dataset.doi else client.nomad.api_url,
        "note": f"License: {', '.join(sorted(licenses))}" if licenses else "",
    }
    return _bibtex(dataset.dataset_id, fields)


def _by_doi(client: NomadClient, doi: str) -> str:
    found = next(iter(search(client, owner="visible", doi=doi, limit=1)), None)
    if found is None:
        raise NotFound(f"no dataset has the DOI {doi} at {client.nomad.api_url}", status=404, detail="no such DOI")
    rules = client.nomad.generation.records
    datasets: list[Dataset] = [read_record(rules, "dataset", one) for one in found.raw.get("datasets", ())]
    named = next((one for one in datasets if one.doi.upper() == doi), None)
    # an index that learns late of a DOI has the dataset without it
    return _dataset(client, named or Dataset(datasets[0].dataset_id, datasets[0].name, doi))


def _names(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(filter(None, names)))


def _bibtex(key: str, fields: Mapping[str, str]) -> str:
    told = {**fields, "publisher": _PUBLISHER}
    lines = [f"  {name} = {{{_escaped(name, text)}}}," for name, text in told.items() if text]
    return "\n".join([f"@misc{{nomad-{key},", *lines, "}"])


def _escaped(name: str, text: str) -> str:
    one_line = " ".join(text.replace("\\", "/").split())
    return one_line if name in ("url", "doi") else _SPECIAL.sub(r"\\\1", one_line)
