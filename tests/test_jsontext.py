from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.jsontext import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def strictly(text: str) -> object:
    def refuse(word: str) -> object:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text.encode("utf-8"), parse_constant=refuse)


@given(VALUES)
def test_whatever_is_written_strict_readers_take_and_every_stream(value: object) -> None:
    strictly(json_text(value))


@given(VALUES)
def test_with_nan_nothing_is_lost(value: object) -> None:
    assert json_text(json.loads(json_text(value, nan=True)), nan=True) == json_text(value, nan=True)


def test_what_is_no_number_is_null_and_the_rest_stays() -> None:
    assert (
        json_text({"a": [1.5, math.inf, {"b": -math.inf}], "c": math.nan})
        == '{"a": [1.5, null, {"b": null}], "c": null}'
    )


def test_half_a_character_is_an_escape() -> None:
    assert json_text("\ud800Å") == '"\\ud800Å"'


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError):
        json_text(object())
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        json_text(circle)
