"""The quick yes about a document's form is given only where swagger-spec-validator gives it too."""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from nomad_swagger.apispec.check import check_document
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.swagger_form import has_the_form_of_swagger
from nomad_swagger.errors import SpecError

Document = dict[str, Any]
SOAK = bool(os.environ.get("NOMAD_SWAGGER_SOAK"))

DOCUMENT: Document = {
    "swagger": "2.0",
    "info": {"title": "a", "version": "1", "contact": {"email": "a@b.example"}, "x-more": {"a": 1}},
    "host": "n.example:80",
    "basePath": "/api",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "tags": [{"name": "a"}],
    "securityDefinitions": {
        "basic": {"type": "basic"},
        "key": {"type": "apiKey", "name": "X-Token", "in": "header"},
        "flow": {"type": "oauth2", "flow": "password", "tokenUrl": "https://n.example/t", "scopes": {"a": "b"}},
    },
    "security": [{"key": []}],
    "parameters": {
        "page": {"name": "page", "in": "query", "type": "integer", "default": 1, "minimum": 1},
        "who": {"name": "who", "in": "header", "type": "string", "enum": ["me", "all"], "default": "me"},
    },
    "responses": {"gone": {"description": "gone", "headers": {"X-Since": {"type": "string"}}}},
    "definitions": {
        "Node": {
            "type": "object",
            "required": ["kind"],
            "discriminator": "kind",
            "properties": {
                "kind": {"type": "string", "default": "leaf", "x-more": 1},
                "below": {"type": "array", "items": {"$ref": "#/definitions/Node"}, "maxItems": 3},
                "weight": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "default": 1.5},
                "title": {"type": "string"},
                "$ref": {"type": "string"},
            },
            "additionalProperties": {"type": "string"},
        },
        "Leaf": {"allOf": [{"$ref": "#/definitions/Node"}, {"type": "object", "properties": {"a": {"enum": [1]}}}]},
    },
    "paths": {
        "/x/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
            "get": {
                "operationId": "get",
                "tags": ["a"],
                "parameters": [
                    {"$ref": "#/parameters/page"},
                    {"name": "many", "in": "query", "type": "array", "items": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "", "schema": {"$ref": "#/definitions/Node"}, "examples": {"a": 1}},
                    "404": {"$ref": "#/responses/gone"},
                    "default": {"description": "", "schema": {"type": "file"}},
                },
            },
            "put": {
                "operationId": "put",
                "parameters": [
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Leaf"}},
                    {"$ref": "#/parameters/who"},
                ],
                "responses": {"200": {"description": ""}},
            },
            "post": {
                "operationId": "post",
                "parameters": [{"name": "file", "in": "formData", "type": "file"}],
                "responses": {"200": {"description": ""}},
                "deprecated": True,
                "externalDocs": {"url": "https://n.example"},
            },
        },
    },
}  # fmt: skip
VALUES = (None, True, 0, -1.5, "x", "#/definitions/Node", [], ["x", "x"], {}, {"$ref": "#/definitions/Node"})


def places(node: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield (*before, key)
        yield from places(value, *before, key)


def changed(place: tuple[Any, ...]) -> Iterator[Document]:
    """Give the document with another value at a place, without it, and with something more beside it."""
    for value in (*VALUES, "remove", "beside", "twice"):
        document = copy.deepcopy(DOCUMENT)
        holder: Any = document
        for step in place[:-1]:
            holder = holder[step]
        if value == "remove":
            del holder[place[-1]]
        elif value == "beside":
            holder.update(more=5) if isinstance(holder, dict) else holder.append(5)
        elif value == "twice":
            holder.update({"x2": holder[place[-1]]}) if isinstance(holder, dict) else holder.append(holder[place[-1]])
        else:
            holder[place[-1]] = value
        yield document


def validator_takes(document: Document) -> bool:
    from swagger_spec_validator.validator20 import validate_spec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            validate_spec(copy.deepcopy(document))
        except Exception:  # noqa: BLE001 - whatever it makes of it
            return False
        return True


def we_take(document: Document) -> bool:
    try:
        check_document(document)
    except SpecError:
        return False
    return True


@pytest.mark.parametrize("name", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0"])
def test_nomads_own_descriptions_have_a_quick_yes(name: str) -> None:
    assert has_the_form_of_swagger(load_spec(name).swagger)


def test_a_small_document_has_one_too() -> None:
    assert has_the_form_of_swagger(DOCUMENT)
    assert validator_takes(DOCUMENT)


def test_what_is_taken_after_a_quick_yes_is_what_the_validator_takes() -> None:
    """All that one change makes of the document, with the soak switch; a ninth of it without."""
    made = [document for place in places(DOCUMENT) for document in changed(place)]
    looked = [document for document in made[:: 1 if SOAK else 9] if has_the_form_of_swagger(document)]
    assert len(looked) > 25
    assert [document for document in looked if we_take(document) != validator_takes(document)] == []
