"""The dashboard as a person sees it. Needs Chromium; ``make test-browser`` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
import requests
from selenium.webdriver.support.ui import WebDriverWait

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Spec
from nomad_swagger.dashboard import Dashboard
from tests.dashboard.conftest import PASSWORD, USER

SNAPSHOTS = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")

pytestmark = pytest.mark.browser


def operations_of(spec: Spec) -> set[tuple[str, str]]:
    return {(operation.method, operation.path) for operation in spec.operations.values()}


def shown_operations(page) -> set[tuple[str, str]]:
    return set(
        map(
            tuple,
            page.driver.execute_script(
                "return [...document.querySelectorAll('.opblock')].map(block => ["
                "block.querySelector('.opblock-summary-method').textContent,"
                "block.querySelector('.opblock-summary-path').dataset.path])"
            ),
        )
    )


def quiet_and_at_home(page) -> None:
    assert page.complaints() == []
    assert page.requested_hosts() == {"127.0.0.1"}


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_operation_of_a_snapshot_is_listed_and_none_can_be_sent_without_a_server(page, name):
    spec = load_spec(name)
    with Dashboard(spec) as dashboard:
        page.open(dashboard.url)
        assert shown_operations(page) == operations_of(spec)
        page.find(".opblock-summary-control")[0].click()
        page.wait_for(".opblock-body .parameters-container, .opblock-body .opblock-section")
        assert page.find(".try-out__btn") == []
        assert "explore only" in page.driver.title
        quiet_and_at_home(page)


def test_every_operation_of_a_live_server_is_listed(page, nomad, dashboard):
    dashboard.open(page.open)
    assert shown_operations(page) == operations_of(nomad.logged_in.nomad.spec)
    assert "live description" in page.find(".nomad")[0].text
    quiet_and_at_home(page)


def test_trying_out_the_search_shows_an_entry_of_the_server(page, nomad, anonymous_dashboard):
    page.open(anonymous_dashboard.url)
    answer = page.try_out("get", "/repo/", upload_id=nomad.published)
    assert json.loads(answer[answer.index("{") : answer.rindex("}") + 1])["results"][0]["upload_id"] == nomad.published
    quiet_and_at_home(page)


def test_a_private_upload_is_seen_with_login(page, nomad, dashboard):
    page.open(dashboard.url)
    assert nomad.private in page.try_out("get", "/uploads/")
    quiet_and_at_home(page)


def test_a_private_upload_is_not_seen_without_login(page, nomad, anonymous_dashboard):
    page.open(anonymous_dashboard.url)
    answer = page.try_out("get", "/uploads/{upload_id}", upload_id=nomad.private)
    assert nomad.private not in answer
    assert page.find(".live-responses-table .response .response-col_status")[0].text.startswith("401")
    assert page.requested_hosts() == {"127.0.0.1"}


def test_the_curl_line_is_good_outside_of_the_dashboard(page, nomad, anonymous_dashboard):
    page.open(anonymous_dashboard.url)
    page.try_out("get", "/repo/", upload_id=nomad.published)
    assert f"{nomad.sandbox.api_url}/repo/?" in page.curl()
    assert anonymous_dashboard.url not in page.driver.find_element("css selector", "body").text


def runs(line: str, token: str = "") -> str:
    """Give what a curl line that the page shows answers in a shell."""
    words = ["bash", "-c", line.replace("curl ", "curl -sS ", 1)]
    done = subprocess.run(words, env={**os.environ, "NOMAD_TOKEN": token}, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_curl_line_has_a_token_where_the_call_needs_one(page, nomad, dashboard, anonymous_dashboard):
    answer = requests.post(
        f"{nomad.sandbox.keycloak_url}realms/fairdi_nomad_prod/protocol/openid-connect/token",
        data={"grant_type": "password", "client_id": "nomad_public", "username": USER, "password": PASSWORD},
        timeout=30,
    )
    token = answer.json()["access_token"]
    page.open(dashboard.url)
    page.try_out("get", "/uploads/{upload_id}", upload_id=nomad.private)
    assert '-H "Authorization: Bearer $NOMAD_TOKEN"' in page.curl()
    assert nomad.private in runs(page.curl(), token)
    assert token not in page.driver.page_source
    if "SCREENSHOTS" in os.environ:
        page.driver.save_screenshot(f"{os.environ['SCREENSHOTS']}/curl.png")
    page.open(anonymous_dashboard.url)
    page.try_out("get", "/repo/", upload_id=nomad.published)
    assert "NOMAD_TOKEN" not in page.curl()
    assert nomad.published in runs(page.curl())
    page.open(anonymous_dashboard.url)
    page.try_out("get", "/repo/", owner="user")
    assert "$NOMAD_TOKEN" in page.curl(), "whose they are is asked for"


def test_a_file_can_be_uploaded_from_the_page(page, nomad, dashboard, tmp_path: Path):
    calculation = Path(__file__).parents[3] / "tutorials" / "data" / "silicon" / "si.out"
    archive = tmp_path / "from the page.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(calculation, "si.out")
    page.open(dashboard.url)
    answer = page.try_out("put", "/uploads/", file=str(archive))
    assert '"upload_id"' in answer
    quiet_and_at_home(page)


def test_the_filter_finds_operations_by_any_of_their_words(page, nomad, anonymous_dashboard):
    page.open(anonymous_dashboard.url)
    box = page.find(".operation-filter-input")[0]
    box.send_keys("publish delete")
    found = {("POST", "/uploads/{upload_id}"), ("DELETE", "/uploads/{upload_id}")}

    def filtered(_: object) -> bool:
        shown = shown_operations(page)
        return bool(shown & found) and all(path.startswith("/uploads/") for _, path in shown)

    WebDriverWait(page.driver, 20).until(filtered, "the page shows what was typed into the filter")
    assert "nomad-swagger login --url" in page.find(".nomad")[0].text
    if "SCREENSHOTS" in os.environ:
        page.driver.save_screenshot(f"{os.environ['SCREENSHOTS']}/filter.png")
    quiet_and_at_home(page)


def test_the_tags_that_most_is_done_in_come_first(page):
    with Dashboard(load_spec("nomad-0.8.6")) as dashboard:
        page.open(dashboard.url)
        tags = page.driver.execute_script(
            "return [...document.querySelectorAll('.opblock-tag')].map(t => t.dataset.tag)"
        )
        assert set(tags[:3]) <= {"uploads", "repo", "raw", "datasets"}
        assert "not logged in" not in page.find(".nomad")[0].text


def test_a_deep_link_shows_the_operation_below_the_title(page, anonymous_dashboard):
    page.open(f"{anonymous_dashboard.url}#/repo/search")
    page.wait_for(".opblock.is-open")
    places = """
        return new Promise(done => setTimeout(() => done({
            head: document.querySelector('.nomad').getBoundingClientRect().top,
            below: document.querySelector('.nomad').getBoundingClientRect().bottom,
            opened: document.querySelector('.opblock.is-open').getBoundingClientRect().top,
        }), 1500))
    """
    seen = page.driver.execute_script(places)
    if "SCREENSHOTS" in os.environ:
        page.driver.save_screenshot(f"{os.environ['SCREENSHOTS']}/deep.png")
    assert seen["head"] == 0, "the title stays in sight"
    assert seen["below"] <= seen["opened"] < 600, "the operation stands below it"
    quiet_and_at_home(page)
