"""Citing: what stands in the BibTeX is what NOMAD says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import nomad_swagger as ns
from tests.flows.conftest import QUICK, Connect

SILICON = Path(__file__).parents[1] / "sandbox" / "data" / "si.out"


def fields_of(text: str) -> dict[str, str]:
    assert re.fullmatch(r"@misc\{nomad-[\w-]+,\n(?:  \w+ = \{.*\},\n)+\}", text), text
    return dict(re.findall(r"  (\w+) = \{(.*)\},", text))


@pytest.fixture
def entry(each: Any, put: Any) -> ns.Entry:
    upload = put(each, {"AcAg_1/si.out": SILICON.read_bytes()}, publish=True)
    (found,) = ns.search(each, upload_id=upload.upload_id)
    return found


def test_an_entry_is_cited_with_its_authors_year_and_page(each: Any, entry: ns.Entry) -> None:
    told = fields_of(ns.cite(each, entry.entry_id))
    assert told["author"] == "Leonard Hofstadter"
    assert told["title"] == r"Si2 Quantum Espresso calculation (AcAg\_1/si.out)"
    assert re.fullmatch(r"20\d\d", told["year"])
    assert told["url"].endswith(entry.entry_id)
    assert "/gui/" in told["url"]
    assert told["publisher"] == "NOMAD"
    assert fields_of(ns.cite(each, entry)) == told


def test_a_dataset_is_cited_by_its_name_and_by_its_doi(each: Any, entry: ns.Entry, connect: Connect) -> None:
    name = f"cited {len(list(ns.list_datasets(each)))} & more"
    dataset = ns.create_dataset(each, name, entries=entry, patience=QUICK)
    told = fields_of(ns.cite(each, name))
    assert told["title"] == name.replace("&", r"\&")
    assert told["author"] == "Leonard Hofstadter"
    assert "doi" not in told
    doi = ns.assign_doi(each, dataset, confirm=True).doi
    told = fields_of(ns.cite(each, doi.lower()))
    assert told["doi"] == doi
    assert told["url"] == f"https://doi.org/{doi}"


def test_what_is_neither_is_not_found(each: Any) -> None:
    with pytest.raises(ns.NotFound, match="no entry nonsense"):
        ns.cite(each, "nonsense")
    with pytest.raises(ns.NotFound, match="no dataset has the DOI"):
        ns.cite(each, "10.17172/NOMAD/1999.01.01-1")
