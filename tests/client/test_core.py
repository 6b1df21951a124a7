"""bravado-core's form of a description is the same as bravado-core's own building gives."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from bravado_core.spec import Spec as CoreSpec
from bravado_core.unmarshal import unmarshal_schema_object

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.core import core_spec

_URL = "http://127.0.0.1:8008/prod/api"
_THING = {"type": "object", "properties": {"name": {"type": "string"}}}


def _document(answer: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    get = {"operationId": "get", "tags": ["raw"], "responses": {"200": {"description": "OK", "schema": answer}}}
    return {
        "swagger": "2.0",
        "info": {"title": "NOMAD", "version": "0"},
        "paths": {"/raw": {"get": get}},
        "definitions": definitions,
    }


def _own(document: dict[str, Any]) -> CoreSpec:
    """Give what bravado-core makes of it by itself."""
    here = {**copy.deepcopy(document), "host": "127.0.0.1:8008", "schemes": ["http"], "basePath": "/prod/api"}
    return CoreSpec.from_dict(here, "", object(), {"validate_swagger_spec": False})


def _models(core: CoreSpec) -> dict[str, Any]:
    return {name: (model._json_reference, sorted(model._properties)) for name, model in core.definitions.items()}


def _operations(core: CoreSpec) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        tag: {
            name: {key: (param.name, param.location, param.required) for key, param in operation.params.items()}
            for name, operation in resource.operations.items()
        }
        for tag, resource in core.resources.items()
    }


@pytest.mark.parametrize("name", ["nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0"])
def test_a_snapshot_has_the_models_and_operations_that_bravado_finds_itself(name: str) -> None:
    document = load_spec(name).swagger
    ours, own = core_spec(document, _URL, object()), _own(document)
    assert _models(ours) == _models(own)
    assert _operations(ours) == _operations(own)
    assert ours.resources.alias_to_key == own.resources.alias_to_key
    assert ours.api_url == own.api_url == _URL


@pytest.mark.parametrize(
    ("answer", "definitions"),
    [
        pytest.param({**_THING, "title": "Inline"}, {"Thing": _THING}, id="a title in an answer"),
        pytest.param({**_THING, "x-model": "Marked"}, {}, id="a mark in an answer"),
        pytest.param({"type": "array", "items": {**_THING, "title": "Item"}}, {}, id="a title of an item"),
        pytest.param({"type": "string"}, {"Thing": {**_THING, "title": "Titled"}}, id="a titled definition"),
        pytest.param({"type": "string"}, {"Alias": {"$ref": "#/definitions/Thing"}, "Thing": _THING}, id="an alias"),
        pytest.param(
            {"$ref": "#/definitions/Thing"},
            {
                "Thing": {
                    "type": "object",
                    "properties": {"title": {"type": "string"}, "part": {**_THING, "title": "P"}},
                }
            },
            id="a titled property",
        ),
        pytest.param(
            {"type": "string"}, {"Both": {"allOf": [{"$ref": "#/definitions/Thing"}]}, "Thing": _THING}, id="allOf"
        ),
        pytest.param({"type": "string"}, {"Text": {"type": "string"}, "Thing": _THING}, id="a definition of a text"),
    ],
)
def test_schemas_that_name_themselves_become_the_models_that_bravado_makes(
    answer: dict[str, Any], definitions: dict[str, Any]
) -> None:
    document = _document(answer, definitions)
    assert _models(core_spec(document, _URL, object())) == _models(_own(document))


def test_a_document_is_not_changed_by_what_bravado_writes_into_its_copy() -> None:
    document = _document({"$ref": "#/definitions/Thing"}, {"Thing": _THING})
    before = copy.deepcopy(document)
    core_spec(document, _URL, object())
    assert document == before


def test_an_answer_in_a_model_comes_with_the_models_inside_it() -> None:
    definitions = {
        "Outer": {"type": "object", "properties": {"inner": {"$ref": "#/definitions/Thing"}}},
        "Thing": _THING,
    }
    core = core_spec(_document({"$ref": "#/definitions/Outer"}, definitions), _URL, object())
    outer = unmarshal_schema_object(core, {"$ref": "#/definitions/Outer"}, {"inner": {"name": "Si"}})
    assert outer.inner.name == "Si"
    assert isinstance(outer.inner, core.definitions["Thing"])
