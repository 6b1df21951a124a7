"""Search on v1: what goes into the body, and how one gets to the last page. The server is a script of v1's answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import nomad_swagger as ns
from nomad_swagger.errors import (
    Forbidden,
    InvalidRequest,
    NotFound,
    ServerError,
    Unauthorized,
    UnknownArgument,
    UsageError,
)
from nomad_swagger.flows.quantities import bind
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web

ENTRY = {
    "entry_id": "e1",
    "upload_id": "u1",
    "mainfile": "AcAg/si/si.out",
    "published": True,
    "with_embargo": False,
    "main_author": {"user_id": "1", "name": "Leonard Hofstadter"},
    "datasets": [{"dataset_id": "d1", "dataset_name": "silicon", "doi": "10.1/x"}],
    "references": ["https://nomad.example"],
    "comment": "PBE",
    "files": ["AcAg/si/si.out", "AcAg/si/si.in"],
    "results": {
        "material": {"elements": ["Si"], "chemical_formula_hill": "Si2", "chemical_formula_descriptive": "Si"},
        "method": {"simulation": {"program_name": "Quantum Espresso"}},
    },
}
Make = Callable[..., Any]


@pytest.fixture(params=["nomad-1.4.3", "nomad-2.0.0"])
def client(request: pytest.FixtureRequest, web: Web) -> Any:
    made = ns.connect(f"{web.url}/api/v1", spec=request.param)
    made.nomad.transport.policy = RetryPolicy(retries=0)
    return made


def paging(web: Web, total: int, *, stuck: bool = False) -> None:
    """Answer as NOMAD does: by ``page_after_value``, without ``next_page_after_value`` on the last page."""

    def answer(asked: Asked) -> Reply:
        page = json.loads(asked.body)["pagination"]
        start = 0 if stuck else int(page.get("page_after_value", "-1")) + 1
        ids = range(start, min(start + page["page_size"], total))
        pagination: dict[str, Any] = {"page_size": page["page_size"], "order_by": "entry_id", "total": total}
        if stuck:
            pagination["next_page_after_value"] = "None:x"
        elif ids and ids[-1] + 1 < total:
            pagination["next_page_after_value"] = str(ids[-1])
        return Reply.json({"owner": "public", "pagination": pagination, "data": [{"entry_id": str(i)} for i in ids]})

    web.answer = answer


def bodies(web: Web) -> list[Any]:
    return [json.loads(asked.body) for asked in web.asked]


def asked(client: Any, **quantities: Any) -> Any:
    (variant,) = bind(client.nomad, "search", quantities).variants
    return variant["body/query"]


def test_a_search_is_one_post_with_owner_query_and_page_and_asks_for_json(client: Any, web: Web) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [ENTRY]}))
    (entry,) = ns.search(client, elements=["Si"], code="VASP")  # a name that every server spells so
    (request,) = web.asked
    assert (request.method, request.path) == ("POST", "/api/v1/entries/query")
    assert request.headers["accept"] == "application/json"
    assert "authorization" not in request.headers
    assert bodies(web) == [
        {
            "owner": "public",
            "query": {
                "results.material.elements:all": ["Si"],
                "results.method.simulation.program_name:any": ["VASP"],
            },
            "pagination": {"page_size": 100},
        }
    ]
    assert (entry.entry_id, entry.upload_id, entry.mainfile) == ("e1", "u1", "AcAg/si/si.out")
    assert (entry.formula, entry.elements, entry.code) == ("Si2", ("Si",), "Quantum Espresso")
    assert (entry.owner, entry.comment, entry.references) == ("Leonard Hofstadter", "PBE", ("https://nomad.example",))
    assert (entry.datasets, entry.published, entry.with_embargo) == (("silicon",), True, False)
    assert entry.raw == ENTRY


def test_a_hit_that_lacks_fields_is_still_a_record(client: Any, web: Web) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [{"entry_id": "e1"}]}))
    (entry,) = ns.search(client)
    assert (entry.formula, entry.elements, entry.owner, entry.published) == ("", (), "", False)


@pytest.mark.parametrize(
    ("word", "value", "query"),
    [
        ("elements", ["Si", "O"], {"results.material.elements:all": ["Si", "O"]}),
        ("formula", "O2Si", {"results.material.chemical_formula_hill:any": ["O2Si"]}),
        ("code", ["VASP", "FHI-aims"], {"results.method.simulation.program_name:any": ["VASP", "FHI-aims"]}),
        ("upload_id", ("a", "b"), {"upload_id:any": ["a", "b"]}),
        ("entry_id", "a", {"entry_id:any": ["a"]}),
        ("dataset", ["a", "b"], {"datasets.dataset_name:any": ["a", "b"]}),
        ("doi", "10.1/x", {"datasets.doi:any": ["10.1/X"]}),
        ("path", ["AcAg", "si.out"], {"files.path:all": ["AcAg", "si.out"]}),
        ("path", "AcAg/si/si.out", {"files.path:all": ["AcAg", "si", "si.out"]}),  # the index knows the steps only
    ],
)
def test_our_words_say_whether_all_or_any_is_meant(client: Any, word: str, value: Any, query: Any) -> None:
    assert asked(client, **{word: value}) == query


def test_only_these_elements_is_one_text_of_them_all_in_alphabetical_order(client: Any) -> None:
    exclusive = "results.material.elements_exclusive"
    assert asked(client, only_elements=["Si", "O", "Si"]) == {exclusive: "O Si"}
    assert asked(client, only_elements="Si", elements=["Si"]) == {
        exclusive: "Si",
        "results.material.elements:all": ["Si"],
    }


def test_nomads_own_names_and_operators_go_as_they_are(client: Any) -> None:
    query = {
        "results.method.simulation.dft.xc_functional_type:any": ["GGA", "LDA"],
        "results.material.n_elements": {"gte": 2, "lt": 4},
    }
    assert asked(client, **query) == query


def test_a_quantity_never_stands_beside_and_or_or_not_since_nomad_drops_it_there(client: Any) -> None:
    either = {"or": [{"upload_id": "a", "not": {"with_embargo": True}}, {"elements": ["Si"]}]}
    assert asked(client, **either, code="VASP", formula="Si2") == {
        "and": [
            {
                "results.method.simulation.program_name:any": ["VASP"],
                "results.material.chemical_formula_hill:any": ["Si2"],
            },
            {
                "or": [
                    {"and": [{"upload_id:any": ["a"]}, {"not": {"with_embargo": True}}]},
                    {"results.material.elements:all": ["Si"]},
                ]
            },
        ]
    }
    assert asked(client, **{"not": {"upload_id": "a"}}) == {"not": {"upload_id:any": ["a"]}}


@pytest.mark.parametrize("wrong", ["x", 3, ["x"], [{"upload_id": "a"}, 3]])
def test_what_combines_queries_takes_queries(client: Any, web: Web, wrong: Any) -> None:
    with pytest.raises(UsageError, match="or takes a query, or a list of them"):
        ns.search(client, query={"or": wrong})
    assert not web.asked


def test_words_of_a_shell_become_what_the_index_holds(client: Any) -> None:
    query = {"results.material.n_elements:gte": "2", "with_embargo": "no", "upload_name": 7}
    assert asked(client, **query) == {"results.material.n_elements:gte": 2, "with_embargo": False, "upload_name": "7"}
    with pytest.raises(UsageError, match="n_elements is a whole number, not 'two'"):
        asked(client, **{"results.material.n_elements": "two"})


def test_a_name_with_a_dot_beyond_the_list_may_be_somebodys_own_and_is_the_servers_to_judge(
    client: Any, web: Web
) -> None:
    detail = [{"msg": "data.my_mass is not a doc quantity", "loc": [["data.my_mass"]]}]
    web.script(Reply.json({"detail": detail}, 422))
    with pytest.raises(InvalidRequest, match=r"422 .*data\.my_mass: data\.my_mass is not a doc quantity") as caught:
        list(ns.search(client, query={"data.my_mass": 3}))
    assert bodies(web)[0]["query"] == {"data.my_mass": 3}
    assert caught.value.operation == "entries.post_entries_metadata_query"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("elemnts", "elements"),
        ("upload_nme", "upload_name"),
        ("program_name", "results.method.simulation.program_name"),
    ],
)
def test_a_name_without_a_dot_that_nobody_knows_is_refused_with_the_nearest(
    client: Any, web: Web, name: str, nearest: str
) -> None:
    with pytest.raises(UnknownArgument, match=f"unknown argument '{name}' of search on this server.*{nearest}"):
        ns.search(client, **{name: "x"})
    assert not web.asked


@pytest.mark.parametrize("name", ["pagination", "required", "aggregations", "page_size"])
def test_what_the_helper_sets_itself_is_refused(client: Any, name: str) -> None:
    with pytest.raises(UsageError, match="set by the helper itself"):
        ns.search(client, query={name: 1})


def test_an_empty_list_and_one_thing_under_two_names_are_refused(client: Any) -> None:
    with pytest.raises(UsageError, match="elements is empty"):
        ns.search(client, elements=[])
    with pytest.raises(UsageError, match="asked for twice"):
        ns.search(client, code="VASP", query={"results.method.simulation.program_name:any": ["x"]})


def test_all_pages_are_walked_from_the_first_one_on_without_asking_it_twice(client: Any, web: Web) -> None:
    paging(web, 2_345)
    results = ns.search(client, elements="Si")
    assert results.total == 2_345
    assert [entry.entry_id for entry in results] == [str(i) for i in range(2_345)]
    pages = [body["pagination"] for body in bodies(web)]
    assert pages[0] == {"page_size": 100}
    assert [page.get("page_after_value") for page in pages] == [None, "99", "1099", "2099"]
    assert {page["page_size"] for page in pages[1:]} == {1000}


def test_beyond_the_window_of_ten_thousand_pages_go_on(client: Any, web: Web) -> None:
    paging(web, 10_500)
    assert sum(1 for _ in ns.search(client)) == 10_500
    assert max(body["pagination"]["page_size"] for body in bodies(web)) <= 10_000


@pytest.mark.parametrize(("limit", "sizes"), [(3, [3]), (100, [100]), (150, [100, 150])])
def test_a_limit_asks_for_no_more_pages_than_it_needs(client: Any, web: Web, limit: int, sizes: list[int]) -> None:
    paging(web, 5_000)
    assert len(list(ns.search(client, limit=limit))) == limit
    assert [body["pagination"]["page_size"] for body in bodies(web)] == sizes


def test_a_server_that_repeats_a_page_for_ever_is_left(client: Any, web: Web) -> None:
    paging(web, 5_000, stuck=True)
    with pytest.raises(ServerError, match="gave the same page twice"):
        list(ns.search(client))
    assert len(web.asked) <= 3


def test_include_is_asked_of_the_server_with_what_a_record_needs(client: Any, web: Web) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [ENTRY]}))
    (entry,) = ns.search(client, include=["results.material", "comment"])
    asked = bodies(web)[0]["required"]["include"]
    assert {"results.material.*", "comment", "entry_id", "upload_id", "main_author.name"} <= set(asked)
    assert entry.raw == {"comment": "PBE", "results": {"material": ENTRY["results"]["material"]}}  # type: ignore[index]
    assert entry.owner == "Leonard Hofstadter"


def test_include_of_an_unknown_name_is_done_by_us(client: Any, web: Web) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [{**ENTRY, "mine": 1}]}))
    (entry,) = ns.search(client, include="mine")
    assert "required" not in bodies(web)[0]
    assert entry.raw == {"mine": 1}


def test_only_what_no_record_needs_and_the_server_knows_is_excluded_there(client: Any, web: Web) -> None:
    web.script(Reply.json({"pagination": {"total": 1}, "data": [ENTRY]}))
    (entry,) = ns.search(client, exclude=["files", "comment", "nonsense", "results.*"])
    assert bodies(web)[0]["required"] == {"exclude": ["files"]}
    assert not {"files", "comment"} & set(entry.raw)
    assert entry.comment == "PBE"


@pytest.mark.parametrize(
    ("status", "body", "kind", "detail"),
    [
        (400, {"detail": "Bad query."}, InvalidRequest, "Bad query."),
        (401, {"detail": "Authentication required for owner='user'."}, Unauthorized, "Authentication required"),
        (403, {"detail": "No."}, Forbidden, "No."),
        (404, {"detail": "Gone."}, NotFound, "Gone."),
        (
            422,
            {"detail": [{"type": "int", "loc": ["body", "x"], "msg": "no number"}]},
            InvalidRequest,
            "body.x: no number",
        ),
        (500, {"detail": {"reason": "boom", "exception_class": "KeyError"}}, ServerError, "boom"),
    ],
)
def test_nomads_own_words_are_on_the_error(
    client: Any, web: Web, status: int, body: Any, kind: type[Exception], detail: str
) -> None:
    web.script(Reply.json(body, status))
    with pytest.raises(kind) as caught:
        list(ns.search(client, owner="user"))
    assert caught.value.status == status  # type: ignore[attr-defined]
    assert detail in caught.value.detail  # type: ignore[attr-defined]


def test_a_proxys_page_gives_its_title(client: Any, web: Web) -> None:
    web.script(Reply.text("<html><title>503 Service Temporarily Unavailable</title></html>", 503))
    with pytest.raises(ServerError, match="Service Temporarily Unavailable"):
        list(ns.search(client))
