"""The two shipped documents of NOMAD v1 and v2, through the real validator and bravado."""

from __future__ import annotations

import copy
import datetime
import re

import pytest
from bravado.client import SwaggerClient, construct_request

from nomad_swagger.apispec.openapi3 import convert
from nomad_swagger.apispec.openapi3.names import METHODS
from nomad_swagger.apispec.snapshots import find_snapshot

VERSIONS = {"nomad-1.4.3": 100, "nomad-2.0.0": 104}


@pytest.fixture(scope="module", params=VERSIONS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def original(name):
    return find_snapshot(name).read()


@pytest.fixture(scope="module")
def made(bench, original):
    return bench.convert(original, url="https://nomad-lab.eu/prod/v1/api/v1/openapi.json")


@pytest.fixture(scope="module")
def client(bench, made):
    return bench.client(made)


def operations_of(document):
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def value_for(param, spec):
    """Give a value that satisfies a parameter of the converted document."""
    if param.get("in") == "body":
        return value_for(spec.deref(param["schema"]), spec)
    if "enum" in param:
        return param["enum"][0]
    kind = param.get("type")
    if kind == "array":
        return [value_for(spec.deref(param["items"]), spec)]
    if kind == "object":
        properties = param.get("properties", {})
        return {key: value_for(spec.deref(properties[key]), spec) for key in param.get("required", ())}
    if kind == "string":
        moments = {"date": datetime.date(2020, 1, 1), "date-time": datetime.datetime.now(datetime.timezone.utc)}
        if param.get("format") in moments:
            return moments[param["format"]]
        texts = ("x" * max(1, param.get("minLength", 0)), "password", "a" * 40)
        return next(text for text in texts if re.search(param.get("pattern", ""), text))
    low = param.get("minimum", 1) + (1 if param.get("exclusiveMinimum") else 0)
    return {"integer": low, "number": float(low), "boolean": True, "file": ("a.zip", b"x")}.get(kind, {"any": 1})


def test_every_operation_is_there_and_none_twice(name, original, made, client):
    assert len(operations_of(made.document)) == len(operations_of(original)) == VERSIONS[name]
    resources = client.swagger_spec.resources
    assert sum(len(resource.operations) for resource in resources.values()) == VERSIONS[name]


def test_bravado_builds_with_validation_and_with_models(made):
    SwaggerClient.from_spec(copy.deepcopy(made.document), config={"validate_swagger_spec": True, "use_models": True})


def test_a_request_is_constructed_for_every_operation_with_every_parameter_set(name, client):
    spec = client.swagger_spec
    constructed = 0
    for resource in spec.resources.values():
        for operation in resource.operations.values():
            arguments = {key: value_for(param.param_spec, spec) for key, param in operation.params.items()}
            request = construct_request(operation, {}, **arguments)
            assert "{" not in request["url"]
            query = {param.name for param in operation.params.values() if param.location == "query"}
            assert set(request["params"]) == query
            constructed += 1
    assert constructed == VERSIONS[name]


def test_the_names_are_those_a_person_would_type(client):
    for resource, operation in (
        ("uploads", "get_upload"),
        ("uploads", "post_upload"),
        ("uploads", "get_upload_bundle"),
        ("uploads", "assign_doi"),
        ("datasets", "assign_doi"),
        ("entries", "post_entries_metadata_query"),
        ("entries", "get_entry_raw_file"),
        ("systems", "get_entry_raw_file"),
        ("auth", "get_token"),
        ("users", "read_users_me"),
        ("ownership_transfers", "list_ownership_transfers"),
    ):
        assert getattr(getattr(client, resource), operation).operation.operation_id == operation


def test_an_operation_that_both_versions_have_is_called_the_same_in_both(bench):
    names = []
    for version in VERSIONS:
        spec = bench.client(convert(find_snapshot(version).read())).swagger_spec
        rows = [(tag, op) for tag, resource in spec.resources.items() for op in resource.operations.values()]
        names.append({(op.path_name.rstrip("/"), op.http_method): (tag, op.operation_id) for tag, op in rows})
    both = names[0].keys() & names[1].keys()
    assert len(both) == 99
    renamed = {key: (names[0][key][1], names[1][key][1]) for key in both if names[0][key] != names[1][key]}
    # NOMAD 2.0.0 calls this function itself otherwise.
    transfer = ("/uploads/{upload_id}/action/transfer", "post")
    assert renamed == {transfer: ("transfer_upload_bundle", "transfer_upload")}


def test_the_full_id_and_the_old_tags_are_kept(original, made):
    for path, method, operation in operations_of(made.document):
        assert operation["x-operationId"] == original["paths"][path][method]["operationId"]
        assert operation["x-tags"] == original["paths"][path][method]["tags"]


def test_names_do_not_depend_on_the_order_of_the_document(original, made):
    backwards = {**original, "paths": dict(reversed(list(original["paths"].items())))}
    again = convert(backwards).document["paths"]
    for path, method, operation in operations_of(made.document):
        assert again[path][method]["operationId"] == operation["operationId"]
        assert again[path][method]["tags"] == operation["tags"]


def test_the_whole_result_does_not_depend_on_the_order_of_the_document(original, made):
    schemas = dict(reversed(list(original["components"]["schemas"].items())))
    backwards = {**original, "components": {**original["components"], "schemas": schemas}}
    again = convert(backwards, url="https://nomad-lab.eu/prod/v1/api/v1/openapi.json")
    assert again.document == made.document
    assert set(again.losses) == set(made.losses)


def test_zip_and_octet_stream_answers_stay_untouched_bytes(name, made):
    binary = [
        (path, method)
        for path, method, operation in operations_of(made.document)
        if operation["responses"].get("200", {}).get("x-binary")
    ]
    assert len(binary) == {"nomad-1.4.3": 10, "nomad-2.0.0": 11}[name]
    assert ("/uploads/{upload_id}/raw/{path}", "get") in binary
    for path, method in binary:
        assert "schema" not in made.document["paths"][path][method]["responses"]["200"]


def test_uploading_answers_json_although_text_is_offered_too(made):
    answer = made.document["paths"]["/uploads"]["post"]["responses"]["200"]
    assert answer["schema"] == {"$ref": "#/definitions/UploadProcDataResponse"}


def test_no_loss_makes_an_operation_uncallable_and_each_says_where_and_why(original, made, whys):
    assert made.losses
    for loss in made.losses:
        assert loss.place.startswith("/")
        assert loss.what
        assert loss.why
    assert "several files under one name" in whys(made)
    assert "left out" not in whys(made)


def test_the_query_language_passes_untouched(client):
    query = {"results.material.elements:all": ["Ti", "O"], "upload_create_time": {"gte": "2020-01-01"}}
    request = construct_request(client.entries.post_entries_metadata_query.operation, {}, body={"query": query})
    assert '"results.material.elements:all": ["Ti", "O"]' in request["data"]


def test_an_explicit_null_in_a_body_is_sent_as_null(client):
    operation = client.entries.post_entries_metadata_query.operation
    request = construct_request(operation, {}, body={"pagination": {"page_after_value": None, "page_size": 3}})
    assert '"page_after_value": null' in request["data"]
