"""Schemas and how they nest: null, unions, compositions, objects, lists."""

from __future__ import annotations

import jsonschema
import pytest

from nomad_swagger.apispec.openapi3 import convert
from nomad_swagger.errors import SpecNotConvertible

REF = {"$ref": "#/components/schemas/Other"}


def test_anyof_with_null_becomes_nullable(bench):
    schema, made = bench.schema({"anyOf": [{"type": "string", "minLength": 2}, {"type": "null"}], "title": "It"})
    assert schema == {"type": "string", "minLength": 2, "x-title": "It", "x-nullable": True}
    assert made.losses == ()


def test_nullable_of_openapi_3_0_becomes_nullable(bench):
    assert bench.schema({"type": "integer", "nullable": True})[0] == {"type": "integer", "x-nullable": True}


def test_a_nullable_reference_points_to_a_twin_and_leaves_its_target_strict(bench):
    schema, made = bench.schema({"anyOf": [REF, {"type": "null"}], "description": "Maybe."})
    assert schema == {"$ref": "#/definitions/Other-or-null", "description": "Maybe."}
    bench.check(made, "Other-or-null", None)
    bench.check(made, "It", {"it": None})
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "Other", None)
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "Other-or-null", {})
    assert made.losses == ()


def test_a_nullable_reference_to_something_nullable_needs_no_twin(bench):
    definitions, _ = bench.schemas(
        {
            "A": {"type": ["string", "null"]},
            "B": {
                "type": "object",
                "properties": {"a": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}},
            },
        }
    )
    assert definitions["B"]["properties"]["a"] == {"$ref": "#/definitions/A"}
    assert "A-or-null" not in definitions


def test_a_nullable_composition_lets_null_through_every_branch(bench):
    schema, made = bench.schema({"nullable": True, "allOf": [REF, {"type": "object", "required": ["b"]}]})
    bench.check(made, "It", {"it": None})
    bench.check(made, "It", {"it": {"a": 1, "b": 2}})
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "It", {"it": {"a": 1}})
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "Other", None)
    assert schema["type"] == "object"


def test_a_type_list_with_null_becomes_nullable_and_one_with_two_types_is_a_loss(bench, whys):
    assert bench.schema({"type": ["string", "null"]})[0] == {"type": "string", "x-nullable": True}
    schema, made = bench.schema({"type": ["string", "integer"], "minLength": 3})
    assert schema == {"minLength": 3, "x-type": ["string", "integer"]}
    assert "one type per schema" in whys(made)


def test_integer_or_number_is_number(bench):
    assert bench.schema({"anyOf": [{"type": "integer"}, {"type": "number"}]})[0]["type"] == "number"


def test_a_union_stays_readable_and_passes_anything(bench, whys):
    schema, made = bench.schema({"anyOf": [REF, {"type": "string"}, {"type": "null"}]})
    assert schema == {
        "x-anyOf": [{"x-ref": "#/definitions/Other"}, {"type": "string"}, {"type": "null"}],
        "x-nullable": True,
    }
    assert "/components/schemas/It/properties/it/anyOf []" in whys(made)


def test_a_union_of_objects_is_still_checked_to_be_an_object(bench):
    schema, made = bench.schema({"oneOf": [REF, {"type": "object"}], "discriminator": {"propertyName": "a"}})
    assert schema["type"] == "object"
    assert schema["x-discriminator"] == {"propertyName": "a"}
    assert {loss.what for loss in made.losses} == {"oneOf of 2 schemas", "discriminator"}


def test_a_description_beside_a_reference_stays_and_a_default_for_a_scalar_too(bench, whys):
    schemas = {"Owner": {"enum": ["public", "all"]}, "Other": {"type": "object"}}
    it = {"$ref": "#/components/schemas/Owner", "default": "public", "description": "Whose."}
    that = {"$ref": "#/components/schemas/Other", "default": {}, "description": "What."}
    definitions, made = bench.schemas({**schemas, "It": {"type": "object", "properties": {"it": it, "that": that}}})
    properties = definitions["It"]["properties"]
    assert properties["it"] == {
        "type": "string",
        "enum": ["public", "all"],
        "default": "public",
        "description": "Whose.",
    }
    assert properties["that"] == {"$ref": "#/definitions/Other", "description": "What."}
    assert "default beside $ref" in whys(made)


def test_a_constraint_beside_a_reference_becomes_a_composition(bench):
    schema, made = bench.schema({**REF, "required": ["b"]})
    assert schema == {"type": "object", "allOf": [{"$ref": "#/definitions/Other"}, {}], "required": ["b"]}
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "It", {"it": {"a": 1}})


def test_a_composition_is_kept_and_typed_so_that_bravado_validates_it(bench):
    schema, made = bench.schema({"allOf": [REF, {"type": "object", "properties": {"b": {"type": "string"}}}]})
    assert schema["type"] == "object"
    assert len(schema["allOf"]) == 2
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "It", {"it": {"a": 1, "b": 2}})
    assert made.losses == ()


def test_a_composition_of_scalars_gets_their_type(bench):
    schema, made = bench.schema({"allOf": [{"type": "string"}, {"minLength": 3}]})
    assert schema == {"type": "string", "allOf": [{"type": "string"}, {"minLength": 3, "x-nullable": True}]}
    with pytest.raises(jsonschema.ValidationError):
        bench.check(made, "It", {"it": "ab"})


def test_a_composition_of_one_is_that_one(bench):
    assert bench.schema({"allOf": [REF], "title": "T"})[0] == {"$ref": "#/definitions/Other"}


def test_a_composition_without_any_type_is_read_as_an_object_where_it_names_properties(bench, whys):
    schema, made = bench.schema({"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]})
    assert schema["type"] == "object"
    assert "read as an object" in whys(made)
    schema, made = bench.schema({"allOf": [{"minLength": 1}, {"minimum": 3}]})
    assert schema == {"x-allOf": [{"minLength": 1}, {"minimum": 3}], "x-nullable": True}
    assert "any value passes" in whys(made)


def test_pattern_properties_open_the_object(bench, whys):
    schema, made = bench.schema(
        {"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False}
    )
    assert schema == {
        "type": "object",
        "x-patternProperties": {"^x": {"type": "integer"}},
        "x-additionalProperties": False,
    }
    assert "patternProperties" in whys(made)


def test_boolean_schemas(bench, whys):
    assert bench.schema(True)[0] == {"x-nullable": True}
    assert bench.schema({"type": "array", "items": False})[0] == {"type": "array", "items": {}, "maxItems": 0}
    assert bench.schema({"type": "array", "items": True})[0] == {"type": "array", "items": {}}
    _, made = bench.schema(False)
    assert "refuses every value" in whys(made)


def test_tuples_keep_their_length(bench, whys):
    heads = [{"type": "integer"}, {"type": "string"}]
    schema, made = bench.schema({"type": "array", "prefixItems": heads, "items": False})
    assert schema == {"type": "array", "items": {}, "maxItems": 2, "x-prefixItems": heads}
    assert "items by position" in whys(made)
    assert bench.schema({"type": "array", "items": heads})[0]["x-prefixItems"] == heads


def test_a_list_without_items_gets_some(bench):
    assert bench.schema({"type": "array"})[0] == {"type": "array", "items": {}}


def test_a_required_property_that_is_not_listed_gets_listed(bench):
    schema, _ = bench.schema({"type": "object", "required": ["a", "a"], "additionalProperties": {"type": "integer"}})
    assert schema["properties"] == {"a": {"type": "integer"}}
    assert schema["required"] == ["a"]


def test_what_only_one_side_sends_is_not_required_of_the_other(bench, whys):
    properties = {"id": {"type": "string", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}}
    schema, made = bench.schema({"type": "object", "properties": properties, "required": ["id", "secret"]})
    assert "required" not in schema
    assert schema["properties"]["id"] == {"type": "string", "readOnly": True}
    assert schema["properties"]["secret"] == {"type": "string", "x-writeOnly": True}
    assert whys(made).count("required one way") == 2


def test_what_is_no_schema_at_all_is_said_with_its_place():
    document = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": {"properties": {"b": "string"}}}}}
    with pytest.raises(SpecNotConvertible, match="/components/schemas/A/properties/b"):
        convert(document)
