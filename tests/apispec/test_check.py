"""What counts as a valid document, and that checking neither changes nor fetches anything."""

from __future__ import annotations

import contextlib
import copy
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nomad_swagger.apispec.check import check_document
from nomad_swagger.apispec.references import external_references, refuse_external_references
from nomad_swagger.apispec.snapshots import find_snapshot
from nomad_swagger.errors import SpecError


def minimal(**more: Any) -> dict[str, Any]:
    operation = {"operationId": "a", "responses": {"200": {"description": "d"}}}
    return {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}, **more}


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        check_document(document, where="spec.json")
    return str(caught.value)


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    paths: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
        server.shutdown()


@pytest.mark.parametrize("name", ["nomad-0.7.9", "nomad-0.8.6"])
def test_the_snapshots_are_valid_and_left_as_they_are(name: str) -> None:
    document = find_snapshot(name).read()
    before = copy.deepcopy(document)
    check_document(document)
    assert document == before


def test_an_error_names_the_place() -> None:
    document = minimal()
    del document["paths"]["/a"]["get"]["responses"]["200"]["description"]
    assert "in paths · /a · get · responses · 200: 'description' is a required property" in refusal(document)


def test_a_document_without_paths_is_refused() -> None:
    document = minimal()
    del document["paths"]
    assert "in the document itself: 'paths' is a required property" in refusal(document)


def test_two_operations_of_one_id_are_refused() -> None:
    document = minimal()
    document["paths"]["/b"] = document["paths"]["/a"]
    assert "Duplicate operationId: a" in refusal(document)


def test_a_reference_that_leads_nowhere_is_named() -> None:
    document = minimal()
    document["paths"]["/a"]["get"]["responses"]["200"]["schema"] = {"$ref": "#/definitions/Gone"}
    assert "definitions/Gone" in refusal(document)


@pytest.mark.parametrize("place", [None, 3, "x", [], [1]])
@pytest.mark.parametrize("key", ["paths", "definitions", "parameters", "info", "responses"])
def test_wrong_shapes_are_our_error_and_no_traceback(key: str, place: Any) -> None:
    assert "not valid Swagger 2.0" in refusal(minimal(**{key: place}))


def test_models_that_contain_themselves_are_valid() -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/definitions/T"}}}}
    one = {"type": "object", "properties": {"other": {"$ref": "#/definitions/B"}}}
    other = {"type": "object", "properties": {"one": {"$ref": "#/definitions/A"}}}
    document = minimal(definitions={"T": tree, "A": one, "B": other})
    document["paths"]["/a"]["get"]["responses"]["200"]["schema"] = {"$ref": "#/definitions/T"}
    check_document(document)


@pytest.mark.parametrize("ring", [{"$ref": "#/definitions/R"}, {"allOf": [{"$ref": "#/definitions/R"}]}])
def test_a_model_that_is_only_itself_does_not_hang(ring: dict[str, Any]) -> None:
    document = minimal(definitions={"R": ring})
    document["paths"]["/a"]["get"]["responses"]["200"]["schema"] = {"$ref": "#/definitions/R"}
    with contextlib.suppress(SpecError):  # both answers are right, as long as one comes
        check_document(document)


def test_openapi_3_is_not_checked_here() -> None:
    assert "convert the document first" in refusal({"openapi": "3.1.0", "paths": {}})


def test_nothing_is_fetched(asked: tuple[str, list[str]]) -> None:
    url, paths = asked
    schema = {"id": f"{url}/scope.json", "$ref": "#/definitions/X"}
    document = minimal(id=f"{url}/root.json", definitions={"X": {"type": "string", "id": f"{url}/x.json"}})
    document["paths"]["/a"]["get"]["responses"]["200"]["schema"] = schema
    document["definitions"]["Y"] = {"type": "object", "properties": {"p": {"default": 1, **schema}}}
    with pytest.raises(SpecError):
        check_document(document)
    assert f"refers to '{url}/y.json'" in refusal(minimal(definitions={"Z": {"$ref": f"{url}/y.json"}}))
    assert paths == []


@pytest.mark.parametrize("target", ["http://x/y.json#/A", "file:///etc/passwd", "other.json", "", "ftp://x"])
def test_references_that_lead_out_are_refused_with_their_place(target: str) -> None:
    document = minimal(definitions={"a/b": {"properties": {"c": {"$ref": target}}}})
    with pytest.raises(SpecError, match="outside the document") as caught:
        refuse_external_references(document, "spec.json")
    assert "#/definitions/a~1b/properties/c/$ref" in str(caught.value)
    assert external_references(document) == [target]


def test_a_property_named_ref_is_no_reference() -> None:
    document = minimal(definitions={"A": {"type": "object", "properties": {"$ref": {"type": "string"}}}})
    assert external_references(document) == []
    refuse_external_references(document, "x")


def test_fifty_thousand_levels_of_lists_are_searched_without_recursion() -> None:
    nest: Any = {"$ref": "http://deep"}
    for _ in range(50_000):
        nest = [nest]
    assert external_references({"x": nest}) == ["http://deep"]
    while isinstance(nest, list):  # taken apart by hand: the interpreter would recurse
        nest = nest.pop()
