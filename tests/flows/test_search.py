from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.settings import sandbox_profile
from tests.crowd import MANY, crowded_sandbox
from tests.flows.conftest import QUICK, Connect, packed


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with crowded_sandbox(tmp_path_factory) as box:
        yield box


@pytest.fixture
def many(crowd: Sandbox, version: str) -> Any:
    crowd.requests.clear()
    return ns.connect({"0.7.9": crowd.api_url, "0.8.6": crowd.api_url_08}[version])


def searches(sandbox: Sandbox) -> int:
    return sum(1 for _, path, _ in sandbox.requests if path.endswith("/repo/"))


def test_a_search_asks_nothing_before_it_is_read(many: Any, crowd: Sandbox) -> None:
    results = ns.search(many, elements=["Si"])
    assert searches(crowd) == 0
    first = next(iter(results))
    assert "Si" in first.elements
    assert searches(crowd) == 2, "a look at the total, and one step"


def test_the_total_needs_one_request_and_no_entries(many: Any, crowd: Sandbox) -> None:
    results = ns.search(many)
    assert results.total == MANY
    assert results.total == len(results) == MANY
    assert searches(crowd) == 1


def test_results_go_with_whoever_had_them_and_do_not_wait_for_the_collector(many: Any) -> None:
    gc.disable()
    try:
        results = ns.search(many, limit=10)
        assert sum(1 for _ in results) == 10
        there = weakref.ref(results)
        del results
        assert there() is None, "a page of a thousand entries has megabytes"
    finally:
        gc.enable()


def test_every_entry_beyond_ten_thousand_comes_once(many: Any, crowd: Sandbox) -> None:
    seen = [entry.entry_id for entry in ns.search(many)]
    assert len(seen) == len(set(seen)) == MANY
    assert searches(crowd) <= MANY // 1000 + 3
    assert all(status < 400 for _, _, status in crowd.requests)


@pytest.mark.parametrize(("limit", "requests"), [(0, 0), (1, 1), (100, 1), (150, 2), (1500, 3)])
def test_a_limit_saves_requests(many: Any, crowd: Sandbox, limit: int, requests: int) -> None:
    results = ns.search(many, limit=limit)
    assert sum(1 for _ in results) == limit
    assert searches(crowd) == requests
    assert len(results) == limit
    assert results.total == MANY


def test_any_of_several_codes_are_found_once_each_and_the_total_is_theirs(many: Any) -> None:
    both = ns.search(many, code=["VASP", "NWChem"], n_atoms=1)
    apart = [ns.search(many, code=code, n_atoms=1).total for code in ("VASP", "NWChem")]
    found = list(both)
    assert both.total == sum(apart) == len(found) == len({entry.entry_id for entry in found}) > 0
    assert {entry.code for entry in found} == {"VASP", "NWChem"}


def test_any_of_several_formulas_are_found(many: Any) -> None:
    found = list(ns.search(many, formula=["OSi", "FeO"]))
    assert {entry.formula for entry in found} == {"OSi", "FeO"}


def test_elements_must_all_be_there_and_only_elements_be_exactly_these(many: Any) -> None:
    for entry in ns.search(many, elements=["Si", "O"], limit=20):
        assert set(entry.elements) == {"Si", "O"}
    assert {entry.formula for entry in ns.search(many, only_elements=["O", "Si"], limit=20)} == {"OSi"}
    assert {entry.formula for entry in ns.search(many, only_elements=["Si"], limit=20)} == {"Si"}


def test_a_limit_spans_the_parts_of_a_search(many: Any) -> None:
    vasp = ns.search(many, code="VASP", n_atoms=1).total
    found = list(ns.search(many, code=["VASP", "NWChem"], n_atoms=1, limit=vasp + 5))
    assert len(found) == vasp + 5
    assert [entry.code for entry in found].count("NWChem") == 5


def test_a_search_can_be_read_twice(many: Any) -> None:
    results = ns.search(many, limit=5)
    assert list(results) == list(results)


@pytest.fixture(scope="module")
def datasets(sandbox: Sandbox, silicon: dict[str, bytes], water: dict[str, bytes]) -> dict[str, str]:
    """Two entries: silicon in one dataset, water in both. Gives the entry ids."""
    leonard = ns.connect(profile=sandbox_profile(sandbox.url), user="leonard", password="password")
    files = {**silicon, **{f"w/{name}": data for name, data in water.items()}}
    upload = ns.publish(leonard, ns.upload(leonard, packed(files)), patience=QUICK)
    ids = {entry.code: entry.entry_id for entry in ns.search(leonard, upload_id=upload.upload_id)}
    for name, codes in (("one", list(ids)), ("two", ["NWChem"])):
        for code in codes:
            had = next(iter(ns.search(leonard, entry_id=ids[code]))).datasets
            actions = {"datasets": [{"value": dataset} for dataset in (*had, name)]}
            leonard.repo.edit_repo(payload={"query": {"calc_id": ids[code]}, "actions": actions}).response()
    return ids


def test_an_entry_of_two_datasets_is_found_and_counted_once(
    client: Any, datasets: dict[str, str], sandbox: Sandbox
) -> None:
    results = ns.search(client, dataset=["one", "two"])
    assert results.total == 2
    assert sorted(entry.entry_id for entry in results) == sorted(datasets.values())
    assert len(list(ns.search(client, dataset=["one", "two"], limit=1))) == 1
    before = len(sandbox.requests)
    assert results.total == 2
    assert len(sandbox.requests) == before, "counted once is enough"


def test_include_keeps_what_is_named_and_all_below_it(many: Any, version: str) -> None:
    nested = {"0.7.9": "code_name", "0.8.6": "dft.code_name"}[version]
    entry = next(iter(ns.search(many, include=["formula", nested])))
    assert set(entry.raw) == {"formula", nested.split(".")[0]}
    assert entry.entry_id
    assert entry.code


def test_exclude_leaves_out_what_is_named_and_the_record_stays_whole(many: Any) -> None:
    plain = next(iter(ns.search(many)))
    entry = next(iter(ns.search(many, exclude=["calc_id", "up", "files", "uploader"])))
    assert entry.entry_id == plain.entry_id
    assert entry.upload_id == plain.upload_id
    assert entry.owner == plain.owner
    assert set(plain.raw) - set(entry.raw) == {"calc_id", "files", "uploader"}


def test_a_star_stands_for_anything(crowd: Sandbox) -> None:
    newer = ns.connect(crowd.api_url_08)
    entry = next(iter(ns.search(newer, include="dft.*", exclude="dft.n_*")))
    assert set(entry.raw) == {"dft"}
    assert "code_name" in entry.raw["dft"]
    assert not [name for name in entry.raw["dft"] if name.startswith("n_")]


def test_owner_user_needs_a_login_and_says_so(many: Any) -> None:
    with pytest.raises(ns.Unauthorized, match="login"):
        list(ns.search(many, owner="user"))


def test_results_say_what_they_are(client: Any) -> None:
    assert "Si" in repr(ns.search(client, elements="Si"))


def test_a_prompt_shows_the_first_hits_as_rows(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    head, *rows, last = repr(ns.search(many, elements="Si")).splitlines()
    assert head.split()[:2] == ["entry_id", "formula"]
    assert len(rows) == 10
    assert last.startswith("10 of ")
    assert max(map(len, rows)) <= 80


@pytest.mark.parametrize("version", ["0.7.9", "1.4.3"])
def test_a_path_means_all_of_its_steps(
    connect: Connect, version: str, silicon: dict[str, bytes], shelf: Callable[..., ns.Upload]
) -> None:
    client, upload_id = connect("leonard", version), shelf(silicon).upload_id
    for found in ("AcAg/si", "/AcAg/si/si.out", ["si", "AcAg"]):
        assert ns.search(client, upload_id=upload_id, path=found).total == 1, found
    assert ns.search(client, upload_id=upload_id, path="AcAg/nothing").total == 0
    with pytest.raises(ns.UsageError, match="path is empty"):
        ns.search(client, path="/")


def test_a_server_whose_index_has_no_paths_is_asked_for_whole_files(
    connect: Connect, put: Callable[..., ns.Upload], silicon: dict[str, bytes]
) -> None:
    client = connect("leonard", "0.8.6")
    made = put(client, silicon, publish=True)
    assert ns.search(client, upload_id=made.upload_id, path="AcAg/si/si.out").total == 1
    with pytest.warns(ns.NomadWarning, match="finds a file by its whole path in the upload"):
        assert ns.search(client, upload_id=made.upload_id, path="si.out").total == 0


def test_an_unknown_owner_is_refused_before_a_server_is_asked(each: Any) -> None:
    for ask in (ns.search, ns.archives, lambda client, owner: ns.statistics(client, "code", owner=owner)):
        with pytest.raises(ns.UsageError, match="'nonsense' as an owner"):
            ask(each, owner="nonsense")
