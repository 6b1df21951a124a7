"""Operations as plain records, named as bravado names them."""

from __future__ import annotations

import pytest
from bravado_core.spec import Spec as CoreSpec
from hypothesis import given
from hypothesis import strategies as st

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.operations import deref, operations_of, python_name, type_at
from nomad_swagger.apispec.snapshots import all_snapshots


@pytest.mark.parametrize("name", [snapshot.name for snapshot in all_snapshots()])
def test_names_and_parameters_of_every_snapshot_are_those_that_bravado_makes(name):
    spec = load_spec(name)
    core = CoreSpec.from_dict(spec.swagger, "", None, {"validate_swagger_spec": False})
    theirs = {
        f"{tag}.{name}": {parameter.name for parameter in operation.params.values()}
        for tag, resource in core.resources.items()
        for name, operation in resource.operations.items()
    }
    ours = {name: {p.name for p in operation.parameters} for name, operation in spec.operations.items()}
    assert set(ours) == set(theirs)
    # bravado counts a login in a header among the parameters
    assert {name: names for name, names in ours.items() if not names <= theirs[name]} == {}


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30))
def test_any_name_becomes_what_bravado_makes_of_it(name):
    from bravado_core.util import sanitize_name

    assert python_name(name) == sanitize_name(name)


def operation(**entry):
    document = {"paths": {"/things/{id}": {"get": {"responses": {}, **entry}}}}
    return operations_of(document)[0]


def test_an_operation_without_tag_or_id_is_named_by_its_path():
    found = operation()
    assert (found.tag, found.name) == ("things", "get_things_id")


def test_an_operation_of_two_tags_is_listed_for_each():
    document = {"paths": {"/x": {"get": {"tags": ["a", "b c"], "operationId": "do.it", "responses": {}}}}}
    assert [found.full_name for found in operations_of(document)] == ["a.do_it", "b_c.do_it"]


def test_parameters_of_the_path_are_inherited_and_overridden():
    document = {
        "parameters": {"page": {"name": "page", "in": "query", "type": "integer", "default": 1}},
        "paths": {
            "/x": {
                "parameters": [{"name": "id", "in": "query", "type": "string"}, {"$ref": "#/parameters/page"}],
                "get": {"parameters": [{"name": "id", "in": "query", "type": "integer"}], "responses": {}},
            }
        },
    }
    (found,) = operations_of(document)
    assert [(p.name, p.type, p.default) for p in found.parameters] == [("id", "integer", None), ("page", "integer", 1)]


@pytest.mark.parametrize(
    ("security", "needed"),
    [([{"Bearer": []}], True), ([], False), ([{"Bearer": []}, {}], False), (None, True)],
)
def test_a_login_is_needed_unless_the_operation_says_that_none_is(security, needed):
    entry = {"responses": {}} if security is None else {"responses": {}, "security": security}
    (found,) = operations_of({"security": [{"Bearer": []}], "paths": {"/x": {"get": entry}}})
    assert found.needs_login is needed


def test_a_ring_of_references_ends_and_a_dangling_one_is_an_error():
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}, "c~/d": {"x": 1}}
    assert "$ref" in deref(document, {"$ref": "#/a"})
    assert deref(document, {"$ref": "#/c~0~1d"}) == {"x": 1}
    with pytest.raises(KeyError):
        deref(document, {"$ref": "#/nowhere"})


@pytest.mark.parametrize(
    ("spec", "target", "kind"),
    [
        ("nomad-0.7.9", "payload/query/calc_id", "string"),
        ("nomad-0.8.6", "payload/query/calc_id", "array"),
        ("nomad-0.8.6", "payload/verify", "boolean"),
        ("nomad-0.8.6", "payload/query/nonsense", ""),
        ("nomad-0.8.6", "nonsense/query", ""),
    ],
)
def test_the_type_of_a_field_of_a_body_is_found_behind_references_and_parts(spec: str, target: str, kind: str) -> None:
    assert type_at(load_spec(spec), "repo.edit_repo", target) == kind
