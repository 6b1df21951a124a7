from __future__ import annotations

from typing import Any

import pytest

from nomad_sandbox import required as v0
from nomad_sandbox.v1 import required as v1

RUN = {
    "system": [{"atoms": {"labels": ["Si"]}}, {"atoms": {"labels": ["O"]}}],
    "calculation": [{"system_ref": "#/run/0/system/1", "energy": 2.0}],
}
ARCHIVE = {"run": [RUN], "metadata": {"entry_id": "x"}, "workflow": {"final": "#/run/0/calculation/0"}}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a", [1, 2, 3]),
        (" a ", [1, 2, 3]),
        ("a[0]", [1]),
        ("a[-1]", [3]),
        ("a[-9]", [1]),
        ("a[1:]", [2, 3]),
        ("a[:-1]", [1, 2]),
        ("a[:]", [1, 2, 3]),
        ("a[]", [1, 2, 3]),
        ("a[1:1]", [2]),
        ("a[0:9]", [1, 2, 3]),
        ("a[2:1]", []),
    ],
)
def test_a_key_takes_items_of_a_list_as_a_list(key: str, expected: list[int]) -> None:
    assert v0.cut({"a": [1, 2, 3]}, {key: "*"}) == {"a": expected}


@pytest.mark.parametrize("key", ["a[3]", "a[7:9]", "b", "b[0]"])
def test_what_is_not_there_is_left_out(key: str) -> None:
    assert v0.cut({"a": [1, 2, 3]}, {key: "*"}) == {}
    assert v1.cut({"a": [1, 2, 3]}, {key: "*"}) == {"m_ref_archives": {}}


def test_an_item_of_an_empty_list_is_not_there() -> None:
    assert v0.cut({"a": []}, {"a[-1]": "*"}) == {}


@pytest.mark.parametrize(
    ("required", "error"),
    [
        ({"a[": "*"}, v0.BadKey),
        ({"a.b": "*"}, v0.BadKey),
        ({"*": "*"}, v0.BadKey),
        ({"a[?]": "*"}, v0.BadNumber),
        ({"b[0]": "*"}, v0.NoList),
        ({"c": {"x": "*"}}, v0.Unforeseen),
    ],
)
def test_what_is_not_understood_is_an_error(required: Any, error: type[Exception]) -> None:
    archive = {"a": [{}], "b": {}, "c": 1.0}
    for cut in (v0.cut, v1.cut):
        with pytest.raises(error):
            cut(archive, required)


def test_v1_knows_directives_and_no_other_words() -> None:
    for word in ("*", "include"):
        assert v1.cut(ARCHIVE, word) == {**ARCHIVE, "m_ref_archives": {}}
    for word in ("exclude", "all"):
        with pytest.raises(v1.UnknownDirective, match=f"unknown directive {word}"):
            v1.cut(ARCHIVE, {"metadata": word})


def test_a_section_that_is_referred_to_comes_at_its_own_place() -> None:
    part = v1.cut(ARCHIVE, {"workflow": {"final": {"energy": "*"}}})
    assert part == {
        "workflow": {"final": "/run/0/calculation/0"},
        "run": [{"calculation": [{"energy": 2.0}]}],
        "m_ref_archives": {},
    }


def test_resolving_goes_on_in_what_is_referred_to() -> None:
    part = v1.cut(ARCHIVE, {"workflow": {"final": "include-resolved"}})
    (run,) = part["run"]
    assert run["calculation"] == [{"system_ref": "/run/0/system/1", "energy": 2.0}]
    assert run["system"] == [None, {"atoms": {"labels": ["O"]}}]


def test_a_required_section_takes_the_place_of_what_its_references_brought() -> None:
    part = v1.cut(ARCHIVE, {"run": {"calculation[-1]": {"system_ref": "include-resolved"}}})
    assert part["run"] == [{"calculation": [{"system_ref": "/run/0/system/1"}]}]


def test_a_reference_can_be_replaced_by_its_target() -> None:
    required = {"resolve-inplace": True, "run": {"calculation": "include-resolved"}}
    part = v1.cut(ARCHIVE, required)
    assert part["run"] == [{"calculation": [{"system_ref": {"atoms": {"labels": ["O"]}}, "energy": 2.0}]}]
    deeper = {"resolve-inplace": True, "workflow": {"final": {"system_ref": {"atoms": "*"}}}}
    assert v1.cut(ARCHIVE, deeper)["workflow"] == {"final": {"system_ref": {"atoms": {"labels": ["O"]}}}}


def test_names_below_a_text_that_is_no_reference_give_the_text() -> None:
    assert v1.cut(ARCHIVE, {"metadata": {"entry_id": {"x": "*"}}})["metadata"] == {"entry_id": "x"}
