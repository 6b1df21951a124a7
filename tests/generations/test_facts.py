"""What we say about NOMAD, held against what NOMAD was seen to answer.

``generations/*-facts.yaml`` names for each claim of ``generations/*.yaml`` the fact that it stands on:

``claim``
    Where it stands, by dots.
``says``, ``contains``, ``lacks``
    What is claimed there: the whole value, or a word of a list that is, or is not, among it.
``fact``
    The name of a probe in the file ``facts`` (tests/conformance/facts).
``shows``
    What the fact must say then: ``status``, ``type``, or one of its values.
``among``
    A value of the fact must be one of those claimed.
``keys``
    Keys that the answer has.
``below``, ``paths``, ``but``
    The claimed paths are keys of the answer, below another one (a list counts as its items): all of a record but some,
    or those under ``paths``. Of alternatives one is enough.
``as``
    Words that stand for others: names that we choose ourselves.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from nomad_swagger.flows.record_rules import paths_of

FACTS = Path(__file__).parents[1] / "conformance" / "facts"
_ANSWERS = ("status", "type")
Row = Mapping[str, Any]


def read(name: str) -> Any:
    return yaml.safe_load(files("nomad_swagger.generations").joinpath(name).read_text("utf-8"))


STANDS = {generation: read(f"{generation}-facts.yaml") for generation in ("v0", "v1")}
SAYS = {generation: read(f"{generation}.yaml") for generation in STANDS}
SEEN = {
    generation: {probe["name"]: probe for probe in json.loads((FACTS / stands["facts"]).read_text("utf-8"))["probes"]}
    for generation, stands in STANDS.items()
}
ROWS = [(generation, row) for generation, stands in STANDS.items() for row in stands["claims"]]
each_row = pytest.mark.parametrize(
    ("generation", "row"), ROWS, ids=[f"{generation}:{row['claim']}:{row['fact']}" for generation, row in ROWS]
)


def claimed(says: Any, path: str) -> Any:
    for step in path.split("."):
        says = says[int(step)] if isinstance(says, list) else says[step]
    return says


def shown(fact: Mapping[str, Any], aspect: str) -> Any:
    return fact.get(aspect) if aspect in _ANSWERS else fact.get("values", {}).get(aspect, "nothing of it")


def keys_of(fact: Mapping[str, Any]) -> set[str]:
    return {line.rpartition(" ")[0].replace("[]", "") for line in fact.get("shape", ())}


def _paths(claim: Any, row: Row) -> Iterator[list[str]]:
    """Give the alternatives of each claimed path."""
    if "paths" in row:
        yield from ([str(claimed(claim, path))] for path in row["paths"])
    elif isinstance(claim, Mapping):
        yield from (list(paths_of(way)) for name, way in claim.items() if name not in row.get("but", ()))
    else:
        yield list(claim)


def problems(says: Any, row: Row, seen: Mapping[str, Any]) -> Iterator[str]:
    """Give what a claim and its fact say differently."""
    fact, claim = seen[row["fact"]], claimed(says, row["claim"])
    if "says" in row and claim != row["says"]:
        yield f"{row['says']} is claimed no more"
    if ("contains" in row and row["contains"] not in claim) or ("lacks" in row and row["lacks"] in claim):
        yield f"{row['claim']} is another list"
    for aspect, value in row.get("shows", {}).items():
        if shown(fact, aspect) != value:
            yield f"{aspect} is {shown(fact, aspect)}, not {value}"
    if "among" in row and shown(fact, row["among"]) not in claim:
        yield f"{shown(fact, row['among'])} is not among {claim}"
    yield from (f"there is no {key}" for key in row.get("keys", ()) if key not in keys_of(fact))
    if not {"shows", "among", "keys"} & row.keys():
        for alternatives in _paths(claim, row):
            if not any(_key(path, row) in keys_of(fact) for path in alternatives):
                yield f"there is none of {alternatives}"


def _key(path: str, row: Row) -> str:
    words = [row.get("as", {}).get(word, word) for word in path.split(".")]
    return ".".join([*([row["below"]] if "below" in row else []), *words])


def altered(row: Row, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Give the facts with the one that a claim stands on turned into another."""
    other = copy.deepcopy(dict(seen))
    fact = other[row["fact"]]
    for aspect in [*row.get("shows", {}), *([row["among"]] if "among" in row else [])]:
        if aspect in _ANSWERS:
            fact[aspect] = "altered"
        else:
            fact["values"][aspect] = "altered"
    fact["shape"] = []
    return other


@each_row
def test_a_claim_says_what_the_fact_says_that_it_stands_on(generation: str, row: Row) -> None:
    assert list(problems(SAYS[generation], row, SEEN[generation])) == []


@each_row
def test_a_claim_falls_when_its_fact_is_another(generation: str, row: Row) -> None:
    assert list(problems(SAYS[generation], row, altered(row, SEEN[generation])))


@each_row
def test_no_claim_stands_on_what_a_stand_in_decided(generation: str, row: Row) -> None:
    assert not SEEN[generation][row["fact"]].get("stand_in")


@pytest.mark.parametrize("generation", STANDS)
def test_every_verb_and_record_stands_on_a_fact_or_says_why_it_does_not(generation: str) -> None:
    """A new verb: add a row to ``<generation>-facts.yaml``, or a reason under ``undecided`` there."""
    stands = STANDS[generation]
    told = {row["claim"].split(".")[1] for row in stands["claims"] if row["claim"].startswith("verbs.")}
    assert set(SAYS[generation]["verbs"]) - told - stands["undecided"].keys() == set()
