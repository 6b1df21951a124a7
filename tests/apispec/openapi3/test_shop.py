"""A shop in OpenAPI 3.0, written from what that format says and nothing that NOMAD does."""

from __future__ import annotations

import random

import jsonschema
import pytest

from nomad_swagger.errors import SpecNotConvertible

SHOP = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1.0"},
    "servers": [{"url": "https://shop.example/api/v3"}],
    "security": [{"key": []}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "findPets",
                "tags": ["Everything about pets"],
                "parameters": [
                    {
                        "name": "filter",
                        "in": "query",
                        "style": "deepObject",
                        "schema": {"$ref": "#/components/schemas/Filter"},
                    },
                    {
                        "name": "status",
                        "in": "query",
                        "explode": False,
                        "schema": {"type": "array", "items": {"type": "string", "enum": ["here", "sold"]}},
                    },
                    {"$ref": "#/components/parameters/Limit"},
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
                            }
                        },
                    },
                    "default": {"$ref": "#/components/responses/Problem"},
                },
            },
            "post": {
                "operationId": "addPet",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                        "application/xml": {},
                    },
                },
                "responses": {"201": {"description": "", "links": {"pet": {"operationId": "getPet"}}}},
                "callbacks": {"sold": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": ""}}}}}},
            },
        },
        "/pets/{petId}": {
            "parameters": [
                {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer", "format": "int64"}}
            ],
            "get": {
                "operationId": "getPet",
                "security": [],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    }
                },
            },
        },
    },
    "components": {
        "parameters": {
            "Limit": {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "default": 10},
            }
        },
        "responses": {
            "Problem": {
                "description": "oh",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "schemas": {
            "Filter": {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}},
            "Pet": {
                "type": "object",
                "required": ["kind", "name", "id"],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
                "properties": {
                    "id": {"type": "integer", "format": "int64", "readOnly": True},
                    "kind": {"type": "string"},
                    "name": {"type": "string", "nullable": True},
                    "owner": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Owner"}]},
                },
            },
            "Cat": {
                "allOf": [
                    {"$ref": "#/components/schemas/Pet"},
                    {"type": "object", "properties": {"lives": {"type": "integer", "maximum": 9}}},
                ]
            },
            "Owner": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                },
            },
            "Problem": {"type": "object", "properties": {"code": {"type": "integer"}}},
        },
    },
}


@pytest.fixture(scope="module")
def shop(bench):
    return bench.convert(SHOP, url=None)


def test_a_shop_in_openapi_3_0_becomes_a_client(bench, shop):
    client = bench.client(shop, validate_swagger_spec=True, use_models=True)
    assert dir(client) == ["pets"]
    assert sorted(dir(client.pets)) == ["addPet", "findPets", "getPet"]
    assert client.swagger_spec.api_url == "https://shop.example/api/v3"
    assert "Cat" in client.swagger_spec.definitions


def test_the_shops_query_goes_over_the_wire_as_openapi_says(bench, shop):
    request = bench.request(shop, "pets", "findPets", filter_name="a", filter_age=3, status=["here", "sold"], X_Key="k")
    assert request["params"] == {"filter[name]": "a", "filter[age]": "3", "status": "here,sold"}
    assert request["headers"] == {"X-Key": "k"}


def test_the_shops_pets_are_validated_and_its_cats_too(bench, shop):
    bench.check(shop, "Cat", {"kind": "cat", "name": None, "lives": 7, "owner": None})
    bench.check(shop, "Pet", {"kind": "cat", "name": "x", "owner": {"name": "o", "pets": []}})
    for wrong in ({"kind": "cat", "name": "x", "lives": 10}, {"name": "x"}, {"kind": "c", "name": "x", "owner": {}}):
        with pytest.raises(jsonschema.ValidationError):
            bench.check(shop, "Cat", wrong)


def test_everything_the_shop_loses_is_written_down(shop):
    assert {loss.what for loss in shop.losses} == {
        "also application/xml",
        "links",
        "callbacks",
        "discriminator",
        "required 'id'",
    }


def damaged(node, chance):
    """Put nonsense in the place of some parts."""
    if chance.random() < 0.01:
        return chance.choice([None, 1, "x", [], {}, ["x"], {"x": 1}, True, {"$ref": "#/components"}, {"$ref": 5}])
    if isinstance(node, dict):
        return {key: damaged(value, chance) for key, value in node.items()}
    return [damaged(value, chance) for value in node] if isinstance(node, list) else node


def test_damage_is_refused_with_words_or_survived_with_a_valid_result(bench):
    refused = []
    for seed in range(150):
        document = damaged(SHOP, random.Random(seed))
        try:
            bench.convert(document, url=None)
        except SpecNotConvertible as error:
            refused.append(str(error))
    assert 5 < len(refused) < 145
    assert all(refused)
