from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
import requests

from nomad_swagger.client.client import NomadClient
from nomad_swagger.client.connect import connect
from nomad_swagger.dashboard import Dashboard
from nomad_swagger.transport.retry import RetryPolicy

from .upstream import BASE, Answer, Upstream, running

TOKEN = "a-token-that-no-page-may-ever-see"


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def page(server: Upstream) -> Iterator[str]:
    """The URL under which the page finds the API."""
    with Dashboard(impatient(connect(server.api_url, spec="nomad-0.7.9", token=TOKEN))) as dashboard:
        yield f"{dashboard.url}api"


@pytest.fixture
def upstream(server: Upstream) -> Upstream:
    server.asked.clear()
    server.script = lambda asked: Answer()
    return server


def impatient(client: NomadClient) -> NomadClient:
    client.nomad.transport.policy = RetryPolicy(sleep=lambda seconds: None)
    return client


def call(method: str, url: str, **more) -> requests.Response:
    return requests.request(method, url, timeout=10, allow_redirects=False, **more)


def test_a_call_goes_to_the_api_as_it_is_with_the_login_that_the_page_does_not_have(upstream, page):
    answer = call("POST", f"{page}/datasets/?a=1&a=%C3%A9+b&empty=", json={"name": "d"})
    (asked,) = upstream.asked
    assert (asked.method, asked.path) == ("POST", f"{BASE}/datasets/?a=1&a=%C3%A9%20b&empty=")
    assert asked.body == b'{"name": "d"}'
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_of_an_api_is_forwarded(upstream, page, method):
    assert call(method, f"{page}/repo/").status_code == 200
    assert [asked.method for asked in upstream.asked] == [method]


def test_other_methods_are_not(upstream, page):
    assert call("TRACE", f"{page}/repo/").status_code == 405
    assert upstream.asked == []


def test_credentials_cookies_and_hop_by_hop_headers_of_the_page_stay_here(upstream, page):
    sent = {
        "Authorization": "Bearer of-somebody-else",
        "Cookie": "session=1",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "X-Forwarded-Host": "evil.org",
        "Proxy-Authorization": "Basic eA==",
        "Referer": page,
        "X-Fields": "calc_id",
        "Range": "bytes=0-1",
    }
    call("GET", f"{page}/repo/", headers=sent)
    arrived = upstream.asked[0].headers
    assert arrived["authorization"] == f"Bearer {TOKEN}"
    assert arrived["x-fields"] == "calc_id"  # a header parameter of the description
    assert arrived["range"] == "bytes=0-1"
    assert not {"cookie", "x-hop", "x-forwarded-host", "proxy-authorization", "referer", "origin"} & set(arrived)
    assert page.split("/")[-2] not in str(upstream.asked)


def test_of_an_answers_headers_only_those_about_its_content_come_back(upstream, page):
    given = {
        "Set-Cookie": "session=1",
        "Access-Control-Allow-Origin": "*",
        "WWW-Authenticate": "Basic",
        "Refresh": "0; url=https://evil.org",
        "Content-Security-Policy": "default-src *",
        "Clear-Site-Data": '"*"',
        "Content-Type": "text/html",
        "Content-Disposition": "attachment; filename=a.zip",
    }
    upstream.script = lambda asked: Answer(401, b"<script>", given)
    answer = call("GET", f"{page}/repo/")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Content-Disposition"] == "attachment; filename=a.zip"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert not {"Set-Cookie", "Access-Control-Allow-Origin", "WWW-Authenticate", "Refresh", "Clear-Site-Data"} & set(
        answer.headers
    )


def test_a_server_that_echoes_the_token_does_not_get_it_onto_the_page(upstream, page):
    upstream.script = lambda asked: Answer(
        500, str(asked.headers).encode(), {"ETag": f'"{TOKEN}"', "Content-Type": "text/plain"}
    )
    answer = call("POST", f"{page}/repo/")
    assert "authorization" in answer.text
    assert TOKEN not in answer.text + str(answer.headers)
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_a_packed_echo_of_the_token_does_not_get_through_either(upstream, page):
    packed = gzip.compress(f"you are {TOKEN}".encode())
    upstream.script = lambda asked: Answer(200, packed, {"Content-Encoding": "gzip"})
    answer = call("GET", f"{page}/info/")
    assert answer.text == "you are " + "*" * len(TOKEN)
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/auth/", "/auth", "/uploads/command"])
def test_an_operation_that_answers_with_a_token_is_not_called(upstream, page, path):
    answer = call("GET", page + path)
    assert answer.status_code == 403
    assert "secret" in answer.json()["message"]
    assert upstream.asked == []


@pytest.mark.parametrize("path", ["/%2e%2e/admin", "/..%2fadmin", "/a%2F..%2F..%2Fadmin", "/..%5cadmin", "/%2e/x"])
def test_no_path_leads_out_of_the_api(upstream, page, path):
    session = requests.Session()
    prepared = session.prepare_request(requests.Request("GET", page))
    prepared.url = page + path
    assert session.send(prepared).status_code == 400
    assert upstream.asked == []
    session.close()


def test_an_encoded_slash_in_a_files_path_stays_one(upstream, page):
    call("GET", f"{page}/raw/abc/folder%2Ffile%20name.out")
    assert upstream.asked[0].path == f"{BASE}/raw/abc/folder%2Ffile%20name.out"


def test_a_redirect_within_the_api_leads_to_this_side(upstream, page):
    upstream.script = lambda asked: Answer(308, b"", {"Location": f"{upstream.api_url}/repo/?a=1"})
    answer = call("GET", f"{page}/repo?a=1")
    assert answer.status_code == 308
    assert answer.headers["Location"] == page.removeprefix("http://" + page.split("/")[2]) + "/repo/?a=1"
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.org/nomad/api/repo/",
        "//evil.org/nomad/api/repo/",
        "/elsewhere",
        "/nomad/api/../../elsewhere",
        "/nomad/apis/x",
        "https://127.0.0.1/nomad/api/repo",  # itself, under https: the user should name that one
        "",
    ],
)
def test_a_redirect_to_another_place_is_followed_by_nobody(upstream, page, target):
    upstream.script = lambda asked: Answer(302, b"", {"Location": target})
    answer = call("GET", f"{page}/repo")
    assert answer.status_code == 502
    assert "Location" not in answer.headers
    assert "redirects" in answer.json()["message"]
    assert len(upstream.asked) == 1


def test_a_big_body_arrives_whole_and_once(upstream, page):
    content = bytes(range(256)) * 20_000
    call("PUT", f"{page}/uploads/", data=content)
    assert [asked.body for asked in upstream.asked] == [content]
    assert upstream.asked[0].headers["content-length"] == str(len(content))


def test_a_body_of_unknown_length_arrives_whole(upstream, page):
    blocks = [b"a" * 70_000, b"b" * 3]
    call("PUT", f"{page}/uploads/", data=iter(blocks))
    assert upstream.asked[0].body == b"".join(blocks)


def test_a_big_answer_comes_whole(upstream, page):
    content = bytes(range(256)) * 20_000
    upstream.script = lambda asked: Answer(200, content, {"Content-Type": "application/zip"})
    assert call("GET", f"{page}/raw/query").content == content


def test_an_answer_that_was_cut_does_not_look_whole(upstream, page):
    upstream.script = lambda asked: Answer(200, b"half", {"Content-Type": "text/plain"}, declared_bytes=8)
    with pytest.raises(requests.exceptions.RequestException):
        call("GET", f"{page}/raw/query")


def test_a_changing_call_is_sent_once_whatever_the_answer(upstream, page):
    upstream.script = lambda asked: Answer(503)
    assert call("PUT", f"{page}/uploads/").status_code == 503
    assert len(upstream.asked) == 1


def test_a_reading_call_is_tried_again_while_the_server_is_busy(upstream, page):
    upstream.script = lambda asked: Answer(503 if len(upstream.asked) < 2 else 200)
    assert call("GET", f"{page}/repo/").status_code == 200
    assert len(upstream.asked) == 2


def test_a_server_out_of_reach_is_said_so():
    with running() as gone:
        client = impatient(connect(gone.api_url, spec="nomad-0.7.9"))
    with Dashboard(client) as dashboard:
        answer = call("PUT", f"{dashboard.url}api/uploads/")
    assert answer.status_code == 502
    assert "PUT /uploads/" in answer.json()["message"]
