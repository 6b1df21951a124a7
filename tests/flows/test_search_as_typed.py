"""Search as scientists type it: found, refused with the nearest, or said; and the same order on every NOMAD."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.flows.ordering import Ordering
from tests.flows.conftest import Connect

CUTOFFS = Path(__file__).parents[2] / "tutorials" / "data" / "silicon-cutoffs"


@pytest.fixture(scope="session")
def cutoffs() -> dict[str, bytes]:
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(CUTOFFS.glob("*/si.*"))}


@pytest.mark.parametrize("typed", ["quantum espresso", "QUANTUM-ESPRESSO", " Quantum Espresso ", "Quantum Espresso"])
def test_a_code_is_found_in_any_case_and_with_any_dashes(
    each: Any, shelf: Any, cutoffs: dict[str, bytes], typed: str
) -> None:
    upload = shelf(cutoffs)
    assert ns.search(each, code=typed, upload_id=upload.upload_id).total == 6


def test_the_list_of_codes_is_asked_for_once(connect: Connect, sandbox: Sandbox) -> None:
    client = connect("leonard", "0.8.6")
    before = len(sandbox.requests)
    for _ in range(3):
        assert ns.search(client, code="quantum espresso", elements="Si").total >= 0
    asked = [path for _, path, _ in list(sandbox.requests)[before:] if path.rstrip("/").endswith("info")]
    assert len(asked) <= 1


def test_a_code_that_is_like_a_known_one_is_asked_for_and_the_near_ones_are_named(each: Any) -> None:
    with pytest.warns(ns.NomadWarning, match="nothing found: no entry is of code 'VAPS'; this server knows .*VASP"):
        assert ns.search(each, code="VAPS").total == 0


@pytest.mark.parametrize(("typed", "told"), [("QE", "knows Quantum Espresso"), ("Molpro", "stats code. lists")])
def test_of_a_code_that_is_like_none_it_is_said_too(connect: Connect, typed: str, told: str) -> None:
    with pytest.warns(ns.NomadWarning, match=f"nothing found: no entry is of code '{typed}'; .*{told}"):
        assert ns.search(connect("leonard", "1.4.3"), code=typed).total == 0


def test_a_formula_that_is_not_there_may_be_that_of_a_larger_cell(each: Any) -> None:
    with pytest.warns(ns.NomadWarning, match="nothing found: a formula is that of the whole cell"):
        assert ns.search(each, formula="TiO₂").total == 0


@pytest.mark.parametrize(
    ("version", "elements", "code"),
    [
        ("0.7.9", "atoms", "code_name"),
        ("0.8.6", "atoms", "dft.code_name"),
        ("1.4.3", "results.material.elements:all", "results.method.simulation.program_name"),
    ],
)
def test_the_servers_own_names_take_what_people_type_too(
    connect: Connect, shelf: Any, cutoffs: dict[str, bytes], version: str, elements: str, code: str
) -> None:
    upload = shelf(cutoffs)
    asked = {elements: ["si"], code: "quantum espresso", "upload_id": upload.upload_id}
    assert ns.search(connect("leonard", version), query=asked).total == 6


SEVERAL: dict[str, Any] = {
    "array": np.array,
    "array of bytes": lambda ids: np.array([one.encode() for one in ids]),
    "Series": pd.Series,
    "Index": pd.Index,
    "category": lambda ids: pd.Series(ids, dtype="category"),
    "set": set,
    "keys": lambda ids: dict.fromkeys(ids).keys(),
    "generator": iter,
    "one text": ", ".join,
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_ids_come_in_anything_that_holds_several(each: Any, two_uploads: list[str], kind: str) -> None:
    assert ns.search(each, upload_id=SEVERAL[kind](two_uploads)).total == 14


def test_records_stand_for_their_ids(each: Any, two_uploads: list[str]) -> None:
    found = list(ns.search(each, upload_id=two_uploads, limit=3))
    assert ns.search(each, entry_id=found).total == 3
    assert ns.search(each, entry_id=np.array(found[0].entry_id)).total == 1


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (pd.DataFrame({"entry_id": ["a"]}), "give one column"),
        (np.array([["a"]]), "give one column"),
        ({"a": 1}, "give its keys"),
        ([["a"]], "give its keys, or one list"),
        (["a", None], "has a missing value"),
        (pd.Series(["a", None], dtype="string"), "has a missing value"),
        (["a", float("nan")], "has a missing value"),
        ([""], "is empty"),
        ("", "is empty"),
    ],
)
def test_what_holds_no_ids_is_refused_before_anything_is_sent(each: Any, ids: Any, told: str) -> None:
    with pytest.raises(ns.UsageError, match=told):
        ns.search(each, entry_id=ids)


def test_numbers_of_numpy_are_numbers_in_a_query_too(connect: Connect, two_uploads: list[str]) -> None:
    asked = {"results.material.n_elements": {"gte": np.int64(1)}, "upload_id:any": np.array(two_uploads)}
    assert ns.search(connect("leonard", "1.4.3"), query=asked).total == 14


@pytest.mark.parametrize("word", [{"newest": 3}, {"order_by": "formula"}, {"include": ["mainfile"]}])
def test_archives_refuse_what_is_for_a_search_alone(each: Any, word: dict[str, Any]) -> None:
    with pytest.raises(ns.UsageError, match=f"{next(iter(word))} is for a search"):
        ns.archives(each, elements="Si", **word)


def test_an_unpublished_upload_is_said_to_be_one(each: Any, put: Any, cutoffs: dict[str, bytes]) -> None:
    upload = put(each, {"si.out": cutoffs["20Ry/si.out"]})
    with pytest.warns(ns.NomadWarning, match=f"upload {upload.upload_id} is not published: owner='visible'"):
        assert list(ns.search(each, upload_id=upload.upload_id)) == []
    assert ns.search(each, upload_id=upload.upload_id, owner="visible").total == 1


def test_nobody_is_told_who_finds_what_is_not_published(connect: Connect) -> None:
    with pytest.warns(ns.NomadWarning, match="what is not public only its owner finds: log in"):
        assert ns.search(connect(None, "1.4.3"), upload_id="nonsense").total == 0


def test_a_search_that_finds_something_says_nothing(each: Any, shelf: Any, cutoffs: dict[str, bytes]) -> None:
    upload = shelf(cutoffs)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ns.NomadWarning)
        assert ns.search(each, upload_id=upload.upload_id, elements="si").total == 6


@pytest.mark.parametrize("limit", [-1, 1.5, "3", True])
def test_a_limit_that_is_none_is_refused(each: Any, limit: Any) -> None:
    with pytest.raises(ns.UsageError, match="limit is"):
        ns.search(each, elements="Si", limit=limit)


def test_numbers_of_numpy_are_numbers(each: Any, shelf: Any, cutoffs: dict[str, bytes]) -> None:
    upload = shelf(cutoffs)
    assert len(list(ns.search(each, upload_id=upload.upload_id, limit=np.int64(2)))) == 2


@pytest.mark.parametrize(("limit", "given"), [(3, 3), (20, 7), (10**30, 7)])
def test_a_limit_bounds_the_newest_too(each: Any, two_uploads: list[str], limit: int, given: int) -> None:
    assert len(list(ns.search(each, upload_id=two_uploads, newest=7, limit=limit))) == given


@pytest.fixture(scope="session")
def two_uploads(sandbox: Sandbox) -> list[str]:
    return [sandbox.add_entries(7), sandbox.add_entries(7)]


ORDERS = [
    {"order_by": name, "order": order}
    for name in ("upload_time", "entry_id", "formula", "code", "comment")
    for order in ("asc", "desc")
] + [{"newest": 10}]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(map(str, order.values())))
def test_ten_hits_come_in_the_same_order_on_every_api(
    connect: Connect, two_uploads: list[str], order: dict[str, Any]
) -> None:
    given = [
        [entry.entry_id for entry in ns.search(connect("leonard", version), upload_id=two_uploads, limit=10, **order)]
        for version in ("0.7.9", "0.8.6", "1.4.3")
    ]
    assert given[0] == given[1] == given[2]
    assert len(set(given[0])) == 10


def test_the_newest_are_those_uploaded_last(each: Any, two_uploads: list[str]) -> None:
    found = list(ns.search(each, upload_id=two_uploads, newest=9))
    assert [entry.upload_id for entry in found] == [two_uploads[1]] * 7 + [two_uploads[0]] * 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"order_by": "weight"}, "order_by is one of upload_time"),
        ({"order_by": "formula", "order": "down"}, "order is one of asc, desc"),
        ({"order_by": "formula", "newest": 3}, "newest is an order of its own"),
        ({"newest": 0}, "newest is 0; at least 1"),
    ],
)
def test_an_order_that_is_none_is_refused(each: Any, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ns.UsageError, match=told):
        ns.search(each, elements="Si", **wrong)


def test_what_lacks_the_field_comes_last_in_both_directions_and_ties_go_by_id() -> None:
    items = [{"id": "d"}, {"id": "b", "x": "2"}, {"id": "a", "x": "2"}, {"id": "c", "x": "1"}, {"id": "A"}]
    for descending, expected in ((False, "cabAd"), (True, "abcAd")):
        ordering = Ordering(("x",), ("id",), descending, False, "x")
        for shuffled in itertools.permutations(items):
            assert "".join(item["id"] for item in ordering.sorted(shuffled)) == expected
