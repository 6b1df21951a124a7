from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nomad_swagger.errors import NomadWarning, ServerError
from nomad_swagger.flows.paging import Paged
from nomad_swagger.generations.verbs import Pages, Walk

WALKED = Pages(
    items="results",
    total="pagination.total",
    size="per_page",
    page_items=2,
    walk=Walk(cursor="scroll.id", send="scroll_id", total="scroll.total", constants={"scroll": True}, page_items=3),
)
NUMBERED = Pages(items="results", total="total", size="per_page", number="page", page_items=2)


class Server:
    """Pages of numbers; a walk's token is always the same, as v0's is."""

    def __init__(self, count: int, *, walk_total: int | None = None) -> None:
        self.count, self.walk_total, self.asked = count, count if walk_total is None else walk_total, []
        self.asked: list[dict[str, Any]] = []
        self._position = 0

    def __call__(self, step: Mapping[str, Any]) -> Any:
        self.asked.append(dict(step))
        numbers = [{"number": number} for number in range(self.count)]
        if not step.get("scroll"):
            begin = (step.get("page", 1) - 1) * step["per_page"]
            part = numbers[begin : begin + step["per_page"]]
            return {"results": part, "pagination": {"total": self.count}, "total": self.count}
        begin = self._position if "scroll_id" in step else 0
        part = numbers[begin : begin + step["per_page"]]
        self._position = begin + step["per_page"]
        scroll = {"total": self.walk_total, **({"id": "the only one"} if part else {})}
        return {"results": part, "scroll": scroll}


def numbers_of(paged: Paged) -> list[int]:
    return [item["number"] for item in paged]


def test_nothing_is_asked_before_somebody_wants_it() -> None:
    server = Server(5)
    Paged(server, WALKED)
    assert server.asked == []


def test_the_total_and_a_short_answer_cost_one_request_together() -> None:
    server = Server(2)
    paged = Paged(server, WALKED)
    assert paged.total == 2
    assert numbers_of(paged) == [0, 1]
    assert server.asked == [{"per_page": 2}]


def test_a_walk_gives_every_item_once_though_its_token_never_changes() -> None:
    server = Server(8)
    assert numbers_of(Paged(server, WALKED)) == list(range(8))
    assert [("scroll_id" in step) for step in server.asked[1:]] == [False, True, True, True]


def test_a_walk_goes_no_further_than_somebody_reads() -> None:
    server = Server(1000)
    first_four = [item["number"] for item, _ in zip(Paged(server, WALKED), range(4), strict=False)]
    assert first_four == [0, 1, 2, 3]
    assert len(server.asked) == 3


def test_a_limit_asks_for_no_more_than_it_needs() -> None:
    server = Server(1000)
    assert numbers_of(Paged(server, WALKED, limit=1)) == [0]
    assert server.asked == [{"per_page": 1}]


def test_numbered_pages_end_with_the_total() -> None:
    server = Server(5)
    assert numbers_of(Paged(server, NUMBERED)) == [0, 1, 2, 3, 4]
    assert [step.get("page") for step in server.asked] == [None, 2, 3]


@pytest.mark.parametrize("pages", [["a"], ["a", "b"]], ids=["the same page", "two pages in turn"])
def test_a_server_that_goes_round_in_circles_is_noticed(pages: list[str]) -> None:
    turns = iter(range(100))

    def ask(step: Mapping[str, Any]) -> Any:
        page = pages[next(turns) % len(pages)]
        items = [{"number": f"{page}{position}"} for position in range(step["per_page"])]
        return {"results": items, "pagination": {"total": 50}, "scroll": {"id": "x", "total": 50}}

    with pytest.raises(ServerError, match="the search: the server gave the same page twice"):
        list(Paged(ask, WALKED, what="the search"))
    assert next(turns) < 10


def test_a_walk_that_ends_before_its_total_says_so() -> None:
    with pytest.warns(NomadWarning, match="ended it after 8 of 11 items"):
        assert len(list(Paged(Server(8, walk_total=11), WALKED))) == 8


def test_an_answer_without_a_total_counts_its_items() -> None:
    paged = Paged(lambda step: {"contents": [1, 2, 3]}, Pages(items="contents"))
    assert paged.total == 3
    assert list(paged) == [1, 2, 3]


def test_items_in_a_mapping_are_its_values() -> None:
    assert list(Paged(lambda step: {"data": {"a": 1, "b": 2}}, Pages(items="data"))) == [1, 2]
