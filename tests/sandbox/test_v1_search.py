"""Search on v1: the query language, owners, pages, what is required, aggregations."""

from __future__ import annotations

from typing import Any

import pytest

Q = "results.material."


@pytest.fixture(scope="module")
def entries(users: Any, silicon: Any, water: Any) -> dict[str, str]:
    """A published silicon and a published water, by name."""
    api = users.v1("leonard")
    upload_id = api.process_v1({**silicon, **water}, upload_name="search")["upload_id"]
    body = {"metadata": {"comment": "Fresh results from the cluster", "references": ["https://a.org", "https://b.org"]}}
    api.post(f"/uploads/{upload_id}/edit", body)
    api.act(upload_id, "publish")
    rows = api.json(f"/uploads/{upload_id}/entries")["data"]
    return {row["mainfile"].split("/")[-2]: row["entry_id"] for row in rows} | {"upload": upload_id}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"si", "water"}),
        ({f"{Q}elements": "Si"}, {"si"}),
        ({f"{Q}elements": ["H", "O"]}, {"water"}),
        ({f"{Q}elements": ["H", "Si"]}, set()),
        ({f"{Q}elements:all": ["H", "O"]}, {"water"}),
        ({f"{Q}elements:any": ["H", "Si"]}, {"si", "water"}),
        ({f"{Q}elements:none": ["H"]}, {"si"}),
        ({f"{Q}elements": {"any": ["Si", "Au"]}}, {"si"}),
        ({f"{Q}elements:any": []}, set()),
        ({f"{Q}elements_exclusive": "H O"}, {"water"}),
        ({f"{Q}n_elements:gt": 1}, {"water"}),
        ({f"{Q}n_elements": {"gte": 1, "lt": 2}}, {"si"}),
        ({f"{Q}n_elements:lte": 2}, {"si", "water"}),
        ({f"{Q}n_elements": 2}, {"water"}),
        ({f"{Q}symmetry.space_group_number": 227}, {"si"}),
        ({f"{Q}symmetry.crystal_system:any": ["cubic", "unavailable"]}, {"si"}),
        ({f"{Q}structural_type": "bulk"}, {"si"}),
        ({"not": {f"{Q}elements": "Si"}}, {"water"}),
        ({"or": [{f"{Q}elements": "Si"}, {f"{Q}elements": "O"}]}, {"si", "water"}),
        ({"and": [{f"{Q}elements": "H"}, {f"{Q}elements": "O"}]}, {"water"}),
        ({f"{Q}elements": "Si", "results.method.simulation.program_name": "NWChem"}, set()),
        ({"results.method.simulation.program_name": "NWChem"}, {"water"}),
        ({"comment": "fresh CLUSTER"}, {"si", "water"}),
        ({"comment": "stale"}, set()),
        ({"comment": "stale cluster"}, {"si", "water"}),
        ({"comment:all": ["fresh", "stale"]}, set()),
        ({"files.path": "AcAg"}, {"si"}),
        ({"files.path:all": ["AcAg/h2o.nw"]}, {"si", "water"}),
        ({"files.path:all": ["AcAg", "h2o.nw"]}, set()),
        ({"files.path:any": ["water/none", "none/si"]}, {"si", "water"}),
        ({"files.path:none": ["water/none"]}, {"si"}),
        ({"files.path": "/"}, set()),
        ({"mainfile.path": "h2o.out"}, {"water"}),
        ({"mainfile.path": "h2o.nw"}, set()),
        ({"files": "AcAg/si/si.in"}, {"si"}),
        ({"references": ["https://a.org", "https://b.org"]}, {"si", "water"}),
        ({"published": True, "with_embargo": False}, {"si", "water"}),
        ({"upload_create_time:gte": "2020-01-01T00:00:00Z"}, {"si", "water"}),
        ({"upload_create_time": {"lt": "2020-01-01"}}, set()),
        ({"main_author.name": "Leonard Hofstadter"}, {"si", "water"}),
        ({"results.eln.tags": "x"}, set()),
    ],
)
def test_the_query_language(nobody_v1: Any, entries: dict[str, str], query: dict[str, Any], names: set[str]) -> None:
    found = nobody_v1.search({"and": [query, {"upload_id": entries["upload"]}]}, owner="public")
    assert set(found) == {entries[name] for name in names}


def test_a_list_of_ids_means_all_of_them_and_any_says_any(nobody_v1: Any, entries: dict[str, str]) -> None:
    ids = [entries["si"], entries["water"]]
    assert nobody_v1.search({"entry_id": ids}) == []
    assert set(nobody_v1.search({"entry_id:any": ids})) == set(ids)


def test_thousands_of_ids_can_be_asked_for(nobody_v1: Any, entries: dict[str, str]) -> None:
    ids = [f"none{number}" for number in range(5000)]
    assert nobody_v1.search({"entry_id:any": [*ids, entries["si"]]}) == [entries["si"]]
    query = {"entry_id:none": ids, "upload_id": entries["upload"], "comment:any": ["fresh cluster", "stale"]}
    assert len(nobody_v1.search(query)) == 2


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"query": {"nope.nope": 1}}, {"msg": "nope.nope is not a doc quantity", "loc": [["nope.nope"]]}),
        (
            {"required": {"include": ["nope"]}},
            {"msg": "nope is not a doc quantity", "loc": [["required", "include"]]},
        ),
        (
            {"pagination": {"order_by": "nope"}},
            {"msg": "nope is not a doc quantity", "loc": [["pagination", "order_by"]]},
        ),
    ],
)
def test_an_unknown_quantity_is_refused_in_nomads_shape(nobody_v1: Any, body: Any, detail: Any) -> None:
    assert nobody_v1.post("/entries/query", body, 422) == {"detail": [detail]}


@pytest.mark.parametrize(
    "query",
    [
        {f"{Q}n_elements": "many"},
        {f"{Q}n_elements": True},
        {"published": "perhaps"},
        {"upload_create_time:gt": "yesterday"},
        {f"{Q}elements:near": ["Si"]},
        {f"{Q}elements:any": "Si"},
        {f"{Q}elements": {"near": 1}},
        {"or": [3]},
    ],
)
def test_a_query_that_means_nothing_is_refused(nobody_v1: Any, query: Any) -> None:
    (row,) = nobody_v1.post("/entries/query", {"query": query}, 422)["detail"]
    assert row["msg"]


@pytest.fixture(scope="module")
def silicon_entry(users: Any, silicon: Any) -> tuple[str, str]:
    """A published upload with an entry of silicon: their ids."""
    leonard = users.v1("leonard")
    upload_id = leonard.process_v1(silicon)["upload_id"]
    leonard.act(upload_id, "publish")
    (entry_id,) = leonard.search({"upload_id": upload_id})
    return upload_id, entry_id


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('elements HAS "Si"', True),
        ('elements HAS ALL "Si", "O"', False),
        ('elements HAS ANY "Si", "O"', True),
        ('elements HAS ONLY "Si", "O"', True),
        ('elements HAS ONLY "O"', False),
        ("nelements=1", True),
        ("1 < nelements", False),
        ('NOT (nelements > 1 OR elements HAS "O")', True),
        ('chemical_formula_hill = "Si2" AND elements IS KNOWN', True),
    ],
)
def test_an_optimade_filter_is_a_query(
    silicon_entry: tuple[str, str], nobody_v1: Any, text: str, is_found: bool
) -> None:
    query = {"and": [{"upload_id": silicon_entry[0]}, {"optimade_filter": text}]}
    assert bool(nobody_v1.search(query)) is is_found


@pytest.mark.parametrize("text", ["elements HAS", "nelements ~ 1", "nosuch = 1", "(nelements=1", "", "HAS HAS HAS"])
def test_a_bad_optimade_filter_is_refused(nobody_v1: Any, text: str) -> None:
    (row,) = nobody_v1.post("/entries/query", {"query": {"optimade_filter": text}}, 422)["detail"]
    assert row["loc"] == [["optimade_filter"]]


def test_what_stands_beside_and_or_not_is_dropped_and_gone_from_the_echo(nobody_v1: Any) -> None:
    """As NOMAD (search.query-and-beside), also deep in a query."""

    def asked(query: Any) -> Any:
        answer = nobody_v1.post("/entries/query", {"query": query})
        return answer["query"]

    row = {"name": "upload_id", "value": "x"}
    assert asked({"mainfile": "y", "and": [{"upload_id": "x"}]}) == {"and": [row]}
    assert asked({"mainfile": "y", "or": [{"upload_id": "x"}], "not": {"upload_id": "z"}}) == {"or": [row]}
    assert asked({"and": [{"not": {"upload_id": "x"}, "mainfile": "y"}]}) == {"and": [{"not": row}]}
    assert asked({"name": "upload_id", "value": "x"}) == row


def test_a_formula_is_searched_in_hills_order_and_one_that_is_none_breaks_the_server(
    silicon_entry: tuple[str, str], nobody_v1: Any
) -> None:
    name = f"{Q}chemical_formula_hill"
    assert nobody_v1.search({"upload_id": silicon_entry[0], name: "SiSi"}) == [silicon_entry[1]]
    answer = nobody_v1.post("/entries/query", {"query": {name: "no formula"}}, 500)
    assert answer["detail"]["exception_class"]


def test_a_page_has_a_window_and_an_order_by_one_value(nobody_v1: Any) -> None:
    def status(**pagination: Any) -> int:
        return int(nobody_v1.call("POST", "/entries/query", json={"pagination": pagination}).status_code)

    assert status(page_size=10_000) == 200
    assert status(page_size=10_001) == 400
    assert status(order_by=f"{Q}elements") == 422, "it may have several values"
    assert status(order_by="comment") == 400, "it is a text"
    assert status(order_by="mainfile", page_after_value="nocolon") == 400
    assert status(page_size="2") == 200, "pydantic takes numbers in the form of texts"


def test_behind_entries_without_a_value_the_same_page_comes_for_ever(
    leonard_v1: Any, sandbox: Any, nobody_v1: Any
) -> None:
    """As NOMAD does on a real index, ordered by a text that some lack."""
    upload_id = sandbox.add_entries(5)
    seen, after = [], None
    for _ in range(3):
        pagination = {"page_size": 2, "order_by": "external_id", **({"page_after_value": after} if after else {})}
        answer = nobody_v1.post("/entries/query", {"query": {"upload_id": upload_id}, "pagination": pagination})
        seen.append([row["entry_id"] for row in answer["data"]])
        after = answer["pagination"]["next_page_after_value"]
        assert after == f"None:{seen[-1][-1]}"
    assert seen[1] == seen[2]


@pytest.mark.parametrize("owner", ["user", "shared", "staging"])
def test_owners_that_need_a_login(nobody_v1: Any, owner: str) -> None:
    answer = nobody_v1.post("/entries/query", {"owner": owner}, 401)
    assert answer == {"detail": f"Authentication required for owner='{owner}'."}


def test_an_unknown_owner_does_not_fit_the_document(nobody_v1: Any) -> None:
    (row, *_) = nobody_v1.post("/entries/query", {"owner": "mine"}, 422)["detail"]
    assert row["loc"][:2] == ["body", "owner"]
    assert row["type"]


def test_the_query_is_repeated_in_its_normal_form(nobody_v1: Any) -> None:
    def echo(query: Any) -> Any:
        return nobody_v1.post("/entries/query", {"query": query})["query"]

    assert echo({"upload_id": "x"}) == {"name": "upload_id", "value": "x"}
    assert echo({"upload_id:any": ["x"]}) == {"name": "upload_id", "value": {"any": ["x"]}}
    assert echo({"not": {"upload_id": "x"}}) == {"not": {"name": "upload_id", "value": "x"}}


def test_pages_end_without_a_next_value(sandbox: Any, nobody_v1: Any) -> None:
    upload_id = sandbox.add_entries(25)
    for order_by, order in (
        ("entry_id", "asc"),
        ("entry_id", "desc"),
        ("mainfile", "desc"),
        (f"{Q}chemical_formula_hill", "asc"),
    ):
        seen: list[str] = []
        after: str | None = None
        for _ in range(10):
            pagination = {"page_size": 10, "order_by": order_by, "order": order}
            pagination |= {"page_after_value": after} if after else {}
            answer = nobody_v1.post("/entries/query", {"query": {"upload_id": upload_id}, "pagination": pagination})
            assert answer["pagination"]["total"] == 25
            seen += [row["entry_id"] for row in answer["data"]]
            after = answer["pagination"].get("next_page_after_value")
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 25
        if order_by == "entry_id":
            assert seen == sorted(seen, reverse=order == "desc")


def test_a_page_may_be_named_by_number_or_offset_but_in_one_way(sandbox: Any, nobody_v1: Any) -> None:
    query = {"upload_id": sandbox.add_entries(12)}
    by_number = nobody_v1.search(query, pagination={"page_size": 5, "page": 3})
    by_offset = nobody_v1.search(query, pagination={"page_size": 5, "page_offset": 10})
    assert by_number == by_offset
    assert len(by_number) == 2
    for pagination in ({"page": 1, "page_offset": 0}, {"page": 1000, "page_size": 10}, {"page_size": -1}):
        (row,) = nobody_v1.post("/entries/query", {"pagination": pagination}, 422)["detail"]
        assert row["type"] == "bad_page"


def test_a_page_of_size_zero_gives_the_total_alone(nobody_v1: Any, entries: dict[str, str]) -> None:
    body = {"query": {"upload_id": entries["upload"]}, "pagination": {"page_size": 0}}
    answer = nobody_v1.post("/entries/query", body)
    assert (answer["pagination"]["total"], answer["data"]) == (2, [])


def test_required_takes_names_sections_and_stars(nobody_v1: Any, entries: dict[str, str]) -> None:
    def shown(**required: list[str]) -> Any:
        body = {"query": {"entry_id": entries["si"]}, "required": required}
        return nobody_v1.post("/entries/query", body)["data"][0]

    assert shown(include=["upload_id"]) == {"entry_id": entries["si"], "upload_id": entries["upload"]}
    material = shown(include=["results.material"])["results"]["material"]
    assert material["elements"] == ["Si"]
    starred = shown(include=[f"{Q}symmetry.*", "main_author.name"])
    assert starred["results"] == {"material": {"symmetry": material["symmetry"]}}
    assert starred["main_author"] == {"name": "Leonard Hofstadter"}
    left = shown(exclude=["results*", "files", "viewers.name"])
    assert "results" not in left
    assert "files" not in left
    assert list(left["viewers"][0]) == ["user_id"]


def test_a_get_takes_any_quantity_and_gives_addresses(nobody_v1: Any, entries: dict[str, str]) -> None:
    params = {f"{Q}elements": ["H", "O"], "upload_id": entries["upload"], "include": "entry_id"}
    answer = nobody_v1.json("/entries", **params)
    assert answer["data"] == [{"entry_id": entries["water"]}]
    assert answer["pagination"]["page_url"].startswith(nobody_v1.url)
    operators = nobody_v1.json("/entries", q=f"{Q}n_elements__gt__1", upload_id=entries["upload"])
    assert operators["pagination"]["total"] == 1


def test_a_user_finds_what_was_shared_by_coauthorship(leonard_v1: Any, sheldon_v1: Any, silicon: Any) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    assert sheldon_v1.search({"upload_id": upload_id}, owner="shared") == []
    body = {"metadata": {"coauthors": "sheldon.cooper@nomad-fairdi.tests.de"}}
    leonard_v1.post(f"/uploads/{upload_id}/edit", body)
    assert len(sheldon_v1.search({"upload_id": upload_id}, owner="shared")) == 1
    assert len(leonard_v1.search({"upload_id": upload_id}, owner="shared")) == 1, "what is one's own as well"
    sheldon_v1.post("/entries/query", {"owner": "admin"}, 403)
    assert sheldon_v1.json(f"/uploads/{upload_id}")["data"]["main_author"]
    assert [row["upload_id"] for row in sheldon_v1.json("/uploads", roles="coauthor")["data"]] == [upload_id]
