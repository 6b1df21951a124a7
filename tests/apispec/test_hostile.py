"""Diff and doctor on documents that nobody should write: they end, in bounded time, with an answer."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.apispec.diff import diff_documents, report_text
from nomad_swagger.apispec.doctor import examine, report_findings

Document = dict[str, Any]
JUNK: list[Any] = [None, [], {}, "x", 3, True, [1], {"a": 1}, {"$ref": "#/nowhere"}, {"$ref": 3}, [None], {"x": None}]


def places(node: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [node]
    while todo:
        holder = todo.pop()
        inner = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, value in inner:
            found.append((holder, key))
            todo.append(value)
    return found


@pytest.mark.parametrize("name", ["nomad-0.8.6", "nomad-2.0.0"])
@pytest.mark.parametrize("seed", range(3))
def test_documents_with_junk_anywhere_are_compared_and_examined(
    name: str, seed: int, snapshot: Callable[[str], Document]
) -> None:
    document = snapshot(name)
    chance = random.Random(seed)
    damaged = copy.deepcopy(document)
    for holder, key in chance.sample(places(damaged), 200):
        holder[key] = copy.deepcopy(chance.choice(JUNK))
    assert report_text(diff_documents(document, damaged))
    assert report_text(diff_documents(damaged, document))
    assert diff_documents(damaged, copy.deepcopy(damaged)) == []
    assert report_findings(examine(damaged))


def test_two_wide_documents_without_a_common_name_are_compared_in_time() -> None:
    def document(word: str) -> Document:
        parameters = [{"name": f"{word}.q{n}", "in": "query", "type": "string"} for n in range(3000)]
        operation = {"operationId": "o", "tags": ["t"], "parameters": parameters, "responses": {}}
        paths: Document = {f"/{word}/{n}": {"get": {"operationId": f"{word}{n}", "tags": ["t"]}} for n in range(3000)}
        return {"swagger": "2.0", "paths": {**paths, "/o": {"get": operation}}}

    started = time.monotonic()
    changes = diff_documents(document("a"), document("b"))
    assert len(changes) == 12_000
    assert len(report_text(changes).splitlines()) < 3_100
    assert time.monotonic() - started < 50
