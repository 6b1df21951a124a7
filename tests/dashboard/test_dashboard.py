from __future__ import annotations

import re
import socket
import threading

import pytest
import requests

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.client.connect import connect
from nomad_swagger.dashboard import Dashboard
from nomad_swagger.errors import UsageError

PAGES = ("", "document.json", "swagger-ui.js", "swagger-ui.css", "dashboard.js", "dashboard.css", "favicon.png")


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=10)


def test_the_page_says_which_nomad_who_and_how_old(nomad, dashboard):
    text = get(dashboard.url).content.decode("utf-8")
    assert '<meta charset="utf-8">' in text
    assert nomad.sandbox.api_url.removeprefix("http://") in text
    assert "live description, " in text
    title = re.search("<title>(.*)</title>", text).group(1)
    assert title.endswith("leonard.hofstadter@nomad-fairdi.tests.de")


def test_without_a_login_the_page_says_so(anonymous_dashboard):
    assert "not logged in" in get(anonymous_dashboard.url).text


def test_what_a_description_calls_itself_is_text_and_no_markup():
    document = {**load_spec("nomad-0.7.9").document, "info": {"title": "<script>alert(1)</script>", "version": "1"}}
    with Dashboard(load_spec(document)) as dashboard:
        text = get(dashboard.url).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("name", PAGES)
def test_everything_of_the_page_is_there_and_lets_nothing_else_in(dashboard, name):
    answer = get(dashboard.url + name)
    assert answer.status_code == 200
    assert len(answer.content) > 300
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_our_own_pages_name_no_host_but_the_api(nomad, dashboard):
    text = "".join(get(dashboard.url + name).text for name in ("", "dashboard.js", "dashboard.css"))
    assert set(re.findall(r"""https?://[^\s"'<]+""", text)) == {nomad.sandbox.api_url}


@pytest.mark.parametrize("name", [*PAGES, "api/repo/"])
def test_a_foreign_origin_and_a_wrong_host_get_403(dashboard, name):
    assert get(dashboard.url + name, Origin="https://evil.org").status_code == 403
    assert get(dashboard.url + name, Host="evil.org").status_code == 403


def test_a_call_that_another_sites_page_made_gets_403_while_a_link_may_lead_to_the_page(dashboard):
    assert get(f"{dashboard.url}api/repo/", Sec_Fetch_Site="cross-site").status_code == 403
    assert get(dashboard.url, Sec_Fetch_Site="cross-site").status_code == 200


def test_a_wrong_path_token_gets_404(nomad, dashboard):
    host = dashboard.url.rsplit("/", 2)[0]
    before = len(nomad.sandbox.requests)
    for path in ("/", "/wrong/", "/wrong/api/repo/", "/api/repo/", "/favicon.ico", "/document.json"):
        assert get(host + path).status_code == 404
    assert len(nomad.sandbox.requests) == before


@pytest.mark.parametrize("name", ["nothing", "page.py", "../dashboard.py", "%2e%2e/dashboard.py", "swagger-ui.js/"])
def test_nothing_else_is_served(dashboard, name):
    assert get(dashboard.url + name).status_code == 404


def test_the_page_is_only_read(dashboard):
    assert requests.post(dashboard.url, timeout=10).status_code == 405


def test_a_private_upload_is_seen_with_login_and_not_without(nomad, dashboard, anonymous_dashboard):
    path = f"api/uploads/{nomad.private}"
    assert get(dashboard.url + path).json()["upload_id"] == nomad.private
    answer = get(anonymous_dashboard.url + path)
    assert answer.status_code == 401
    assert nomad.private not in answer.text


def test_the_token_is_in_no_byte_that_the_page_gets(nomad, dashboard):
    token = nomad.logged_in.nomad.transport.authenticator.token()
    paths = [*PAGES, "api/auth/", "api/uploads/", "api/uploads/command", "api/repo/?owner=all", "api/swagger.json"]
    for path in paths:
        answer = get(dashboard.url + path)
        assert token.encode() not in answer.content + str(answer.headers).encode()


def test_a_description_alone_is_shown_and_nothing_is_forwarded():
    with Dashboard(load_spec("nomad-2.0.0")) as dashboard:
        assert "explore only" in get(dashboard.url).text
        assert get(f"{dashboard.url}document.json").json()["openapi"].startswith("3.1")
        assert get(f"{dashboard.url}api/uploads").status_code == 404


def test_a_pinned_description_with_a_server_says_that_it_is_a_snapshot(nomad):
    client = connect(nomad.sandbox.api_url, spec="nomad-0.7.9")
    with Dashboard(client) as dashboard:
        assert "snapshot nomad-0.7.9" in get(dashboard.url).text
        assert get(f"{dashboard.url}api/repo/").status_code == 200


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # cheroot forgets a socket that it could not bind
def test_a_port_that_is_taken_is_said_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"):
            Dashboard(load_spec("nomad-0.7.9"), port=port).start()


def test_the_browser_gets_a_url_that_leads_to_the_page_once(dashboard):
    seen: list[str] = []
    assert dashboard.open(lambda url: not seen.append(url))
    assert dashboard.url not in seen
    first, second = get(seen[0]), get(seen[0])
    assert (first.status_code, first.url) == (200, dashboard.url)
    assert second.status_code == 404


def test_after_the_end_nothing_answers_and_stopping_twice_does_no_harm():
    with Dashboard(load_spec("nomad-0.7.9")) as dashboard:
        url = dashboard.url
    dashboard.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        get(url)


def test_serving_forever_ends_when_somebody_stops_it():
    dashboard = Dashboard(load_spec("nomad-0.7.9")).start()
    waiting = threading.Thread(target=dashboard.serve_forever)
    waiting.start()
    assert get(dashboard.url).status_code == 200
    dashboard.stop()
    waiting.join(timeout=10)
    assert not waiting.is_alive()
