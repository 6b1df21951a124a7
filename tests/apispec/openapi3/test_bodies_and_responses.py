"""Request bodies and responses: media types, forms, files, status codes, headers."""

from __future__ import annotations

import pytest


def body(**content):
    return {"requestBody": {"required": True, "content": {key: {"schema": value} for key, value in content.items()}}}


def content(*names, schema=None):
    return {name: {"schema": schema} if schema is not None else {} for name in names}


OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}}
BINARY = {"type": "string", "format": "binary"}


def answers(**by_status):
    return {"responses": {status: {"description": "d", "content": c} for status, c in by_status.items()}}


def test_a_json_body(bench):
    operation, made = bench.operation(body(**{"application/json": OBJECT}))
    assert operation["parameters"] == [{"name": "body", "in": "body", "required": True, "schema": OBJECT}]
    assert operation["consumes"] == ["application/json"]
    assert made.losses == ()


def test_of_several_media_types_json_is_taken_and_the_rest_noted(bench, whys):
    operation, made = bench.operation(body(**{"application/xml": OBJECT, "application/json; charset=utf-8": OBJECT}))
    assert operation["consumes"] == ["application/json"]
    assert operation["x-consumes"] == ["application/xml", "application/json; charset=utf-8"]
    assert "also application/xml" in whys(made)


@pytest.mark.parametrize("media", ["*/*", "application/*"])
def test_a_wildcard_body_is_sent_as_json(bench, media):
    operation, made = bench.operation(body(**{media: OBJECT}))
    assert operation["consumes"] == ["application/json"]
    assert made.losses == ()


def test_a_relative_of_json_is_sent_as_json_and_noted(bench, whys):
    operation, made = bench.operation(body(**{"application/merge-patch+json": OBJECT}))
    assert operation["parameters"][0]["in"] == "body"
    assert "bravado sends JSON as application/json" in whys(made)


def test_an_urlencoded_form(bench):
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "array", "items": {"type": "integer"}}},
        "required": ["a"],
    }
    operation, made = bench.operation(body(**{"application/x-www-form-urlencoded": schema}))
    assert operation["parameters"] == [
        {"name": "a", "in": "formData", "type": "string", "required": True},
        {"name": "b", "in": "formData", "type": "array", "items": {"type": "integer"}, "collectionFormat": "multi"},
    ]
    assert made.losses == ()


def test_a_form_put_together_from_schemas(bench):
    components = {"schemas": {"Base": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"b": BINARY}}]}
    operation, _ = bench.operation(body(**{"multipart/form-data": schema}), components=components)
    assert [(row["name"], row["type"]) for row in operation["parameters"]] == [("a", "string"), ("b", "file")]


@pytest.mark.parametrize(
    "schema",
    [
        BINARY,
        {"type": "string", "contentMediaType": "application/octet-stream"},
        {"anyOf": [BINARY, {"type": "null"}]},
        {"type": "array", "items": BINARY},
        {"anyOf": [{"type": "array", "items": BINARY}, {"type": "null"}]},
        {"anyOf": [BINARY, {"type": "string"}]},
    ],
)
def test_all_ways_to_write_a_file(bench, schema, whys):
    form = {"type": "object", "properties": {"f": schema}, "required": ["f"]}
    operation, made = bench.operation(body(**{"multipart/form-data": form}))
    assert operation["parameters"][0]["type"] == "file"
    request = bench.request(made, "things", "post_things", f=("a.zip", b"x"))
    assert request["files"] == [("f", ("a.zip", b"x"))]
    assert ("several files" in whys(made)) == ("array" in str(schema))


def test_a_multipart_form_that_may_go_without_a_file_is_noted(bench, whys):
    form = {"type": "object", "properties": {"f": BINARY, "json": {"type": "object"}}}
    operation, made = bench.operation(body(**{"multipart/form-data": form}))
    assert [row["type"] for row in operation["parameters"]] == ["file", "string"]
    assert "sends the form urlencoded" in whys(made)
    assert "an object" in whys(made)


def test_a_form_without_fields_is_noted(bench, whys):
    _, made = bench.operation(body(**{"multipart/form-data": {"type": "object"}}))
    assert "no field can be given" in whys(made)


@pytest.mark.parametrize(("media", "extra"), [("application/octet-stream", {"x-format": "binary"}), ("text/plain", {})])
def test_a_raw_body_is_described_and_noted(bench, whys, media, extra):
    operation, made = bench.operation(body(**{media: BINARY}))
    assert operation["parameters"][0]["schema"] == {"type": "string", **extra}
    assert operation["x-raw-body"] == media
    assert "sent past bravado" in whys(made)


def test_component_bodies_responses_headers_and_examples_are_written_out(bench):
    components = {
        "requestBodies": {"B": {"content": {"application/json": {"schema": OBJECT}}}},
        "responses": {"R": {"description": "r", "headers": {"X-A": {"$ref": "#/components/headers/H"}}}},
        "headers": {"H": {"schema": {"type": "array", "items": {"type": "integer"}}, "description": "h"}},
    }
    operation, made = bench.operation(
        {
            "requestBody": {"$ref": "#/components/requestBodies/B"},
            "responses": {"200": {"$ref": "#/components/responses/R"}},
        },
        components=components,
    )
    assert operation["parameters"][0]["schema"] == OBJECT
    header = {"type": "array", "items": {"type": "integer"}, "collectionFormat": "csv", "description": "h"}
    assert operation["responses"]["200"] == {"description": "r", "headers": {"X-A": header}}
    assert made.losses == ()


def test_json_without_a_schema_is_still_json(bench):
    operation, _ = bench.operation(answers(**{"200": content("application/json")}))
    assert operation["responses"]["200"]["schema"] == {}


@pytest.mark.parametrize(
    "media", ["application/zip", "application/octet-stream", "image/png", "text/event-stream", "application/x-ndjson"]
)
def test_binary_and_endless_answers_have_no_schema(bench, media):
    operation, made = bench.operation(answers(**{"200": content(media, schema=BINARY)}))
    assert operation["responses"]["200"] == {"description": "d", "x-binary": True, "x-schema": BINARY}
    assert operation["produces"] == [media]
    assert made.losses == ()


def test_text_is_given_as_text(bench):
    operation, made = bench.operation(answers(**{"200": content("text/html", schema={"type": "string"})}))
    assert operation["responses"]["200"]["schema"] == {"type": "string"}
    assert made.losses == ()


def test_json_beside_text_is_described_as_json_and_noted(bench, whys):
    operation, made = bench.operation(answers(**{"200": content("text/plain", "application/json", schema=OBJECT)}))
    assert operation["responses"]["200"]["schema"] == OBJECT
    assert operation["produces"] == ["application/json", "text/plain"]
    assert "ask for it with Accept" in whys(made)


def test_a_relative_of_json_keeps_its_schema_and_is_noted(bench, whys):
    operation, made = bench.operation(answers(**{"400": content("application/problem+json", schema=OBJECT)}))
    assert operation["responses"]["400"]["schema"] == OBJECT
    assert "gives this as text" in whys(made)


def test_a_class_of_statuses_stands_for_its_usual_ones_and_yields_to_exact_ones(bench, whys):
    operation, made = bench.operation(answers(**{"2XX": content("application/json", schema=OBJECT), "201": {}}))
    responses = operation["responses"]
    assert set(responses) == {"200", "201", "202", "204", "206"}
    assert responses["202"]["schema"] == OBJECT
    assert "schema" not in responses["201"]
    assert "schema" not in responses["204"]
    assert "status 2XX" in whys(made)


def test_default_and_numbers_and_nonsense_as_statuses(bench, whys):
    operation, made = bench.operation({"responses": {"default": {"description": "e"}, "okay": {}, "x-note": 1}})
    assert operation["responses"] == {"default": {"description": "e"}}
    assert "status x-note" in whys(made)
    assert "status okay" in whys(made)


def test_an_operation_without_responses_gets_one(bench):
    assert bench.operation({"responses": {}})[0]["responses"] == {"default": {"description": ""}}


def test_examples_of_an_answer_are_kept(bench):
    media = {
        "application/json": {"schema": OBJECT, "examples": {"one": {"value": {"a": 1}}}},
        "text/plain": {"example": "x"},
    }
    operation, _ = bench.operation(answers(**{"200": media}))
    assert operation["responses"]["200"]["examples"] == {"application/json": {"a": 1}, "text/plain": "x"}


def test_links_callbacks_and_servers_of_an_operation_are_kept_to_read_and_noted(bench, whys):
    extra = {
        "callbacks": {"done": {"{$request.body#/url}": {"post": {"responses": {}}}}},
        "servers": [{"url": "https://other"}],
        "responses": {"200": {"description": "", "links": {"next": {"operationId": "x"}}}},
    }
    operation, made = bench.operation(extra)
    assert {"x-callbacks", "x-servers"} <= operation.keys()
    assert operation["responses"]["200"]["x-links"] == {"next": {"operationId": "x"}}
    assert {loss.what for loss in made.losses} == {"callbacks", "servers", "links"}
    assert {loss.operation for loss in made.losses} == {"POST /things"}
