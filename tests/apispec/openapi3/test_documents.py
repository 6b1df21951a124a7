"""Whole documents: what else they hold, and damage."""

from __future__ import annotations

import pytest

from nomad_swagger.apispec.openapi3 import convert
from nomad_swagger.errors import SpecNotConvertible

OK = {"200": {"description": ""}}


def test_methods_and_paths_that_swagger_lacks_are_noted(bench, whys):
    paths = {"/a": {"trace": {"responses": OK}, "query": {}}, "b": {"get": {"responses": OK}}, "/c/{d": {"get": {}}}
    made = bench.convert(bench.document(paths=paths))
    assert set(made.document["paths"]) == {"/a", "/b"}
    for word in ("method trace", "method query", "a path without a slash", "unpaired braces"):
        assert word in whys(made)


def test_path_items_and_webhooks_of_openapi_3_1(bench, whys):
    item = {"get": {"operationId": "g", "responses": OK}, "summary": "s"}
    made = bench.convert(
        bench.document(
            paths={"/a": {"$ref": "#/components/pathItems/A"}},
            components={"pathItems": {"A": item}},
            webhooks={"w": {"post": {"requestBody": {"$ref": "#/nowhere"}}}},
            jsonSchemaDialect="https://x",
        )
    )
    assert made.document["paths"]["/a"]["get"]["operationId"] == "g"
    assert made.document["x-webhooks"]["w"]["post"]["requestBody"] == {"x-ref": "#/nowhere"}
    assert [loss.what for loss in made.losses] == ["webhooks"]


def test_info_keeps_what_swagger_knows(bench):
    licence = {"name": "MIT", "identifier": "MIT"}
    info = {"title": "t", "version": 1, "summary": "s", "license": licence, "contact": {"name": "n", "x": 1}}
    made = bench.convert({**bench.document(), "info": info})
    assert made.document["info"] == {
        "title": "t",
        "version": "1",
        "contact": {"name": "n"},
        "license": {"name": "MIT", "x-identifier": "MIT"},
        "x-summary": "s",
    }


def test_the_version_string_does_not_matter(bench):
    schema = {"type": ["string", "null"]}
    paths = {
        "/a": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}}
    }
    for version in ("3.0.3", "3.1.0", "4.0", 3, None):
        made = bench.convert({**bench.document(paths=paths), "openapi": version})
        assert made.document["paths"]["/a"]["get"]["responses"]["200"]["schema"]["x-nullable"] is True


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is an object"),
        ({"swagger": "2.0", "paths": {}}, "already"),
        ({"message": "Not Found"}, "describes no paths"),
        ({"openapi": "3.1.0", "paths": []}, "describes no paths"),
        ({"openapi": "3.1.0", "paths": {"/a": []}}, "/paths/~1a"),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": "x"}}}, "/paths/~1a/get"),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": {"a": 1}}}}}, "/paths/~1a/get/parameters"),
        ({"openapi": "3.1.0", "paths": {}, "components": {"schemas": ["A"]}}, "/components/schemas"),
    ],
)
def test_what_is_no_openapi_document_is_refused_with_clear_words(document, words):
    with pytest.raises(SpecNotConvertible, match=words):
        convert(document)


def test_a_document_nested_beyond_all_reason_is_refused():
    schema = {}
    for _ in range(5000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(SpecNotConvertible, match="too deep"):
        convert({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema}}})
