from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.explore.trees import flattened, grow

CYCLE: dict[str, Any] = {
    "definitions": {
        "Folder": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "description": "Its name."},
                "folders": {"type": "array", "items": {"$ref": "#/definitions/Folder"}},
            },
        }
    }
}


def test_a_cycle_ends_with_a_word() -> None:
    tree = grow(CYCLE, {"$ref": "#/definitions/Folder"}, depth=50)
    assert [(branch.name, branch.type, branch.required) for branch in tree.branches] == [
        ("name", "string", True),
        ("folders", "list of object", False),
    ]
    assert tree.branches[1].rest == "as above"


def test_what_lies_too_deep_is_cut_with_a_word() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(10):
        schema = {"type": "object", "properties": {"below": schema}}
    deepest = [branch for _, branch in grow({}, schema, depth=3).walk()][-1]
    assert deepest.rest == "more below"


def test_parts_laid_over_each_other_become_one_object() -> None:
    document = {"definitions": {"Base": {"properties": {"a": {"type": "integer"}}, "required": ["a"]}}}
    schema = {"allOf": [{"$ref": "#/definitions/Base"}, {"properties": {"b": {"type": "string"}}}]}
    tree = grow(document, schema)
    assert {branch.name: branch.required for branch in tree.branches} == {"a": True, "b": False}
    assert set(flattened(document, schema)["properties"]) == {"a", "b"}


def test_a_part_that_is_its_own_whole_does_not_loop() -> None:
    document = {"definitions": {"A": {"allOf": [{"$ref": "#/definitions/A"}, {"properties": {"x": {}}}]}}}
    assert [branch.name for branch in grow(document, {"$ref": "#/definitions/A"}, depth=3).branches] == ["x"]


def test_a_mapping_shows_what_its_values_are() -> None:
    tree = grow({}, {"type": "object", "additionalProperties": {"type": "integer"}})
    assert [(branch.name, branch.type) for branch in tree.branches] == [("<name>", "integer")]


names = st.sampled_from(["A", "B", "C"])
schemas = st.recursive(
    st.one_of(names.map(lambda name: {"$ref": f"#/definitions/{name}"}), st.just({"type": "string"}), st.just({})),
    lambda inner: st.one_of(
        st.dictionaries(names, inner, max_size=3).map(lambda found: {"type": "object", "properties": found}),
        inner.map(lambda item: {"type": "array", "items": item}),
        st.lists(inner, max_size=2).map(lambda parts: {"allOf": parts}),
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"A": schemas, "B": schemas, "C": schemas}))
def test_every_tree_is_finite_whatever_refers_to_what(definitions: dict[str, Any]) -> None:
    document = {"definitions": definitions}
    tree = grow(document, {"$ref": "#/definitions/A"}, depth=3)
    assert max(level for level, _ in tree.walk()) <= 3
