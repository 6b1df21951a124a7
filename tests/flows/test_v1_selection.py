"""What is asked beside ``and``, ``or`` and ``not``, on a server that drops a quantity there as NOMAD 1.4.3 does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import nomad_swagger as ns
from tests.conftest import Asked, Reply, Web

JOINING = ("and", "or", "not")
ENTRIES = [
    {"entry_id": f"e{number:02}", "upload_id": "abc"[number % 3], "results": {"material": {"elements": [kind]}}}
    for number, kind in enumerate(["Si", "O", "C", "Fe"] * 15)
]


def finds(query: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry matches, for a server that forgets what stands beside a connective."""
    for word in JOINING:
        if word in query:
            parts = query[word] if isinstance(query[word], list) else [query[word]]
            found = [finds(part, entry) for part in parts]
            return {"and": all(found), "or": any(found), "not": not any(found)}[word]
    return all(_has(name, wanted, entry) for name, wanted in query.items())


def _has(name: str, wanted: Any, entry: Mapping[str, Any]) -> bool:
    name, _, operator = name.partition(":")
    value = entry["results"]["material"]["elements"] if name.startswith("results") else [entry[name]]
    asked = set(wanted if isinstance(wanted, list) else [wanted])
    return asked <= set(value) if operator == "all" else bool(asked & set(value))


def answer(asked: Asked) -> Reply:
    body = json.loads(asked.body)
    found = [entry for entry in ENTRIES if finds(body.get("query", {}), entry)]
    pagination = {"total": len(found)}
    if "archive" in asked.path:
        data: Any = [{**entry, "archive": {"metadata": entry}} for entry in found]
        return Reply.json({"pagination": pagination, "data": data})
    counts: dict[str, int] = {}
    for entry in found:
        counts[str(entry["upload_id"])] = counts.get(str(entry["upload_id"]), 0) + 1
    buckets = [{"value": value, "count": count} for value, count in counts.items()]
    aggregations = {"counts": {"terms": {"data": buckets}}}
    return Reply.json({"pagination": pagination, "data": found, "aggregations": aggregations})


@pytest.fixture
def client(web: Web) -> Iterator[Any]:
    web.answer = answer
    yield ns.connect(f"{web.url}/api/v1", spec="nomad-1.4.3")
    dropped = [body for body in map(query_of, web.asked) if body != kept(body)]
    assert not dropped


def query_of(asked: Asked) -> Any:
    return json.loads(asked.body).get("query", {}) if asked.body else {}


def kept(query: Any) -> Any:
    """Give what NOMAD keeps of a query."""
    if isinstance(query, list):
        return [kept(one) for one in query]
    if not isinstance(query, dict):
        return query
    joining = [word for word in JOINING if word in query]
    return {word: kept(query[word]) for word in joining[:1]} if joining else query


EITHER = {"or": [{"elements": ["Si"]}, {"elements": ["O"]}]}
CASES: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    ({"upload_id": "a"}, EITHER, 10),
    ({"upload_id": ["a", "b"]}, EITHER, 20),
    ({"upload_id": "a"}, {"not": {"elements": ["Si"]}}, 15),
    ({"upload_id": "a"}, {"and": [{"elements": ["Si"]}, {"entry_id": ["e00", "e01"]}]}, 1),
    ({"upload_id": "a"}, {**EITHER, "not": {"elements": ["O"]}}, 5),
    ({}, {"or": [{"upload_id": "a", "not": {"elements": ["Si"]}}, {"upload_id": "b", "or": [{"elements": "Fe"}]}]}, 20),
    ({}, {"and": [{"upload_id": "a", **EITHER}, {"not": {"or": [{"elements": "O"}], "upload_id": "a"}}]}, 5),
]


@pytest.mark.parametrize(("words", "query", "number"), CASES)
def test_a_search_finds_exactly_what_was_asked(client: Any, words: Any, query: Any, number: int) -> None:
    results = ns.search(client, query=query, **words)
    assert results.total == len(list(results)) == number


@pytest.mark.parametrize(("words", "query", "number"), CASES)
def test_a_count_counts_exactly_what_was_asked(client: Any, words: Any, query: Any, number: int) -> None:
    counted = ns.statistics(client, "upload_id", query=query, **words)
    assert counted.total == sum(counted.counts.values()) == number


@pytest.mark.parametrize(("words", "query", "number"), CASES)
def test_archives_are_exactly_those_that_were_asked_for(client: Any, words: Any, query: Any, number: int) -> None:
    assert len(list(ns.archives(client, query=query, **words))) == number


@pytest.mark.parametrize(("words", "query", "number"), CASES)
def test_a_recipe_asks_for_exactly_what_was_asked(client: Any, words: Any, query: Any, number: int) -> None:
    text = ns.recipe(client, "search", style="curl", **words, **query)
    sent = ns.search(client, query=query, **words).query.variants[0]["body/query"]
    assert kept(sent) == sent
    assert sum(finds(sent, entry) for entry in ENTRIES) == number
    (body,) = [json.loads(line.split("'")[1]) for line in text.splitlines() if "--data" in line]
    assert body["query"] == sent
