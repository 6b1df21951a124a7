from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.errors import UsageError
from nomad_swagger.science.required import check_required, project, required_for
from nomad_swagger.science.values import value

SYSTEMS = [{"labels": [str(number)], "atoms": {"n": number}} for number in range(3)]
ARCHIVE = {"run": [{"system": SYSTEMS, "program": {"name": "VASP"}, "empty": []}], "metadata": {"id": "x"}}


def systems(key: str) -> Any:
    """Give the numbers of the systems that a key takes; None where there is no list."""
    taken = project(ARCHIVE, {"run": {f"system{key}": {"atoms": "*"}}})["run"][0].get("system")
    return None if taken is None else [item["atoms"]["n"] for item in taken]


# As nomad/archive.py of 0.8.6 and nomad/archive/query.py of 1.4.3 count, oddities included.
@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        ("", [0, 1, 2]),
        ("[]", [0, 1, 2]),
        ("[0]", [0]),
        ("[-1]", [2]),
        ("[-2]", [1]),
        ("[-9]", [0]),
        ("[3]", None),
        ("[0:2]", [0, 1]),
        ("[1:]", [1, 2]),
        ("[:2]", [0, 1]),
        ("[:]", [0, 1, 2]),
        ("[-2:]", [1, 2]),
        ("[0:-1]", [0, 1]),
        ("[0:99]", [0, 1, 2]),
        ("[1:1]", [1]),
        ("[5:9]", None),
        ("[2:1]", []),
    ],
)
def test_an_index_takes_what_nomad_takes(key: str, numbers: list[int] | None) -> None:
    assert systems(key) == numbers


@pytest.mark.parametrize(
    ("required", "part"),
    [
        ("*", ARCHIVE),
        ("include", ARCHIVE),
        ({"metadata": "*"}, {"metadata": {"id": "x"}}),
        ({"metadata": {"id": "include"}}, {"metadata": {"id": "x"}}),
        ({"nowhere": {"to": "*"}, "run": {"nothing": "*"}}, {"run": [{}]}),
        ({"run": {"empty": "*"}}, {"run": [{"empty": []}]}),
        ({"run": {"empty[0]": "*"}}, {"run": [{}]}),
        ({"run": {"empty[0:2]": "*"}}, {"run": [{}]}),
        ({"run[-1]": {"system[-1]": {"labels[0]": "*"}}}, {"run": [{"system": [{"labels": ["2"]}]}]}),
        ({"metadata": "*", "resolve-inplace": False}, {"metadata": {"id": "x"}}),
    ],
)
def test_an_archive_is_cut_down_to_what_is_required(required: Any, part: dict[str, Any]) -> None:
    before = json.dumps(ARCHIVE)
    assert project(ARCHIVE, required) == part
    assert json.dumps(ARCHIVE) == before


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ({"metadata[0]": "*"}, r"'metadata\[0\]', but 'metadata' is no list"),
        ({"metadata": {"id": {"x": "*"}}}, "'metadata/id' is 'x', and there is nothing below"),
        ({"run": {"system": {"labels": {"x": "*"}}}}, "'run/system/labels' is '0'"),
        ({"run": {"system": "include-resolved"}}, "needs a server that resolves references"),
        ({"metadata": "*", "resolve-inplace": True}, "needs a server that resolves references"),
    ],
)
def test_what_cannot_be_cut_is_refused(required: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        project(ARCHIVE, required)


@pytest.mark.parametrize(
    "required",
    [
        "*",
        "include",
        "include-resolved",
        {"run": "*"},
        {"section_run[-1]": {"section_system[0:3]": {"atom_labels": "include"}}},
        {"x_vasp-parameter": "*", "a[:]": "*", "b[-3:-1]": "*", "with space": "*", "ünder": "*"},
        {"resolve-inplace": True, "run": {}},
    ],
)
def test_what_nomad_understands_is_let_through(required: Any) -> None:
    check_required(required)


@pytest.mark.parametrize(
    ("required", "message"),
    [
        ({}, "asks for nothing"),
        ({"resolve-inplace": True}, "asks for nothing"),
        ({"resolve-inplace": "yes", "run": "*"}, "'resolve-inplace' is True or False, not 'yes'"),
        ({"run": {"resolve-inplace": True}}, "True at 'run/resolve-inplace'"),
        (None, "required: None; say"),
        (["run"], r"required: \['run'\]; say"),
        ("run", "required: 'run'; say"),
        ({"run": ["system"]}, r"\['system'\] at 'run'; say '\*', 'include'"),
        ({"run": {"system": "exclude"}}, "'exclude' at 'run/system'"),
        ({"run": {"system": True}}, "True at 'run/system'"),
        ({"run": {"*": "*"}}, r"'\*' at 'run' is no name"),
        ({"run/system": "*"}, "'run/system' is no name"),
        ({"run.system": "*"}, "'run.system' is no name"),
        ({"run[last]": "*"}, r"'run\[last\]' is no name"),
        ({"run[--1]": "*"}, r"'run\[--1\]' is no name"),
        ({"run[0][0]": "*"}, "is no name"),
        ({0: "*"}, "0 is no name"),
        ({"": "*"}, "'' is no name"),
    ],
)
def test_what_nomad_does_not_understand_is_refused_with_its_place(required: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_required(required)


@pytest.mark.parametrize(
    ("paths", "required"),
    [
        (["metadata"], {"metadata": "*"}),
        (["run/-1/system/0/atoms"], {"run[-1]": {"system[0]": {"atoms": "*"}}}),
        (["#/run/0/system"], {"run[0]": {"system": "*"}}),
        (["run/-1"], {"run[-1]": "*"}),
        (["run/*/program/name"], {"run": {"program": {"name": "*"}}}),
        (["run/2/program"], {"run[0:3]": {"program": "*"}}),
        (["run/-2/program"], {"run[-2:]": {"program": "*"}}),
        (["a/0/1/2/b"], {"a[0]": "*"}),
        (["a/*/1"], {"a": "*"}),
        (["run/0/a", "run/0/b/0"], {"run[0]": {"a": "*", "b[0]": "*"}}),
        (["run/0/a", "run/-1/a"], {"run": {"a": "*"}}),
        (["run/0/a", "run/3/b"], {"run[0:4]": {"a": "*", "b": "*"}}),
        (["run/-3/a", "run/-1/b"], {"run[-3:]": {"a": "*", "b": "*"}}),
        (["run/0/a", "run/*/b"], {"run": {"a": "*", "b": "*"}}),
        (["run/0", "run/0/a"], {"run[0]": "*"}),
        (["a", ""], "*"),
    ],
)
def test_paths_become_the_least_that_has_them_all(paths: list[str], required: Any) -> None:
    assert required_for(*paths) == required
    check_required(required)


@pytest.mark.parametrize("path", ["0/run", "-1", "*/run", "run/0/a.b", "run[0]/a", "a//b"])
def test_a_path_that_required_has_no_words_for_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be fetched by itself"):
        required_for(path)


NAMES = st.sampled_from(["a", "b"])
SECTIONS: Any = st.deferred(lambda: st.dictionaries(NAMES, st.lists(SECTIONS, max_size=4) | st.integers(), max_size=2))
STEPS = st.tuples(NAMES, st.sampled_from(["0", "-1", "1", "2", "-2", "-5", "*"]))
PATHS = st.lists(STEPS, min_size=1, max_size=3).map(lambda steps: "/".join("/".join(step) for step in steps))


@given(SECTIONS, st.lists(PATHS, min_size=1, max_size=3))
def test_a_path_finds_in_the_part_what_it_finds_in_the_whole(archive: dict[str, Any], paths: list[str]) -> None:
    try:
        part = project(archive, required_for(*paths))
    except UsageError:  # an index for a number, or names below one: a server refuses these, too
        return
    for path in paths:
        assert value(part, path, default="nothing") == value(archive, path, default="nothing")
