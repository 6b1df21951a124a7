import copy
import json

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.dashboard.document import WITHHELD, page_document, secret_operations

SNAPSHOTS = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")
API = "https://oasis.example/nomad/api"


@pytest.fixture(scope="module", params=SNAPSHOTS)
def spec(request):
    return load_spec(request.param)


def test_the_page_reads_where_the_api_was_asked_for(spec):
    page = page_document(spec, API)
    if "openapi" in page:
        assert page["servers"] == [{"url": API}]
    else:
        assert (page["schemes"], page["host"], page["basePath"]) == (["https"], "oasis.example", "/nomad/api")


def test_without_a_server_the_page_names_no_address(spec):
    page = page_document(spec, "")
    assert not {"servers", "host", "basePath", "schemes"} & set(page)


def test_what_the_document_says_about_its_address_never_counts():
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://evil.org"}],
        "paths": {
            "/a": {
                "servers": [{"url": "https://evil.org/path"}],
                "get": {"servers": [{"url": "https://evil.org/operation"}], "responses": {}},
            }
        },
    }
    assert "evil" not in json.dumps(page_document(load_spec(document), API))


def test_the_page_knows_no_way_to_log_in(spec):
    text = json.dumps(page_document(spec, API))
    assert '"securityDefinitions"' not in text
    assert '"securitySchemes"' not in text
    assert '"security"' not in text


def test_the_operations_of_the_page_are_those_of_the_description(spec):
    page = page_document(spec, API)
    assert {path: set(item) for path, item in page["paths"].items()} == {
        path: set(item) - {"servers"} for path, item in spec.document["paths"].items()
    }


def test_the_description_itself_is_left_as_it_was(spec):
    before = copy.deepcopy(spec.document)
    page_document(spec, API)
    assert spec.document == before


SECRET = {
    "nomad-0.7.9": {"auth.get_auth", "uploads.get_upload_command"},
    "nomad-0.8.6": {"auth.get_auth", "uploads.get_upload_command"},
    "nomad-1.4.3": {
        "auth.get_token",
        "auth.get_app_token",
        "auth.get_signature_token",
        "auth.create_pat_endpoint",
        "auth.rotate_pat_endpoint",
        "uploads.get_command_examples",
    },
}
SECRET["nomad-2.0.0"] = SECRET["nomad-1.4.3"]


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_operations_that_answer_with_a_token_are_found_and_say_so(name):
    spec = load_spec(name)
    found = secret_operations(spec)
    assert {operation.full_name for operation in found} == SECRET[name]
    page = page_document(spec, API)
    said = {
        (path, method)
        for path, item in page["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and WITHHELD in operation.get("description", "")
    }
    assert said == {(operation.path, operation.method.lower()) for operation in found}
