"""What operations are called, and that it stays so."""

from __future__ import annotations

import pytest

from nomad_swagger.apispec.openapi3.names import name_operations, resource_of, short_name

OK = {"200": {"description": ""}}


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/uploads/{id}", "uploads"),
        ("/ownership-transfers", "ownership_transfers"),
        ("/", "root"),
        ("/{id}", "root"),
        ("/{tenant}/users", "users"),
        ("/api/v1/uploads", "uploads"),
        ("/v1", "v1"),
        ("/import/x", "import_"),
        ("/2d/x", "d"),
        ("/nomad/x", "nomad_"),
    ],
)
def test_the_resource_is_the_first_telling_step_of_the_path(path, resource):
    assert resource_of(path) == resource


@pytest.mark.parametrize(
    ("method", "path", "operation_id", "name"),
    [
        ("get", "/uploads/{upload_id}", "get_upload_uploads__upload_id__get", "get_upload"),
        ("post", "/uploads", "both_uploads_get", "both"),
        ("get", "/pets", "listPets", "listPets"),
        ("get", "/pets", "pets.list-all", "pets_list_all"),
        ("get", "/pets/{petId}/photos", None, "get_pets_petId_photos"),
        ("get", "/", None, "get"),
        ("post", "/uploads/import", "import_uploads_import_post", "import_post"),
        ("get", "/x", "name", "name_get"),
        ("get", "/x", "_x_get", "x_get"),
        ("get", "/x", "§§§", "get_x"),
    ],
)
def test_the_name_is_the_function_behind_the_operation(method, path, operation_id, name):
    assert short_name(method, path, operation_id) == name


def test_a_clash_is_settled_by_the_operations_alone_whatever_their_order():
    rows = [
        ("get", "/uploads/{id}/export", "get_bundle_uploads__id__export_get"),
        ("get", "/uploads/{id}/bundle", "get_bundle_uploads__id__bundle_get"),
        ("get", "/uploads/{id}/zip/export", "get_bundle_uploads__id__zip_export_get"),
        ("put", "/uploads/{id}/export", "get_bundle_uploads__id__export_put"),
        ("get", "/uploads/{id}/get_bundle_zip", "get_bundle_export"),
    ]
    names = name_operations(rows)
    assert {key: row.name for key, row in names.items()} == {
        ("get", "/uploads/{id}/bundle"): "get_bundle",
        ("get", "/uploads/{id}/get_bundle_zip"): "get_bundle_export",
        ("get", "/uploads/{id}/export"): "get_bundle_uploads_export",
        ("put", "/uploads/{id}/export"): "get_bundle_put",
        ("get", "/uploads/{id}/zip/export"): "get_bundle_zip_export",
    }
    assert name_operations(rows[::-1]) == names


def test_the_same_name_under_two_resources_is_the_same_name_in_bravado(bench):
    paths = {f"/{name}": {"get": {"operationId": f"find_{name}_get", "responses": OK}} for name in ("a", "b", "c")}
    made = bench.convert(bench.document(paths=paths))
    ids = [made.document["paths"][path]["get"]["operationId"] for path in paths]
    assert ids == ["find", "find_", "find__"]
    client = bench.client(made)
    assert [getattr(client, name).find.operation.path_name for name in ("a", "b", "c")] == ["/a", "/b", "/c"]
