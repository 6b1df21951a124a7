"""Statistics: counts that are what a search counts, on every version, and what a server's odd answers become."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas
import pytest

import nomad_swagger as ns
from nomad_sandbox import Sandbox
from nomad_swagger.errors import InvalidRequest, NomadWarning, ServerError, UnknownArgument, UsageError
from nomad_swagger.transport.retry import RetryPolicy
from tests.conftest import Asked, Reply, Web

COUNT = 60
PAGE = 10_000
Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def upload_id(sandbox: Sandbox) -> str:
    return sandbox.add_entries(COUNT)


@pytest.fixture
def scripted(web: Web) -> Callable[[str], Any]:
    def make(snapshot: str) -> Any:
        client = ns.connect(f"{web.url}/api", spec=snapshot)
        client.nomad.transport.policy = RetryPolicy(retries=0)
        return client

    return make


@pytest.fixture
def v0(scripted: Callable[[str], Any]) -> Any:
    return scripted("nomad-0.8.6")


@pytest.fixture(params=["nomad-1.4.3", "nomad-2.0.0"])
def v1(request: pytest.FixtureRequest, scripted: Callable[[str], Any]) -> Any:
    return scripted(request.param)


def buckets(kind: str, *rows: Any, total: int = 9, **more: Any) -> Reply:
    data = [dict(zip(("value", "count", "metrics"), row, strict=False)) for row in rows]
    answer = {kind: {"quantity": "x", "data": data, **more}}
    return Reply.json(
        {"owner": "public", "pagination": {"total": total}, "data": [], "aggregations": {"counts": answer}}
    )


def body(web: Web, number: int = -1) -> Any:
    return json.loads(web.asked[number].body)


@pytest.mark.parametrize("word", ["elements", "code", "formula"])
def test_each_value_has_as_many_entries_as_a_search_for_it_finds(each: Any, upload_id: str, word: str) -> None:
    found = ns.statistics(each, word, upload_id=upload_id)
    assert (found.kind, found.complete) == ("values", True)
    for value, entries in list(found.counts.items())[:3]:
        assert ns.search(each, query={"upload_id": upload_id, word: value}).total == entries, value


def test_uploads_can_be_counted(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "upload_id", elements="Si")
    assert found.counts[upload_id] == ns.search(each, elements="Si", upload_id=upload_id).total


def test_the_most_frequent_come_first_and_equals_by_name(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "elements", upload_id=upload_id)
    order = [(-entries, value) for value, entries in found.counts.items()]
    assert order == sorted(order)
    assert len(order) == 13
    assert found.total == COUNT
    assert found.word == "elements"


def test_an_entry_with_several_elements_counts_for_each(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "elements", upload_id=upload_id)
    assert sum(found.counts.values()) > found.total


def test_a_limit_leaves_the_most_frequent(each: Any, upload_id: str) -> None:
    everything = ns.statistics(each, "formula", upload_id=upload_id)
    some = ns.statistics(each, "formula", upload_id=upload_id, limit=3)
    assert list(some.counts.items()) == list(everything.counts.items())[:3]
    assert some.complete
    assert some.total == everything.total
    assert everything.without == 0
    assert some.without == everything.total - sum(some.counts.values()), "said, since the rest is not shown"


def test_a_limit_below_one_is_refused(each: Any) -> None:
    with pytest.raises(UsageError, match="number of values"):
        ns.statistics(each, "code", limit=0)


def test_the_query_says_which_entries(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "code", upload_id=upload_id, elements=["Si"])
    assert found.total == ns.search(each, upload_id=upload_id, elements=["Si"]).total < COUNT
    assert sum(found.counts.values()) == found.total


def test_nothing_found_is_no_values(each: Any) -> None:
    found = ns.statistics(each, "code", elements="Og")
    assert (found.counts, found.total, found.complete) == ({}, 0, True)


def test_uploads_are_counted_by_month_unless_told(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "upload_time", upload_id=upload_id)
    now = datetime.now(timezone.utc)
    (month,) = found.counts
    assert (month.day, month.hour, month.tzinfo) == (1, 0, timezone.utc)
    assert (found.kind, found.interval, found.counts[month]) == ("times", "1M", COUNT)
    assert 0 <= (now - month).days <= 31


@pytest.mark.parametrize("version", ["0.8.6", "1.4.3"])
def test_uploads_are_counted_by_day(connect: Connect, upload_id: str, version: str) -> None:
    found = ns.statistics(connect("leonard", version), "upload_time", interval="1d", upload_id=upload_id)
    assert sum(found.counts.values()) == COUNT
    assert abs((datetime.now(timezone.utc) - next(iter(found.counts))).days) <= 1


def test_a_server_that_counts_by_month_refuses_days(connect: Connect) -> None:
    old = connect("leonard", "0.7.9")
    assert ns.statistics(old, "upload_time", interval="1M").interval == "1M"
    with pytest.raises(UsageError, match="by month"):
        ns.statistics(old, "upload_time", interval="1d")


def test_an_interval_that_is_none_is_refused(connect: Connect) -> None:
    with pytest.raises(UsageError, match="1d, 1w, 1M, 1q, 1y, not '1h'"):
        ns.statistics(connect("leonard", "0.8.6"), "upload_time", interval="1h")
    with pytest.raises(UsageError, match="by value"):
        ns.statistics(connect("leonard", "0.8.6"), "code", interval="1d")


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3"])
def test_an_unknown_quantity_is_refused_with_the_nearest_and_nothing_is_sent(
    scripted: Callable[[str], Any], web: Web, snapshot: str
) -> None:
    with pytest.raises(UnknownArgument, match="did you mean 'elements'"):
        ns.statistics(scripted(snapshot), "elemnts")
    assert web.asked == []


@pytest.mark.parametrize("snapshot", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3"])
@pytest.mark.parametrize("name", ["path", "comment", "from_time", "and", "results.material.elements:all"])
def test_what_is_no_quantity_of_whole_values_is_refused(
    scripted: Callable[[str], Any], web: Web, snapshot: str, name: str
) -> None:
    with pytest.raises(UsageError):
        ns.statistics(scripted(snapshot), name)
    assert web.asked == []


def test_a_name_of_another_version_is_translated_with_a_note(connect: Connect, upload_id: str) -> None:
    with pytest.warns(NomadWarning, match=r"'code_name' is called 'dft\.code_name'"):
        found = ns.statistics(connect("leonard", "0.8.6"), "code_name", upload_id=upload_id)
    assert (found.quantity, found.word, found.total) == ("dft.code_name", "code", COUNT)
    with pytest.warns(NomadWarning, match="'dft.system' is called 'system'"):
        assert len(ns.statistics(connect("leonard", "0.7.9"), "dft.system", upload_id=upload_id).counts) == 3


def test_several_values_of_what_the_server_takes_one_of_are_added_up(each: Any, upload_id: str) -> None:
    found = ns.statistics(each, "elements", upload_id=upload_id, code=["VASP", "NWChem"])
    assert found.total == ns.search(each, upload_id=upload_id, code=["VASP", "NWChem"]).total == COUNT // 2
    assert found.counts["Si"] == ns.search(each, upload_id=upload_id, code=["VASP", "NWChem"], elements="Si").total
    months = ns.statistics(each, "upload_time", upload_id=upload_id, code=["VASP", "NWChem"])
    assert (sum(months.counts.values()), months.total) == (COUNT // 2, COUNT // 2)


def test_what_would_count_entries_twice_is_refused(v0: Any, web: Web) -> None:
    with pytest.raises(UsageError, match="each value on its own"):
        ns.statistics(v0, "code", dataset=["a", "b"])
    with pytest.raises(UsageError, match="each value on its own"):
        ns.statistics(v0, "elements", code=["VASP", "exciting"], metric="datasets")
    assert web.asked == []


@pytest.mark.parametrize(
    ("version", "metric"), [("0.7.9", "calculations"), ("0.8.6", "dft.calculations"), ("1.4.3", "n_calculations")]
)
def test_a_metric_is_given_for_each_value(connect: Connect, upload_id: str, version: str, metric: str) -> None:
    found = ns.statistics(connect("leonard", version), "code", metric=metric, upload_id=upload_id)
    assert found.metrics == found.counts  # of synthetic entries, which have one calculation each
    assert (found.metric, len(found.metrics), found.complete) == (metric, 4, True)
    assert next(found.rows()) == {"value": "FHI-aims", "entries": 15, "share": 0.25, metric: 15}


def test_a_metric_that_the_server_lacks_is_refused_in_its_words(connect: Connect) -> None:
    with pytest.raises(InvalidRequest, match="metric"):
        ns.statistics(connect("leonard", "0.8.6"), "code", metric="nonsense")


def test_0_7_has_metrics_of_some_quantities_and_none_over_time(connect: Connect, upload_id: str) -> None:
    old = connect("leonard", "0.7.9")
    with pytest.raises(InvalidRequest, match="nothing about formula with the metric calculations"):
        ns.statistics(old, "formula", metric="calculations", upload_id=upload_id)
    with pytest.raises(UsageError, match="no metric by upload_time"):
        ns.statistics(old, "upload_time", metric="calculations")


def test_values_without_the_metric_make_it_incomplete(v0: Any, web: Web) -> None:
    def answer(asked: Asked) -> Reply:
        if "/quantity/" in asked.path:
            return Reply.json({"quantity": {"values": {"a": {"total": 3}, "b": {"total": 5}}}})
        return Reply.json(
            {
                "statistics": {"formula": {"b": {"code_runs": 5, "datasets": 2}}},
                "pagination": {"total": 8},
                "results": [],
            }
        )

    web.answer = answer
    with pytest.warns(NomadWarning, match="datasets for 1 of 2 values of formula"):
        found = ns.statistics(v0, "formula", metric="datasets")
    assert (found.counts, found.metrics, found.complete) == ({"b": 5, "a": 3}, {"b": 2}, False)
    assert [row["datasets"] for row in found.rows()] == [2, None]


def pages_of_v0(web: Web, total: int, *, token: Callable[[int], str | None]) -> None:
    def answer(asked: Asked) -> Reply:
        given = parse_qs(asked.query)
        if "/quantity/" not in asked.path:
            return Reply.json({"pagination": {"total": total}, "results": []})
        start = int(given.get("after", ["-1"])[0]) + 1
        values = {str(i): {"total": 1 + i % 7} for i in range(start, min(total, start + int(given["size"][0])))}
        last = token(start + len(values) - 1)
        return Reply.json({"quantity": {"values": values} | ({"after": last} if last and values else {})})

    web.answer = answer


def test_all_values_are_fetched_page_by_page(v0: Any, web: Web) -> None:
    pages_of_v0(web, 2 * PAGE + 5, token=str)
    found = ns.statistics(v0, "formula")
    assert len(found.counts) == 2 * PAGE + 5
    assert found.complete
    assert [parse_qs(asked.query).get("after") for asked in web.asked[:3]] == [
        None,
        [str(PAGE - 1)],
        [str(2 * PAGE - 1)],
    ]
    assert len(web.asked) == 4  # and the total


def test_a_list_that_the_server_cuts_is_said_to_be_incomplete(v0: Any, web: Web) -> None:
    pages_of_v0(web, 2 * PAGE, token=lambda last: None)
    with pytest.warns(NomadWarning, match=f"ended the list of formula after {PAGE} values"):
        assert not ns.statistics(v0, "formula").complete


def test_a_server_that_gives_the_same_page_for_ever_is_left(v0: Any, web: Web) -> None:
    pages_of_v0(web, 3 * PAGE, token=lambda last: "-1")
    with pytest.raises(ServerError, match="again and again"):
        ns.statistics(v0, "formula")


def test_v0_says_times_in_milliseconds_and_fills_gaps(v0: Any, web: Web) -> None:
    histogram = {
        "1577836800000": {"code_runs": 2},
        "1580515200000": {"code_runs": 0},
        "1583020800000": {"code_runs": 1},
    }
    web.script(Reply.json({"statistics": {"date_histogram": histogram}, "pagination": {"total": 3}}))
    found = ns.statistics(v0, "upload_time")
    assert {f"{time:%Y-%m-%d}": n for time, n in found.counts.items()} == {
        "2020-01-01": 2,
        "2020-02-01": 0,
        "2020-03-01": 1,
    }
    given = parse_qs(web.asked[0].query)
    assert (given["date_histogram"], given["interval"], given["per_page"]) == (["true"], ["1M"], ["0"])


def test_v1_is_asked_for_all_values_by_pages_and_for_no_entries(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("Si", 3), ("H", 5), ("none", 0), total=6))
    found = ns.statistics(v1, "elements", code="VASP", owner="all")
    assert body(web) == {
        "owner": "all",
        "query": {"results.method.simulation.program_name:any": ["VASP"]},
        "pagination": {"page_size": 0},
        "aggregations": {
            "counts": {"terms": {"quantity": "results.material.elements", "pagination": {"page_size": PAGE}}}
        },
    }
    assert (found.counts, found.total, len(web.asked)) == ({"H": 5, "Si": 3}, 6, 1)


def test_v1_walks_on_behind_the_last_value(v1: Any, web: Web) -> None:
    first = buckets("terms", *((f"{i:05}", 1) for i in range(PAGE)), pagination={"next_page_after_value": "09999"})
    web.script(first, buckets("terms", ("x", 7)))
    found = ns.statistics(v1, "formula")
    assert len(found.counts) == PAGE + 1
    assert next(iter(found.counts)) == "x"
    asked = body(web)["aggregations"]["counts"]["terms"]["pagination"]
    assert asked == {"page_size": PAGE, "page_after_value": "09999"}
    assert found.total == 9


def test_v1_is_asked_for_the_most_frequent_alone_where_there_is_a_limit(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("VASP", 3)))
    ns.statistics(v1, "code", limit=1)
    asked = body(web)["aggregations"]["counts"]["terms"]
    assert asked == {"quantity": "results.method.simulation.program_name", "size": 1}


def test_v1_gives_metrics_with_the_values(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("VASP", 3, {"n_calculations": 40}), ("exciting", 1, {"n_calculations": 2.0})))
    found = ns.statistics(v1, "code", metric="n_calculations")
    assert body(web)["aggregations"]["counts"]["terms"]["metrics"] == ["n_calculations"]
    assert found.metrics == {"VASP": 40, "exciting": 2}


def test_a_metric_that_is_nowhere_in_the_answer_is_refused(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("VASP", 3)))
    with pytest.raises(InvalidRequest, match=r"no n_x by results\.method\.simulation\.program_name"):
        ns.statistics(v1, "code", metric="n_x")


def test_v1_counts_times_of_any_name_by_interval(v1: Any, web: Web) -> None:
    web.script(buckets("date_histogram", ("2021-01-01", 4), ("2020-01-01", 1)))
    found = ns.statistics(v1, "entry_create_time", interval="1y")
    assert body(web)["aggregations"]["counts"]["date_histogram"] == {"quantity": "entry_create_time", "interval": "1y"}
    assert found.counts == {datetime(2020, 1, 1, tzinfo=timezone.utc): 1, datetime(2021, 1, 1, tzinfo=timezone.utc): 4}
    assert list(found.counts) == sorted(found.counts)


def test_v1_counts_numbers_in_intervals(v1: Any, web: Web) -> None:
    web.script(buckets("histogram", (1, 4), (2, 0), (3, 1)))
    found = ns.statistics(v1, "results.material.n_elements")
    assert body(web)["aggregations"]["counts"]["histogram"]["buckets"] == 20
    assert (found.kind, found.counts) == ("numbers", {1: 4, 2: 0, 3: 1})
    assert ns.statistics(v1, "results.material.n_elements", interval="0.5").interval == 0.5
    assert body(web)["aggregations"]["counts"]["histogram"] == {
        "quantity": "results.material.n_elements",
        "interval": 0.5,
    }
    for nonsense in ("1M", "0", -2, "inf"):
        with pytest.raises(UsageError, match="number above 0"):
            ns.statistics(v1, "results.material.n_elements", interval=nonsense)


def test_a_name_of_somebodys_own_schema_is_the_servers_to_judge(v1: Any, web: Web) -> None:
    web.script(Reply.json({"detail": [{"loc": ["quantity"], "msg": "data.mine.x is not a doc quantity"}]}, 422))
    with pytest.raises(InvalidRequest, match="not a doc quantity"):
        ns.statistics(v1, "data.mine.x")


def test_a_table_has_the_same_columns_whatever_was_found(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("VASP", 3), (True, 1)), buckets("terms", total=0))
    some, none = ns.statistics(v1, "code").to_pandas(), ns.statistics(v1, "code").to_pandas()
    assert some.dtypes.astype(str).to_dict() == {"value": "string", "entries": "Int64", "share": "float64"}
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert some["value"].to_list() == ["VASP", "True"]
    assert some["share"].to_list() == [3 / 9, 1 / 9]


def test_a_table_of_times_has_times(v1: Any, web: Web) -> None:
    web.script(buckets("date_histogram", ("2021-01-01", 4)))
    table = ns.statistics(v1, "upload_time").to_pandas()
    assert isinstance(table["value"].dtype, pandas.DatetimeTZDtype)
    assert table["value"].to_list() == [datetime(2021, 1, 1, tzinfo=timezone.utc)]


def test_a_notebook_shows_values_escaped_with_their_shares(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("<b>", 3)))
    html = ns.statistics(v1, "code")._repr_html_()
    assert "&lt;b&gt;" in html
    assert "33.3%" in html
    assert "<b>" not in html


def test_a_picture_says_what_was_asked_where_and_when(v1: Any, web: Web, tmp_path: Path) -> None:
    web.script(buckets("terms", ("Si", 3)))
    found = ns.statistics(v1, "elements", code="VASP")
    axes = found.plot(tmp_path / "elements.svg")
    texts = " ".join(text.get_text() for text in axes.texts)
    assert axes.get_title(loc="left") == "9 entries by elements"
    assert "owner = public, code = VASP" in texts
    assert web.url in texts
    assert f"{found.asked:%Y-%m-%d %H:%M} UTC" in texts
    assert (tmp_path / "elements.svg").read_text("utf-8").startswith("<?xml")


def test_an_incomplete_count_says_so_in_the_picture(v1: Any, web: Web) -> None:
    web.script(buckets("terms", ("VASP", 3, {"n": 1}), ("exciting", 1)))
    with pytest.warns(NomadWarning):
        axes = ns.statistics(v1, "code", metric="n").plot()
    assert any("the server gave a part only" in text.get_text() for text in axes.texts)
    assert axes.get_xlabel() == "n"


def test_one_draws_into_ones_own_axes(v1: Any, web: Web) -> None:
    from matplotlib.figure import Figure

    web.script(buckets("date_histogram", ("2021-01-01", 4), ("2021-02-01", 1)))
    mine = Figure().add_subplot()
    assert ns.statistics(v1, "upload_time").plot(ax=mine) is mine
    assert [round(bar.get_width()) for bar in mine.patches] == [31, 28]


@pytest.mark.parametrize(
    ("interval", "days"), [("1d", [1, 1]), ("1w", [7, 7]), ("1M", [14, 31]), ("1q", [14, 91]), ("1y", [14, 366])]
)
def test_the_last_bar_is_as_wide_as_its_interval(v1: Any, web: Web, interval: str, days: list[int]) -> None:
    web.script(buckets("date_histogram", ("2023-12-13", 4), ("2023-12-27", 1)))
    axes = ns.statistics(v1, "upload_time", interval=interval).plot()
    assert [round(bar.get_width()) for bar in axes.patches] == days


def test_without_matplotlib_the_error_names_it(v1: Any, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.script(buckets("terms", ("VASP", 3)))
    found = ns.statistics(v1, "code")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match="matplotlib"):
        found.plot()
