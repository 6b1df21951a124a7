from __future__ import annotations

from typing import Any

import pytest

Q = "results.material."
PROGRAM = "results.method.simulation.program_name"
COUNT = 40


@pytest.fixture(scope="module")
def uploads(sandbox: Any) -> tuple[str, str]:
    """A big and a small upload, in the order in which they were made."""
    return sandbox.add_entries(COUNT), sandbox.add_entries(2)


@pytest.fixture
def ask(nobody_v1: Any, uploads: tuple[str, str]) -> Any:
    def answer(status: int = 200, query: Any = None, **aggregations: Any) -> Any:
        body = {
            "query": query or {"upload_id": uploads[0]},
            "aggregations": {"x": aggregations},
            "pagination": {"page_size": 0},
        }
        found = nobody_v1.post("/entries/query", body, status)
        return found["aggregations"]["x"] if status == 200 else found["detail"]

    return answer


def test_terms_are_the_ten_most_frequent_values(ask: Any) -> None:
    answer = ask(terms={"quantity": f"{Q}elements"})["terms"]
    assert answer.keys() == {"quantity", "exclude_from_search", "metrics", "size", "data"}
    assert (answer["size"], answer["exclude_from_search"], answer["metrics"]) == (10, False, [])
    counts = [row["count"] for row in answer["data"]]
    assert len(counts) == 10
    assert counts == sorted(counts, reverse=True)
    assert all(row.keys() == {"value", "count", "nested_count"} for row in answer["data"])
    assert len(ask(terms={"quantity": f"{Q}elements", "size": 3})["terms"]["data"]) == 3
    assert ask(terms={"quantity": f"{Q}compound_type"})["terms"]["size"] == 20


def test_terms_can_be_narrowed_to_some_values(ask: Any) -> None:
    def values(include: Any) -> list[str]:
        return [row["value"] for row in ask(terms={"quantity": PROGRAM, "include": include})["terms"]["data"]]

    assert values(["VASP", "none"]) == ["VASP"]
    assert values("ASP") == ["VASP"]
    assert values("asp") == [], "the text has to be there as it is written"


def test_a_boolean_is_shown_as_one(ask: Any) -> None:
    (row,) = ask(terms={"quantity": "with_embargo"})["terms"]["data"]
    assert row == {"value": False, "count": COUNT, "nested_count": COUNT}


def test_metrics_and_examples_come_with_each_value(ask: Any) -> None:
    wanted = {
        "quantity": PROGRAM,
        "metrics": ["n_uploads", "n_calculations"],
        "entries": {"size": 2, "required": {"include": ["entry_id", PROGRAM]}},
    }
    for row in ask(terms=wanted)["terms"]["data"]:
        assert row["metrics"] == {"n_uploads": 1, "n_calculations": row["count"]}
        assert len(row["entries"]) == 2
        assert {entry["results"]["method"]["simulation"]["program_name"] for entry in row["entries"]} == {row["value"]}
        assert all(entry.keys() == {"entry_id", "results"} for entry in row["entries"])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_go_through_all_values_in_their_order_and_end_with_an_empty_one(ask: Any, order: str) -> None:
    seen: list[str] = []
    after: str | None = None
    for _ in range(20):
        pagination = {"page_size": 6, "order": order, **({"page_after_value": after} if after else {})}
        answer = ask(terms={"quantity": f"{Q}elements", "pagination": pagination})["terms"]
        assert answer["pagination"]["total"] == 13
        assert "size" not in answer
        after = answer["pagination"].get("next_page_after_value")
        if not answer["data"]:
            break
        seen += [row["value"] for row in answer["data"]]
        assert after == seen[-1]
    assert after is None
    assert seen == sorted(seen, reverse=order == "desc")
    assert len(seen) == 13


def test_values_can_be_ordered_by_another_quantity(ask: Any, uploads: tuple[str, str]) -> None:
    query = {"upload_id:any": list(uploads)}
    pagination: dict[str, Any] = {"page_size": 1, "order_by": "upload_create_time", "order": "desc"}
    first = ask(query=query, terms={"quantity": "upload_id", "pagination": pagination})["terms"]
    assert [row["value"] for row in first["data"]] == [uploads[1]]
    after = first["pagination"]["next_page_after_value"]
    time, _, last = after.partition(":")
    assert (time.isdigit(), last) == (True, uploads[1])
    pagination["page_after_value"] = after
    second = ask(query=query, terms={"quantity": "upload_id", "pagination": pagination})["terms"]
    assert [(row["value"], row["count"]) for row in second["data"]] == [(uploads[0], COUNT)]


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"quantity": f"{Q}n_elements"}, 422),
        ({"quantity": "comment"}, 422),
        ({"quantity": "nope"}, 422),
        ({"quantity": PROGRAM, "metrics": ["calculations"]}, 422),
        ({"quantity": PROGRAM, "size": 2, "pagination": {"page_size": 2}}, 422),
        ({"quantity": PROGRAM, "pagination": {"page_size": 0}}, 422),
        ({"quantity": PROGRAM, "pagination": {"page": 1}}, 422),
        ({"quantity": PROGRAM, "pagination": {"order_by": "count"}}, 422),
        ({"quantity": PROGRAM, "pagination": {"order_by": "value"}}, 422),
        ({"quantity": PROGRAM, "pagination": {"order_by": "files"}}, 422),
        ({"quantity": PROGRAM, "pagination": {"order_by": "upload_id", "page_after_value": "a:b:c"}}, 422),
        ({"quantity": PROGRAM, "pagination": {"order_by": PROGRAM}}, 400),
    ],
)
def test_terms_that_make_no_sense_are_refused(ask: Any, terms: Any, status: int) -> None:
    ask(status, terms=terms)


def test_a_count_can_leave_out_the_conditions_on_its_own_quantity(ask: Any, uploads: tuple[str, str]) -> None:
    query = {"upload_id": uploads[0], PROGRAM: "VASP"}
    assert [row["value"] for row in ask(query=query, terms={"quantity": PROGRAM})["terms"]["data"]] == ["VASP"]
    own = {"upload_id": uploads[0]}
    for query in (
        {**own, PROGRAM: "VASP"},
        {**own, f"{PROGRAM}:any": ["VASP"]},
        {"and": [own, {PROGRAM: "VASP"}]},
    ):
        wanted = {"quantity": PROGRAM, "exclude_from_search": True}
        data = ask(query=query, terms=wanted)["terms"]["data"]
        assert sum(row["count"] for row in data) == COUNT
        assert len(data) == 4
    ask(422, terms={"quantity": PROGRAM, "exclude_from_search": True, "pagination": {"page_size": 1}})


def test_numbers_are_counted_by_intervals_and_gaps_count_as_well(ask: Any) -> None:
    quantity = "results.properties.n_calculations"
    answer = ask(histogram={"quantity": quantity, "interval": 1})["histogram"]
    assert answer["data"] == [{"value": 1.0, "count": COUNT, "nested_count": COUNT}]
    assert answer["interval"] == 1
    wider = {"quantity": quantity, "interval": 1, "extended_bounds": {"min": 0, "max": 3}}
    assert [(row["value"], row["count"]) for row in ask(histogram=wider)["histogram"]["data"]] == [
        (0.0, 0),
        (1.0, COUNT),
        (2.0, 0),
        (3.0, 0),
    ]
    single = ask(histogram={"quantity": quantity, "buckets": 5})["histogram"]
    assert "interval" not in single, "all values are the same"
    assert [(row["value"], row["count"]) for row in single["data"]] == [(1.0, COUNT)]
    ask(422, histogram={"quantity": PROGRAM, "interval": 1})
    ask(422, histogram={"quantity": quantity})


def test_times_are_counted_by_intervals(ask: Any) -> None:
    def times(interval: str, status: int = 200) -> Any:
        return ask(status, date_histogram={"quantity": "upload_create_time", "interval": interval})

    for interval in ("1M", "month", "1q", "1y", "1w", "1d", "day", "2h", "90m"):
        answer = times(interval)["date_histogram"]
        (row,) = answer["data"]
        assert (answer["interval"], row["count"], len(row["value"])) == (interval, COUNT, len("2020-01-01"))
    assert times("1M")["date_histogram"]["data"][0]["value"].endswith("-01")
    for wrong in ("often", "0d", "2M", "weekly"):
        assert times(wrong, 400).startswith("Elasticsearch could not process your query")
    ask(422, date_histogram={"quantity": PROGRAM})
    automatic = ask(auto_date_histogram={"quantity": "upload_create_time", "buckets": 3})["auto_date_histogram"]
    assert (automatic["buckets"], automatic["interval"]) == (3, "1s")
    assert isinstance(automatic["data"][0]["value"], float), "a time in ms"


@pytest.mark.parametrize(
    "counted",
    [
        {"histogram": {"quantity": "results.properties.n_calculations", "buckets": 3}},
        {"date_histogram": {"quantity": "upload_create_time", "interval": "1y"}},
        {"auto_date_histogram": {"quantity": "upload_create_time"}},
    ],
)
def test_metrics_come_with_each_interval_too(ask: Any, counted: dict[str, Any]) -> None:
    ((kind, wanted),) = counted.items()
    answer = ask(**{kind: wanted | {"metrics": ["n_uploads", "n_calculations"]}})[kind]
    assert [row["metrics"] for row in answer["data"]] == [{"n_uploads": 1, "n_calculations": COUNT}]
    ask(422, **{kind: wanted | {"metrics": ["calculations"]}})


def test_an_empty_interval_has_metrics_of_zero(ask: Any) -> None:
    bounds = {"min": 1, "max": 2}
    wanted = {"quantity": "results.properties.n_calculations", "interval": 1, "extended_bounds": bounds}
    rows = ask(histogram=wanted | {"metrics": ["n_entries"]})["histogram"]["data"]
    assert [(row["count"], row["metrics"]) for row in rows] == [(COUNT, {"n_entries": COUNT}), (0, {"n_entries": 0})]


def test_an_entry_counts_once_in_an_interval_that_several_of_its_values_are_in(
    leonard_v1: Any, silicon: dict[str, bytes]
) -> None:
    upload_id = leonard_v1.process_v1(silicon)["upload_id"]
    (row,) = leonard_v1.json(f"/uploads/{upload_id}/entries")["data"]
    for name in ("one", "two"):
        body = {"dataset_name": f"{name} of {upload_id}", "entries": [row["entry_id"]]}
        leonard_v1.post("/datasets/", body)
    counted = {"quantity": "datasets.dataset_create_time", "interval": "1y", "metrics": ["n_entries"]}
    body = {"owner": "user", "query": {"upload_id": upload_id}, "aggregations": {"x": {"date_histogram": counted}}}
    (year,) = leonard_v1.post("/entries/query", body)["aggregations"]["x"]["date_histogram"]["data"]
    assert (year["count"], year["nested_count"], year["metrics"]) == (1, 1, {"n_entries": 1})


def test_an_entry_has_the_time_of_its_making(ask: Any, nobody_v1: Any, uploads: tuple[str, str]) -> None:
    (row,) = ask(date_histogram={"quantity": "entry_create_time", "interval": "1y"})["date_histogram"]["data"]
    assert row["count"] == COUNT
    query = {"upload_id": uploads[0], "entry_create_time:gte": "2020-01-01"}
    found = nobody_v1.post("/entries/query", {"query": query, "pagination": {"page_size": 1}})
    assert found["pagination"]["total"] == COUNT
    assert found["data"][0]["entry_create_time"].endswith("Z")


def test_elements_that_are_all_come_sorted_with_blanks(ask: Any, nobody_v1: Any) -> None:
    wanted = {"quantity": f"{Q}elements_exclusive", "include": ["C", "C H", "H C", "CH"]}
    assert {row["value"] for row in ask(terms=wanted)["terms"]["data"]} == {"C", "C H"}
    query = {f"{Q}elements_exclusive": "C H"}
    found = nobody_v1.post("/entries/query", {"query": query})["data"]
    assert found
    assert {entry["results"]["material"]["elements_exclusive"] for entry in found} == {"C H"}
    assert nobody_v1.post("/entries/query", {"query": {f"{Q}elements_exclusive": "CH"}})["data"] == []


def test_the_ends_of_a_range_are_numbers_for_times_too(ask: Any) -> None:
    low, high = ask(min_max={"quantity": "upload_create_time"})["min_max"]["data"]
    assert low == high > 1.5e12
    assert ask(min_max={"quantity": f"{Q}symmetry.space_group_number"})["min_max"]["data"] == [None, None]
    assert ask(min_max={"quantity": f"{Q}n_elements"})["min_max"] == {
        "quantity": f"{Q}n_elements",
        "exclude_from_search": False,
        "data": [1.0, 2.0],
    }


def test_totals(ask: Any) -> None:
    metrics = ["n_entries", "n_uploads", "n_calculations", "n_quantities", "n_authors", "n_materials"]
    answer = ask(statistics={"metrics": metrics})["statistics"]
    assert answer["metrics"] == metrics
    assert answer["data"] == dict(zip(metrics, [COUNT, 1, COUNT, 0, 1, 0], strict=True))
    ask(422, statistics={"metrics": ["entries"]})


def test_what_is_not_there_is_said(ask: Any) -> None:
    assert "percentiles" in ask(501, percentiles={"quantity": f"{Q}n_elements"})
    ask(500)
