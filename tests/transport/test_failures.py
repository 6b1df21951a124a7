"""Error answers of either generation, and of whatever stands in between, as our errors."""

from __future__ import annotations

import pytest
import requests

from nomad_swagger import errors
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import detail_of, error_of, root_cause, translated

CALL = PreparedCall("GET", "http://nomad.example/api/raw", operation="raw.get")
JSON = "application/json"
HTML = "text/html"


def answer(status, body="", kind=JSON, reason="REASON", **headers):
    response = requests.Response()
    response.status_code, response.reason = status, reason
    response._content = body.encode()
    response.headers.update({"Content-Type": kind, **headers})
    return response


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, errors.InvalidRequest),
        (400, errors.InvalidRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.InvalidRequest),
        (409, errors.Conflict),
        (413, errors.InvalidRequest),
        (422, errors.InvalidRequest),
        (429, errors.RateLimited),
        (500, errors.ServerError),
        (503, errors.ServerError),
        (599, errors.ServerError),
    ],
)
def test_each_status_has_its_error_with_operation_words_once_and_a_hint(status, kind):
    error = error_of(answer(status, '{"message": "The words of NOMAD."}'), CALL)
    assert type(error) is kind
    assert (error.status, error.operation) == (status, "raw.get")
    text = str(error)
    assert text.startswith(f"raw.get: {status} REASON")
    assert text.count("The words of NOMAD") == (status >= 400)
    assert len(text.split(". ")) >= 2, "what to try next"


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        ('{"message": "Upload with id x does not exist."}', JSON, "Upload with id x does not exist."),
        ('{"code": 400, "name": "Bad Request", "description": "bad offset"}', JSON, "bad offset"),
        (
            '{"message": "Input payload validation failed", "errors": {"name": "is required"}}',
            JSON,
            "Input payload validation failed (name: is required)",
        ),
        ('{"errors": {"": "not a dict"}}', JSON, "not a dict"),
        ('{"message": null, "description": null}', JSON, ""),
        ('{"detail": "Not allowed"}', JSON, "Not allowed"),
        ('{"detail": null}', JSON, ""),
        (
            '{"detail": [{"loc": ["body", "query", 0], "msg": "field required", "type": "x"}]}',
            JSON,
            "body.query.0: field required",
        ),
        (
            '{"detail": [{"loc": [["query", "owner"]], "msg": "a"}, {"loc": "b", "msg": "c"}]}',
            JSON,
            "query.owner: a; b: c",
        ),
        ('{"detail": {"reason": "no such upload"}}', JSON, "no such upload"),
        ('{"detail": {"loc": ["x"], "exception": "boom"}}', JSON, "x: boom"),
        ('"just text"', JSON, "just text"),
        ("[1, 2]", JSON, "[1, 2]"),
        ("", JSON, ""),
        ("{truncated", JSON, "{truncated"),
        ("[" * 200_000, JSON, "[" * 500),
        ("<html><head><TITLE>\n502  Bad\nGateway</TITLE></head><body>nginx</body></html>", HTML, "502 Bad Gateway"),
        ("<p>Down for <b>maintenance</b></p>", HTML, "Down for maintenance"),
        ("Größe zu klein", "text/plain", "Größe zu klein"),
    ],
)
def test_the_words_are_found_wherever_they_are(body, kind, detail):
    assert detail_of(answer(400, body, kind)) == detail


def test_words_without_end_are_cut_in_the_message_and_kept_in_the_detail():
    error = error_of(answer(422, '{"detail": "' + "x" * 100_000 + '"}'), CALL)
    assert len(str(error)) < 1000
    assert len(error.detail) == 100_000


def test_a_redirect_that_is_not_followed_says_where_it_points_but_no_token():
    error = error_of(answer(302, "<a>moved</a>", HTML, Location="https://other.example/x?token=s3cret"), CALL)
    assert "It points to https://other.example/x: connect there instead." in str(error)
    assert "s3cret" not in str(error)


def test_an_untrusted_certificate_says_what_to_do():
    with pytest.raises(errors.ConnectionLost, match="REQUESTS_CA_BUNDLE"), translated("raw.get"):
        raise requests.exceptions.SSLError(requests.packages.urllib3.exceptions.SSLError("self-signed certificate"))


def test_our_own_errors_pass_untouched():
    with pytest.raises(errors.LoginRefused), translated("raw.get"):
        raise errors.LoginRefused("no")


def test_the_cause_stays_on_the_error_and_ends_in_plain_words(transport, closed_port):
    transport.policy = type(transport.policy)(retries=0)
    with pytest.raises(errors.ConnectionLost) as caught:
        transport.send(PreparedCall("GET", closed_port))
    assert isinstance(caught.value.__cause__, requests.exceptions.ConnectionError)
    assert "0x" not in str(caught.value)
    assert "Max retries" not in str(caught.value)


def test_a_failure_without_words_is_named_by_its_kind():
    assert root_cause(requests.exceptions.ConnectionError()) == "ConnectionError"
