"""Parameters: places, styles, merging, and what Swagger 2.0 cannot say."""

from __future__ import annotations

import pytest


def query(name="q", **words):
    return {"name": name, "in": "query", **words}


LIST = {"type": "array", "items": {"type": "integer"}}
COLOR = {"type": "object", "properties": {"red": {"type": "integer"}, "tags": LIST}, "required": ["red"]}


@pytest.fixture
def one(bench):
    def convert(parameter, **parts):
        operation, made = bench.operation({"parameters": [parameter]}, **parts)
        return operation["parameters"], made

    return convert


def test_a_plain_parameter_keeps_what_swagger_knows(one):
    schema = {"type": "integer", "minimum": 1, "exclusiveMaximum": 9, "default": 3, "title": "Q", "format": "int32"}
    parameters, made = one(query(schema=schema, required=False, description="D", deprecated=True, example=4))
    assert parameters == [
        {
            "name": "q",
            "in": "query",
            "description": "D",
            "x-deprecated": True,
            "x-example": 4,
            "type": "integer",
            "minimum": 1,
            "maximum": 9,
            "exclusiveMaximum": True,
            "default": 3,
            "x-title": "Q",
            "format": "int32",
        }
    ]
    assert made.losses == ()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, "multi"),
        ({"explode": False}, "csv"),
        ({"style": "form", "explode": True}, "multi"),
        ({"style": "spaceDelimited"}, "ssv"),
        ({"style": "pipeDelimited", "explode": False}, "pipes"),
        ({"style": "pipeDelimited", "explode": True}, "multi"),
    ],
)
def test_lists_in_a_query_keep_their_style(one, words, expected):
    parameters, made = one(query(schema=LIST, **words))
    assert parameters[0]["collectionFormat"] == expected
    assert made.losses == ()


def test_lists_in_paths_and_headers_are_separated_by_commas(bench):
    parameters = [
        {"name": "ids", "in": "path", "required": True, "schema": LIST},
        {"name": "X-Ids", "in": "header", "schema": LIST},
    ]
    operation, made = bench.operation({"parameters": parameters}, path="/a/{ids}")
    assert [row["collectionFormat"] for row in operation["parameters"]] == ["csv", "csv"]
    request = bench.request(made, "a", "post_a_ids", ids=[1, 2], X_Ids=[3, 4])
    assert request["url"].endswith("/a/1,2")
    assert request["headers"]["X-Ids"] == "3,4"


@pytest.mark.parametrize("style", ["label", "matrix"])
def test_label_and_matrix_styles_are_given_as_they_stand_in_the_url(bench, whys, style):
    parameter = {"name": "id", "in": "path", "required": True, "style": style, "schema": LIST}
    operation, made = bench.operation({"parameters": [parameter]}, path="/a/{id}")
    assert operation["parameters"] == [{"name": "id", "in": "path", "required": True, "type": "string"}]
    assert f"style {style}" in whys(made)


def test_a_deep_object_becomes_one_parameter_per_member(bench, one):
    parameters, made = one(query("color", style="deepObject", explode=True, required=True, schema=COLOR))
    assert [(row["name"], row["type"], row.get("required")) for row in parameters] == [
        ("color[red]", "integer", True),
        ("color[tags]", "array", None),
    ]
    request = bench.request(made, "things", "post_things", color_red=1, color_tags=[2, 3])
    assert request["params"] == {"color[red]": "1", "color[tags]": [2, 3]}
    assert made.losses == ()


def test_an_exploded_object_becomes_its_members(one, whys):
    parameters, made = one(query("color", schema={**COLOR, "additionalProperties": True}))
    assert [row["name"] for row in parameters] == ["red", "tags"]
    assert "only the named ones" in whys(made)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": ["integer", "boolean"]},
        {"$ref": "other.yaml#/X"},
        True,
    ],
)
def test_what_has_no_single_type_is_given_as_text_and_noted(one, schema):
    parameters, made = one(query(schema=schema))
    assert parameters[0]["type"] == "string"
    assert made.losses


def test_a_reference_to_an_enum_is_written_out(one):
    components = {"schemas": {"Owner": {"enum": ["a", "b"], "title": "Owner"}}}
    schema = {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}], "default": "a"}
    parameters, made = one(query(schema=schema), components=components)
    assert parameters == [
        {
            "name": "q",
            "in": "query",
            "type": "string",
            "enum": ["a", "b"],
            "default": "a",
            "x-title": "Owner",
            "x-nullable": True,
        }
    ]
    assert made.losses == ()


def test_a_composition_of_scalars_is_one_scalar(one):
    parameters, _ = one(query(schema={"allOf": [{"type": "string", "minLength": 1}, {"maxLength": 3}]}))
    assert {"type": "string", "minLength": 1, "maxLength": 3}.items() <= parameters[0].items()


def test_one_value_or_a_list_is_a_list(one, whys):
    parameters, made = one(query(schema={"anyOf": [{"type": "integer"}, LIST, {"type": "null"}]}))
    assert parameters[0]["type"] == "array"
    assert parameters[0]["collectionFormat"] == "multi"
    assert "list of one" in whys(made)


def test_lists_of_objects_and_of_lists_are_lists_of_text(one):
    for items in ({"type": "object"}, LIST):
        parameters, made = one(query(schema={"type": "array", "items": items}))
        assert parameters[0]["items"]["type"] == "string"
        assert made.losses


def test_a_parameter_that_holds_json_is_given_as_text(one, whys):
    parameters, made = one(query(content={"application/json": {"schema": {"type": "object"}}}))
    assert parameters[0]["type"] == "string"
    assert "give it as text in that format" in whys(made)


def test_cookies_become_one_header(bench, whys):
    cookies = [{"name": name, "in": "cookie", "required": name == "a", "schema": {"type": "string"}} for name in "ab"]
    operation, made = bench.operation({"parameters": cookies})
    (header,) = operation["parameters"]
    assert (header["name"], header["in"], header["required"]) == ("Cookie", "header", True)
    assert header["x-cookies"] == ["a", "b"]
    assert "cookie a" in whys(made)


def test_parameters_of_the_path_hold_for_its_operations_and_theirs_win(bench):
    shared = [query("a", schema={"type": "string"}), query("b", schema={"type": "string"})]
    own = [query("b", schema={"type": "integer"})]
    paths = {"/x": {"parameters": shared, "get": {"parameters": own, "responses": {"200": {"description": ""}}}}}
    made = bench.convert(bench.document(paths=paths))
    types = {row["name"]: row["type"] for row in made.document["paths"]["/x"]["get"]["parameters"]}
    assert types == {"a": "string", "b": "integer"}
    assert "parameters" not in made.document["paths"]["/x"]


def test_component_parameters_are_written_out(one):
    components = {"parameters": {"Page": query("page", schema={"type": "integer"})}}
    parameters, made = one({"$ref": "#/components/parameters/Page"}, components=components)
    assert parameters == [{"name": "page", "in": "query", "type": "integer"}]
    assert "parameters" not in made.document


def test_path_parameters_are_those_of_the_template(bench, whys):
    odd = {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}}
    operation, made = bench.operation({"parameters": [odd]}, path="/a/{id}")
    assert operation["parameters"] == [{"name": "id", "in": "path", "required": True, "type": "string"}]
    assert "path parameter other" in whys(made)
    assert "path parameter id" in whys(made)


def test_two_parameters_of_one_python_name_are_one_and_the_needed_one_stays(bench, whys):
    parameters = [
        query("a_id", schema={"type": "string"}),
        {"name": "a-id", "in": "path", "schema": {"type": "string"}},
    ]
    operation, made = bench.operation({"parameters": parameters}, path="/a/{a-id}")
    assert [row["in"] for row in operation["parameters"]] == ["path"]
    assert "same name" in whys(made)


def test_a_parameter_called_body_leaves_the_body_another_name(bench):
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    operation, made = bench.operation({"parameters": [query("body", schema={"type": "string"})], "requestBody": body})
    assert [row["name"] for row in operation["parameters"]] == ["body", "request_body"]
    assert bench.request(made, "things", "post_things", body="q", request_body={"a": 1})["data"] == '{"a": 1}'
    assert made.losses == ()


def test_a_parameter_without_a_place_is_noted(bench, whys):
    operation, made = bench.operation({"parameters": [{"name": "x", "in": "moon"}]})
    assert "parameters" not in operation
    assert "nowhere" in whys(made)


def test_a_default_that_does_not_fit_a_parameter_is_set_aside(one, whys):
    parameters, made = one(query(schema={"type": "integer", "default": "x"}))
    assert parameters[0]["x-default"] == "x"
    assert [loss.operation for loss in made.losses] == ["POST /things"]
