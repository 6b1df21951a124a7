"""Paths into nested answers."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger import dotted

NAMES = st.from_regex(r"[a-z]{1,3}", fullmatch=True)


@given(st.lists(NAMES, min_size=1, max_size=5), st.integers())
def test_what_was_put_is_found(steps, value):
    data = {}
    dotted.put(data, ".".join(steps), value)
    assert dotted.get(data, ".".join(steps)) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", {"a": [{"b": 1}], "x.y": 2, "x": {"y": 3, "n": None}}),
        ("a.0.b", 1),
        ("a.7.b", "none"),
        ("a.b", "none"),
        ("a.0.b.c", "none"),
        ("x.y", 2),
        ("x.n", None),
        ("x.n.deeper", "none"),
        ("nowhere", "none"),
        (".", "none"),
    ],
)
def test_a_path_leads_where_it_leads_or_nowhere(path, value):
    assert dotted.get({"a": [{"b": 1}], "x.y": 2, "x": {"y": 3, "n": None}}, path, "none") == value


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)),
    st.text(),
)
def test_no_path_into_any_answer_is_an_error(data, path):
    dotted.get(data, path)


def test_texts_and_bytes_have_no_steps():
    assert dotted.get("abc", "0") is None
    assert dotted.get(b"abc", "0") is None


def test_of_several_paths_the_first_with_a_value_counts():
    data = {"a": None, "b": {"c": 0}, "d": 1}
    assert dotted.first(data, ["a", "b.c", "d"]) == 0
    assert dotted.first(data, ["a", "x"], "none") == "none"


def test_putting_keeps_what_stands_beside():
    data = {"a": {"b": 1}}
    dotted.put(data, "a.c", 2)
    assert data == {"a": {"b": 1, "c": 2}}


def test_the_examples_run():
    assert doctest.testmod(dotted).failed == 0
