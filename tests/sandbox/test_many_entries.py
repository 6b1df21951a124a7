from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.crowd import crowded_sandbox


@pytest.fixture(scope="module")
def api(make_api: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ten thousand entries, and then some."""
    with crowded_sandbox(tmp_path_factory) as many:
        yield make_api(many.api_url_08)


def test_pages_end_at_ten_thousand(api: Any) -> None:
    assert api.json("/repo/", page=10, per_page=1000)["pagination"] == {
        "total": 10_050,
        "page": 10,
        "per_page": 1000,
    }
    assert api.get("/repo/", params={"page": 11, "per_page": 1000}).status_code == 500
    assert api.json("/repo/", per_page=0)["results"] == []


def test_a_scroll_reaches_every_entry_once_and_ends_without_an_id(api: Any) -> None:
    seen: list[str] = []
    part = api.json("/repo/", scroll="true", per_page=4000)
    assert part["scroll"]["size"] == 4000
    assert part["scroll"]["scroll"] is False
    assert "pagination" not in part
    assert "statistics" not in part
    while part["results"]:
        seen += [entry["calc_id"] for entry in part["results"]]
        scroll_id = part["scroll"]["scroll_id"]
        part = api.json("/repo/", scroll="true", scroll_id=scroll_id)
    assert len(seen) == len(set(seen)) == 10_050
    assert part["scroll"] == {"scroll": False, "total": 10_050, "size": 1000}
    over = api.get("/repo/", params={"scroll": "true", "scroll_id": scroll_id})
    assert over.status_code == 400
    assert over.json()["message"] == "The given scroll_id does not exist."


def test_an_order_holds_over_pages(api: Any) -> None:
    names = []
    for page in (1, 2, 3):
        found = api.json("/repo/", order_by="mainfile", order=1, page=page, per_page=5)
        names += [entry["mainfile"] for entry in found["results"]]
    assert names == [f"synthetic/{number:06d}/main.out" for number in range(15)]


def test_a_search_among_many_counts_what_it_finds(api: Any) -> None:
    found = api.json("/repo/", atoms=["Si", "O"], statistics=["dft.system", "atoms"], **{"dft.system": "bulk"})
    assert 0 < found["pagination"]["total"] < 10_050


def test_a_statistic_gives_the_first_values_of_their_order_and_not_the_most_frequent(api: Any) -> None:
    statistics = api.json("/repo/", statistics=["formula", "atoms", "uploader"])["statistics"]
    every = list(api.json("/repo/quantity/formula", size=1000)["quantity"]["values"])
    assert list(statistics["formula"]) == every[:20] == sorted(every)[:20]
    assert len(every) > 20
    assert len(statistics["atoms"]) == 13
    assert sum(value["code_runs"] for value in statistics["uploader"].values()) == 10_050


def test_pages_of_values_go_on_behind_the_last_one(api: Any) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    while values := (found := api.json("/repo/quantity/formula", size=30, **after)["quantity"])["values"]:
        seen += values
        assert found["after"] == seen[-1]
        after = {"after": seen[-1]}
    assert found["after"] is None
    assert seen == sorted(set(seen))
