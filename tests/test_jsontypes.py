"""Values of which only JSON's shape is known."""

from __future__ import annotations

import doctest

import pytest

from nomad_swagger import jsontypes


def test_the_examples_are_true() -> None:
    assert doctest.testmod(jsontypes).failed == 0


def test_a_value_of_the_right_shape_is_given_itself_not_a_copy() -> None:
    inner: dict[str, object] = {"a": 1}
    listed: list[object] = [inner]
    assert jsontypes.as_object(inner) is inner
    assert jsontypes.as_dict(inner) is inner
    assert jsontypes.as_items(listed) is listed


def test_a_new_dict_is_given_each_time_so_that_nobody_writes_into_anothers() -> None:
    jsontypes.as_dict(None)["a"] = 1
    assert jsontypes.as_dict(None) == {}


def test_nothing_is_put_inside_what_is_no_object() -> None:
    with pytest.raises(TypeError, match="'pagination' holds int"):
        jsontypes.object_inside({"pagination": 3}, "pagination")
