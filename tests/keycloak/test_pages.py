"""Logins by the pages of a real Keycloak, filled in by a headless Chromium."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from nomad_swagger.auth.browser import log_in_by_browser
from nomad_swagger.auth.device import DeviceCode, log_in_by_device
from nomad_swagger.auth.servers import KeycloakServer as Server
from nomad_swagger.auth.tokens import Grant, claims
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import LoginRefused
from tests.keycloak.conftest import Browser
from tests.keycloak.server import PASSWORD, USER, KeycloakServer

pytestmark = pytest.mark.keycloak


class Waiting:
    """Somebody who waits for a login in a thread, while a test fills in the page."""

    def __init__(self, log_in: Callable[[Callable[[Any], None]], Grant]) -> None:
        self._told, self._shown = threading.Event(), None
        self._grant: Grant | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(log_in,))
        self._thread.start()

    def _work(self, log_in: Callable[[Callable[[Any], None]], Grant]) -> None:
        try:
            self._grant = log_in(self._tell)
        except LoginRefused as error:
            self._error = error
        finally:
            self._told.set()

    def _tell(self, what: Any) -> None:
        self._shown = what
        self._told.set()

    @property
    def shown(self) -> Any:
        assert self._told.wait(60) and self._shown is not None, self._error
        return self._shown

    def grant(self) -> Grant:
        self._thread.join(60)
        assert self._grant is not None, self._error
        return self._grant

    def refusal(self) -> str:
        self._thread.join(60)
        assert isinstance(self._error, LoginRefused), self._grant
        return str(self._error)


def by_device(keycloak: KeycloakServer, client_id: str = "nomad_public") -> Waiting:
    server = Server(keycloak.place(client_id), Wire())
    return Waiting(lambda tell: log_in_by_device(server, tell))


def by_browser(keycloak: KeycloakServer, client_id: str = "browser_only") -> Waiting:
    server = Server(keycloak.place(client_id), Wire())
    return Waiting(lambda show: log_in_by_browser(server, show, patience_s=60))


def test_a_code_typed_in_elsewhere_logs_in(keycloak: KeycloakServer, browser: Browser) -> None:
    waiting = by_device(keycloak)
    code: DeviceCode = waiting.shown
    browser.driver.get(code.page)
    browser.wait_for("#device-user-code").send_keys(code.user_code)
    browser.wait_for("input[type=submit]").click()
    browser.log_in()
    browser.answer_consent("kc-login")
    grant = waiting.grant()
    assert claims(grant.access_token)["preferred_username"] == USER
    assert grant.refresh_token is not None


def test_a_no_in_the_browser_ends_a_login_by_code(keycloak: KeycloakServer, browser: Browser) -> None:
    waiting = by_device(keycloak)
    browser.driver.get(waiting.shown.page_with_code)
    browser.log_in()
    browser.answer_consent("kc-cancel")
    assert "said no in the browser" in waiting.refusal()


def test_a_code_that_nobody_types_in_runs_out(keycloak: KeycloakServer) -> None:
    waiting = by_device(keycloak, "short_device")
    assert waiting.shown.lifetime_s == 5
    assert "ran out" in waiting.refusal()


def test_a_person_in_the_browser_of_this_machine_logs_in(keycloak: KeycloakServer, browser: Browser) -> None:
    """The client accepts PKCE alone."""
    waiting = by_browser(keycloak)
    browser.driver.get(waiting.shown)
    browser.log_in()
    assert claims(waiting.grant().access_token)["preferred_username"] == USER
    assert "You are logged in" in browser.text()


def test_a_stranger_at_the_port_changes_nothing(keycloak: KeycloakServer, browser: Browser) -> None:
    waiting = by_browser(keycloak)
    redirect = requests.utils.unquote(waiting.shown.split("redirect_uri=")[1].split("&")[0])
    assert requests.get(f"{redirect}?code=stolen&state=guess", timeout=10).status_code == 404
    browser.driver.get(waiting.shown)
    browser.log_in()
    assert waiting.grant().refresh_token is not None


def test_an_account_that_must_change_its_password_does_so_in_the_browser(
    keycloak: KeycloakServer, browser: Browser
) -> None:
    waiting = by_browser(keycloak)
    browser.driver.get(waiting.shown)
    browser.log_in("must-change")
    browser.wait_for("#password-new").send_keys("another-word")
    browser.wait_for("#password-confirm").send_keys("another-word")
    browser.wait_for("input[type=submit], button[type=submit]").click()
    assert claims(waiting.grant().access_token)["preferred_username"] == "must-change"
    keycloak.admin(
        "PUT",
        f"/users/{keycloak.user_id('must-change')}/reset-password",
        json={"type": "password", "value": PASSWORD, "temporary": True},
    )
