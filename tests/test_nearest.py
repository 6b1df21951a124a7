"""The names that somebody may have meant."""

from __future__ import annotations

from nomad_swagger.nearest import nearest


def test_the_names_most_like_a_typed_one_come_best_first_and_each_once() -> None:
    assert nearest("serch", ["search", "edit", "sarch", "search"]) == ["search", "sarch"]


def test_nothing_is_offered_for_what_is_like_nothing() -> None:
    assert nearest("xyz", ["search", "edit"]) == []
    assert nearest("sea", ["search"], alike=0.9) == []
