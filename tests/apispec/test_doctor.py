"""What the doctor finds in a document, and that it finds it nowhere else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.apispec.doctor import examine, report_findings
from nomad_swagger.apispec.openapi3 import convert

Document = dict[str, Any]
Version = Callable[[str], Document]
JSON = {"200": {"description": "OK", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}


def service(path: str = "/repo/", method: str = "get", **more: Any) -> Document:
    entry = {"operationId": "search", "tags": ["repo"], "responses": JSON, **more}
    return {"swagger": "2.0", "host": "x", "info": {"title": "t", "version": "1"}, "paths": {path: {method: entry}}}


def query(name: str, **more: Any) -> Document:
    return {"name": name, "in": "query", "type": "string", **more}


def kinds(document: Document) -> set[str]:
    return {finding.kind for finding in examine(document)} - {"host-ignored"}


def found(document: Document, kind: str) -> set[str]:
    return {finding.operation for finding in examine(document) if finding.kind == kind}


def test_a_healthy_document_has_no_findings() -> None:
    assert kinds(service()) == set()


class TestNomad086:
    def test_the_fourteen_operations_without_a_schema_are_found(self, snapshot: Version) -> None:
        document = snapshot("nomad-0.8.6")
        assert len(found(document, "no-schema") | found(document, "no-success")) == 14
        assert found(document, "no-success") == {"mirror.download_files_mirror", "mirror.downlod_users_mirror"}

    def test_booleans_odd_ids_missing_security_and_lists_on_text_are_found(self, snapshot: Version) -> None:
        document = snapshot("nomad-0.8.6")
        assert {"repo.search", "raw.get"} <= found(document, "boolean-false")
        assert found(document, "id-no-identifier") == {"encyclopedia.material_material_id"}
        assert "uploads.upload" in found(document, "no-security")
        assert found(document, "list-on-text") == {
            *("encyclopedia.material_material_id", "encyclopedia.enc_suggestions")
        }
        assert {"raw.get", "raw.get_file_from_calc"} == found(document, "path-with-slashes")
        assert "no-host" in kinds(document)
        assert "uploads.get_upload" in found(document, "not-validated")

    def test_every_finding_names_what_is_done_and_the_report_stays_short(self, snapshot: Version) -> None:
        findings = examine(snapshot("nomad-0.8.6"))
        assert all(finding.problem and finding.what_we_do for finding in findings)
        text = report_findings(findings, title="nomad-0.8.6")
        assert text.startswith("nomad-0.8.6: ")
        assert len(text.splitlines()) < 40
        assert "raw.get_file_from_calc, raw.get: path is part of the path" in text


class TestNomad200:
    def test_files_and_losses_of_the_conversion_are_found(self, snapshot: Version) -> None:
        document = snapshot("nomad-2.0.0")
        losses = convert(document, url="http://x/api/v1/openapi.json").losses
        findings = examine(document, losses)
        assert "entries.get_entries_raw" in {f.operation for f in findings if f.kind == "binary"}
        lost = [finding for finding in findings if finding.kind == "lost-in-conversion"]
        assert len(lost) == len(losses)
        assert any(finding.operation.startswith("uploads.") for finding in lost)
        assert len(report_findings(findings).splitlines()) < 45

    def test_booleans_are_no_trouble_there(self, snapshot: Version) -> None:
        assert found(snapshot("nomad-2.0.0"), "boolean-false") == set()


@pytest.mark.parametrize("name", ["nomad-0.8.6", "nomad-2.0.0"])
def test_an_examination_leaves_the_document_alone(name: str, snapshot: Version) -> None:
    document = snapshot(name)
    before = copy.deepcopy(document)
    examine(document)
    assert document == before


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("no-schema", service(responses={"200": {"description": "OK"}})),
        ("no-success", service(responses={"404": {"description": "gone"}})),
        ("boolean-false", service(parameters=[query("b", type="boolean")])),
        ("list-on-text", service(parameters=[query("b", collectionFormat="multi")])),
        ("id-no-identifier", service(operationId="material/<id>")),
        ("no-id", service(operationId="")),
        ("path-with-slashes", service("/raw/{upload_id}/{path}")),
        ("no-security", {**service(method="put"), "securityDefinitions": {"T": {"type": "basic"}}}),
        ("parameter-no-identifier", service(parameters=[query("a.b")])),
        ("prose-values", service(parameters=[query("a", description="One of x, y")])),
        ("prose-body", service(parameters=[{"name": "p", "in": "body", "schema": {"type": "object"}}])),
        ("prose-body", service(parameters=[{"name": "p", "in": "body", "schema": {"properties": {"query": {}}}}])),
        ("binary", service(produces=["application/zip"], responses={"200": {"description": "z"}})),
        ("not-validated", service(responses={"200": {"description": "d", "schema": {"$ref": "#/definitions/M"}}}) | {
            "definitions": {"M": {"allOf": [{"type": "object"}]}}
        }),
    ],
)  # fmt: skip
def test_each_symptom_is_recognised_alone(kind: str, document: Document) -> None:
    assert kinds(document) == {kind}


def test_two_operations_of_one_id_and_paths_that_differ_by_a_slash_are_found() -> None:
    document = service()
    document["paths"]["/repo"] = document["paths"]["/repo/"]
    assert kinds(document) == {"duplicate-id", "slash-twice"}


@pytest.mark.parametrize(
    "model", [{"$ref": "#/definitions/M"}, {"allOf": [{"$ref": "#/definitions/M"}], "type": "object"}]
)
def test_models_in_a_ring_are_no_trap_for_the_doctor(model: Document) -> None:
    schema = {"$ref": "#/definitions/M"}
    document = service(
        responses={"200": {"description": "d", "schema": schema}},
        parameters=[{"name": "p", "in": "body", "schema": schema}],
    )
    assert kinds({**document, "definitions": {"M": model}}) <= {"prose-body"}


@pytest.mark.parametrize("odd", [None, [], "x", 3, {"get": None}, {"get": {"responses": None, "parameters": "x"}}])
def test_documents_that_are_not_valid_are_examined_all_the_same(odd: Any) -> None:
    examine({"swagger": "2.0", "paths": {"/a": odd}})
    examine({"openapi": "3.0.0", "paths": odd})
