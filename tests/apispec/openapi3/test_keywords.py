"""Keywords one by one: values, bounds, formats, defaults, and words of strangers."""

from __future__ import annotations

import pytest

REF = {"$ref": "#/components/schemas/Other"}


def test_a_union_of_constants_is_an_enum_and_no_loss(bench):
    schema, made = bench.schema({"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}, {"enum": ["b", "c"]}]})
    assert schema == {"type": "string", "enum": ["a", "b", "c"]}
    assert made.losses == ()


def test_const_becomes_an_enum_with_its_type(bench):
    assert bench.schema({"const": "v2"})[0] == {"type": "string", "enum": ["v2"]}
    assert bench.schema({"const": 5})[0] == {"type": "integer", "enum": [5]}


def test_null_alone_stays_null_alone(bench):
    for schema in ({"type": "null"}, {"const": None}, {"enum": [None]}):
        assert bench.schema(schema)[0] == {"enum": [None], "x-nullable": True}


def test_an_enum_loses_its_duplicates_and_its_null_becomes_nullable(bench):
    schema, _ = bench.schema({"enum": ["linear", "log", "log", None]})
    assert schema == {"type": "string", "enum": ["linear", "log"], "x-nullable": True}


def test_an_enum_knows_one_from_true_and_one_from_one_point_zero(bench):
    assert bench.schema({"enum": [1, True, 1.0, "1"]})[0]["enum"] == [1, True, "1"]


def test_an_enum_of_lists_is_not_checked_since_bravado_checks_it_item_by_item(bench, whys):
    schema, made = bench.schema({"type": "array", "items": {}, "enum": [[1], [2]]})
    assert schema == {"type": "array", "items": {}, "x-enum": [[1], [2]]}
    assert "they are not checked" in whys(made)


def test_a_value_that_looks_like_a_model_is_not_changed_in_an_enum(bench):
    value = {"type": False, "title": "a"}
    schema, made = bench.schema({"const": value})
    assert schema == {"type": "object", "enum": [value]}
    assert made.losses == ()
    schema, made = bench.schema({"const": {"type": "object", "title": "a"}, "default": {"$ref": "#/x"}})
    assert schema["x-const"] == [{"type": "object", "x-title": "a"}]
    assert schema["x-default"] == {"x-ref": "#/x"}
    assert len(made.losses) == 2


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ({"exclusiveMinimum": 3}, {"minimum": 3, "exclusiveMinimum": True}),
        ({"minimum": 3, "exclusiveMinimum": 3}, {"minimum": 3, "exclusiveMinimum": True}),
        ({"minimum": 5, "exclusiveMinimum": 3}, {"minimum": 5}),
        ({"maximum": 5, "exclusiveMaximum": 3}, {"maximum": 3, "exclusiveMaximum": True}),
        ({"minimum": 3, "exclusiveMinimum": True}, {"minimum": 3, "exclusiveMinimum": True}),
        ({"exclusiveMinimum": True}, {}),
    ],
)
def test_exclusive_bounds_of_either_format_become_those_of_swagger(bench, original, expected):
    assert bench.schema({"type": "integer", **original})[0] == {"type": "integer", **expected}


def test_a_title_is_kept_where_bravado_does_not_take_it_for_a_model_name(bench):
    twins = {"title": "And", "type": "object"}
    definitions, made = bench.schemas({"And-Input": twins, "And-Output": {**twins, "minProperties": 1}})
    assert definitions["And-Input"] == {"x-title": "And", "type": "object"}
    bench.client(made, use_models=True, validate_swagger_spec=True)


def test_a_property_called_title_or_type_is_still_a_property(bench):
    properties = {"title": {"type": "string"}, "type": {"type": "string"}, "in": {"type": "string"}}
    assert bench.schema({"type": "object", "properties": properties})[0]["properties"] == properties


def test_examples_become_one_example_and_all_of_them(bench):
    schema, made = bench.schema({"type": "string", "examples": ["a", "b"]})
    assert schema == {"type": "string", "example": "a", "x-examples": ["a", "b"]}
    assert made.losses == ()


def test_a_reference_inside_an_example_is_not_followed(bench):
    schema, _ = bench.schema({"type": "object", "example": {"$ref": "#/nowhere", "x-model": "A", "n": 1}})
    assert schema["example"] == {"x-ref": "#/nowhere", "x-original-x-model": "A", "n": 1}


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"type": "integer"}},
        {"if": {"minLength": 1}},
        {"then": {"minLength": 1}},
        {"else": {"minLength": 1}},
        {"contains": {"type": "integer"}},
        {"propertyNames": {"pattern": "^a"}},
        {"dependentRequired": {"a": ["b"]}},
        {"dependentSchemas": {"a": REF}},
        {"unevaluatedProperties": False},
        {"unevaluatedItems": False},
        {"$dynamicRef": "#node"},
    ],
)
def test_a_constraint_that_swagger_lacks_is_kept_to_read_and_noted(bench, whys, schema):
    key = next(iter(schema))
    converted, made = bench.schema(schema)
    assert f"x-{key.lstrip('$')}" in converted
    assert f"/components/schemas/It/properties/it/{key} [] {key}: " in whys(made)


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "integer"}, "five"),
        ({"type": "string"}, None),
        ({"enum": ["a"]}, "b"),
        ({"type": "integer", "minimum": 1}, 0),
        ({"type": "integer", "exclusiveMaximum": 3}, 3),
        ({"type": "string", "pattern": "^a"}, "b"),
        ({"type": "string", "maxLength": 1}, "ab"),
        ({"type": "string", "format": "date-time"}, "now"),
        ({"type": "array", "items": {"type": "integer"}}, ["a"]),
        ({"type": "array", "items": REF}, [{}]),
        ({"type": "object", "required": ["a"]}, {}),
        ({"type": "object", "additionalProperties": False}, {"a": 1}),
        ({"type": "integer"}, True),
    ],
)
def test_a_default_that_breaks_its_own_schema_is_set_aside(bench, whys, schema, default):
    converted, made = bench.schema({**schema, "default": default})
    assert "default" not in converted
    assert converted["x-default"] == default
    assert "no value of its own schema" in whys(made)


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "integer"}, 5),
        ({"type": "number"}, 5),
        ({"type": "array", "items": REF}, [{"a": 1}]),
        ({"type": "array", "items": {"enum": ["a"]}}, []),
        ({"type": "object"}, {"a": {"b": None}}),
        ({"type": "string", "format": "date-time"}, "2020-01-01T00:00:00Z"),
        ({"type": "string", "nullable": True}, None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, 5),
    ],
)
def test_a_default_that_fits_stays(bench, schema, default):
    assert bench.schema({**schema, "default": default})[0]["default"] == default


def test_a_default_of_something_nullable_does_not_replace_an_explicit_null(bench):
    schema, made = bench.schema({"type": "integer", "nullable": True, "default": 5})
    assert schema == {"type": "integer", "x-nullable": True, "x-default": 5}
    paths = {
        "/it": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"it": {"type": "integer", "nullable": True, "default": 5}},
                            }
                        }
                    }
                },
                "responses": {"200": {"description": ""}},
            }
        }
    }
    made = bench.convert(bench.document(paths=paths))
    assert bench.request(made, "it", "post_it", body={"it": None})["data"] == '{"it": null}'


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "x-format": "uuid"}),
        ({"type": "string", "format": "int64"}, {"type": "string", "x-format": "int64"}),
        ({"type": "number", "format": "int64"}, {"type": "number", "x-format": "int64"}),
        (
            {"type": "string", "contentEncoding": "base64"},
            {"type": "string", "format": "byte", "x-contentEncoding": "base64"},
        ),
        (
            {"type": "string", "contentMediaType": "application/octet-stream"},
            {"type": "string", "x-format": "binary", "x-contentMediaType": "application/octet-stream"},
        ),
    ],
)
def test_only_formats_that_bravado_translates_for_that_type_are_left_to_it(bench, schema, expected):
    assert bench.schema(schema)[0] == expected


def test_a_pattern_that_python_cannot_read_is_not_handed_to_it(bench, whys):
    schema, made = bench.schema({"type": "string", "pattern": r"^\p{L}+$"})
    assert schema == {"type": "string", "x-pattern": r"^\p{L}+$"}
    assert "not checked" in whys(made)


def test_nonsense_in_a_keyword_is_set_aside(bench):
    schema, made = bench.schema({"type": "string", "minLength": -1, "multipleOf": 0, "description": 5})
    assert schema == {"type": "string", "x-minLength": -1, "x-multipleOf": 0, "x-description": 5}
    assert {loss.what for loss in made.losses} == {"minLength", "multipleOf"}


def test_words_of_strangers_that_bravado_trusts_are_disarmed(bench):
    schema, made = bench.schema(
        {"type": "object", "x-model": "Other", "x-scope": ["file:///etc/passwd"], "x-mine": REF}
    )
    assert schema == {
        "type": "object",
        "x-original-x-model": "Other",
        "x-original-x-scope": ["file:///etc/passwd"],
        "x-mine": {"x-ref": "#/definitions/Other"},
    }
    bench.client(made, use_models=True)
