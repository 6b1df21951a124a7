"""bravado's surface: what a user of bravado tutorials types, against the sandbox and a scripted server."""

from __future__ import annotations

import inspect
import io
import json
import logging

import pytest
from bravado.exception import (
    BravadoConnectionError,
    BravadoTimeoutError,
    HTTPBadRequest,
    HTTPFound,
    HTTPInternalServerError,
    HTTPNotFound,
    HTTPServiceUnavailable,
    HTTPUnauthorized,
)
from bravado_core.exception import SwaggerMappingError
from jsonschema.exceptions import ValidationError

from nomad_swagger.apispec.snapshots import all_snapshots
from nomad_swagger.client.connect import connect


def test_a_search_of_the_tutorials_works(client):
    total = client.repo.search(atoms=["Si", "O"]).response().result.pagination.total
    assert total == client.repo.search(atoms=["O", "Si"], per_page=1).response().result.pagination.total


def test_dir_and_repr_show_what_there_is(client):
    assert {"repo", "uploads", "raw", "nomad"} <= set(dir(client))
    assert "search" in dir(client.repo)
    assert "35 operations" in repr(client)
    assert repr(client.repo.search) == "<repo.search: GET /repo/>"


def test_an_operation_has_its_description_and_a_signature(client):
    parameters = inspect.signature(client.raw.get).parameters
    assert list(parameters)[:2] == ["upload_id", "path"]
    assert parameters["upload_id"].default is inspect.Parameter.empty
    assert client.raw.get.__doc__.startswith("[GET] Download one file")
    assert inspect.signature(client.repo.search).parameters["atoms"].annotation is list


@pytest.mark.parametrize("name", [snapshot.name for snapshot in all_snapshots()])
def test_every_operation_of_every_snapshot_has_a_signature_and_a_text(name):
    client = connect("https://nomad.example/api", spec=name)
    for operation in client.nomad.spec.operations.values():
        typed = getattr(getattr(client, operation.tag), operation.name)
        inspect.signature(typed)
        assert typed.__doc__
        assert typed.path_name == operation.path


def test_an_operation_is_found_by_the_full_id_of_its_document_too():
    client = connect("https://nomad.example/api", spec="nomad-1.4.3")
    operation = next(op for op in client.nomad.spec.operations.values() if op.full_id != op.name)
    assert getattr(getattr(client, operation.tag), operation.full_id).path_name == operation.path


def test_a_wrong_name_lists_the_right_ones(client):
    with pytest.raises(AttributeError, match=r"no tag 'uploadz'; it has .*uploads"):
        client.uploadz
    with pytest.raises(AttributeError, match=r"no operation 'serch'; it has .*search"):
        client.repo.serch


def test_errors_are_bravados_own_with_the_words_of_nomad(client):
    with pytest.raises(HTTPNotFound, match="404 NOT FOUND: Upload with id nope does not exist"):
        client.uploads.get_upload(upload_id="nope").response()


def test_an_anonymous_call_that_needs_a_login_is_refused_in_words(profile):
    with pytest.raises(HTTPUnauthorized, match="401"):
        connect(profile=profile).uploads.get_uploads().response()


def test_wrong_arguments_are_bravados_own_errors(client):
    with pytest.raises(SwaggerMappingError):
        client.repo.search(atomz="Si")
    with pytest.raises(ValidationError):
        client.repo.search(page="first")


def test_a_question_may_be_asked_again(client):
    future = client.repo.search(per_page=1)
    assert future.response().result.pagination.total == future.response().result.pagination.total


# ---- a scripted server for what a sandbox never does


def test_an_answer_without_a_schema_is_its_json(web, reply, scripted):
    web.script(reply.json({"section_run": []}))
    assert scripted().archive.get_archive_calc(upload_id="u", calc_id="c").response().result == {"section_run": []}


def test_raw_files_stay_bytes_even_if_they_are_json(web, reply, scripted):
    web.script(reply(body=b'{"a": 1}'))
    assert scripted().raw.get(upload_id="u", path="template.json").response().result == b'{"a": 1}'


def test_an_undeclared_success_is_none(web, reply, scripted):
    web.script(reply.json([{"name": "x"}]))
    operation = scripted().mirror.downlod_users_mirror
    assert "200" not in operation.op_spec["responses"]
    assert operation().response().result == [{"name": "x"}]


def test_an_empty_success_without_a_schema_is_nothing(web, reply, scripted):
    web.script(reply(body=b""))
    assert scripted().archive.get_archive_calc(upload_id="u", calc_id="c").response().result is None


def test_an_answer_that_breaks_its_description_comes_as_plain_json_and_a_warning(web, reply, scripted, caplog):
    web.script(reply.json({"users": [{"name": "Leonard", "email": "private@nomad.example"}]}))
    result = scripted().auth.get_users(query="leo").response().result
    assert result["users"][0]["name"] == "Leonard"
    assert "auth.get_users: the answer is not what the description says" in caplog.text
    assert "private" not in caplog.text


@pytest.mark.parametrize("body", [b'{"users": [1]}', b'{"message": "bad"', b"[]", b"", b"<html>"])
def test_an_error_status_is_never_hidden_by_an_answer_that_cannot_be_read(web, reply, scripted, body):
    client = scripted()
    operation = client.auth.get_users
    operation.op_spec["responses"]["400"] = operation.op_spec["responses"]["200"]
    web.script(reply(400, body))
    with pytest.raises(HTTPBadRequest):
        operation().response()


def test_a_servers_failure_says_its_words_once(web, reply, scripted):
    web.script(reply.json({"message": "the index is gone"}, 500))
    with pytest.raises(HTTPInternalServerError) as caught:
        scripted().repo.search().response()
    assert str(caught.value).count("the index is gone") == 1


def test_a_busy_server_is_asked_again_and_then_believed(web, reply, scripted):
    web.script(reply(status=503))
    with pytest.raises(HTTPServiceUnavailable):
        scripted().repo.search().response()
    assert len(web.asked) == 2


def test_an_upload_is_sent_once_however_the_server_fails(web, reply, scripted):
    web.script(reply(status=503))
    with pytest.raises(HTTPServiceUnavailable):
        scripted().uploads.upload(file=io.BytesIO(b"PK")).response()
    assert len(web.asked) == 1


def test_a_redirect_of_a_change_is_bravados_exception(web, reply, scripted):
    web.script(reply.to("/elsewhere"))
    with pytest.raises(HTTPFound):
        scripted().uploads.delete_upload(upload_id="u").response()


def test_silence_is_bravados_timeout(web, reply, scripted):
    web.script(reply(pause_s=0.3))
    with pytest.raises(BravadoTimeoutError, match=r"repo\.search: Read timed out"):
        scripted().repo.search().response(timeout=0.02)
    with pytest.raises(BravadoTimeoutError):
        scripted().repo.search(_request_options={"timeout": 0.02}).response()


def test_silence_within_an_answer_is_bravados_timeout_too(web, reply, scripted):
    web.script(reply(body=b"{", announced=9, stall_s=0.3))
    with pytest.raises(BravadoTimeoutError):
        scripted().repo.search().response(timeout=0.02)


def test_a_refused_connection_is_bravados_connection_error_and_says_so(closed_port):
    client = connect(f"{closed_port}/api", spec="nomad-0.8.6")
    client.nomad.transport.policy = type(client.nomad.transport.policy)(retries=0)
    with pytest.raises(BravadoConnectionError, match=r"repo\.search: .*Connection refused"):
        client.repo.search().response()


def test_an_answer_that_breaks_off_is_bravados_connection_error(web, reply, scripted):
    web.script(reply(body=b"{", announced=9))
    with pytest.raises(BravadoConnectionError, match="ended early"):
        scripted().repo.search().response()


def test_a_fallback_result_works_as_in_bravado(web, reply, scripted):
    web.script(reply(status=503))
    assert scripted().repo.search().response(fallback_result="nothing").result == "nothing"


@pytest.mark.parametrize("status", [200, 404])
def test_callbacks_are_called_for_every_answer(web, reply, scripted, status):
    seen = []
    web.script(reply.json({}, status))
    options = {"response_callbacks": [lambda incoming, operation: seen.append(incoming.status_code)]}
    future = scripted().archive.get_archive_calc(upload_id="u", calc_id="c", _request_options=options)
    if status == 404:
        with pytest.raises(HTTPNotFound):
            future.response()
    else:
        future.response()
    assert seen == [status]


def test_headers_of_a_call_go_along_and_may_replace_ours(web, scripted):
    options = {"headers": {"X-Fields": "results", "accept": "text/plain"}}
    scripted().repo.search(_request_options=options).response()
    assert (web.asked[0].headers["x-fields"], web.asked[0].headers["accept"]) == ("results", "text/plain")


def test_a_raw_request_without_an_operation_works_as_in_bravado(web, reply, scripted):
    web.script(reply.json({"upload_id": "u"}))
    http = scripted().swagger_spec.http_client
    request = {
        "method": "PUT",
        "url": f"{web.url}/api/uploads/a%2Fb",
        "params": {"name": "x"},
        "data": io.BytesIO(b"PK"),
    }
    assert json.loads(http.request(request).result().text) == {"upload_id": "u"}
    assert (web.asked[0].target, web.asked[0].body) == ("/api/uploads/a%2Fb?name=x", b"PK")
    web.script(reply(status=404))
    with pytest.raises(HTTPNotFound):
        http.request({"method": "GET", "url": web.url}).response()


def test_no_secret_gets_into_a_log(web, scripted, caplog):
    caplog.set_level(logging.DEBUG)
    client = scripted(token="s3cret-token")
    options = {"headers": {"X-Token": "s3cret-header"}}
    client.repo.search(_request_options=options).response()
    assert web.asked[0].headers["authorization"] == "Bearer s3cret-token"
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(client)
    assert "s3cret" not in repr(client.nomad)


def test_any_authenticator_of_bravados_kind_is_used_until_it_is_replaced(web, scripted):
    class Key:
        def __init__(self, key):
            self.key = key

        def matches(self, url):
            return url.startswith(web.url)

        def apply(self, request):
            request.headers["X-Key"] = self.key
            return request

    client = scripted(authenticator=Key("one"))
    client.repo.search().response()
    client.swagger_spec.http_client.authenticator = Key("two")
    client.repo.search().response()
    assert [asked.headers["x-key"] for asked in web.asked] == ["one", "two"]
