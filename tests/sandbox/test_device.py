"""Logging in on another screen, as the sandbox's login server offers it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from nomad_sandbox import Sandbox
from nomad_sandbox.device import INTERVAL_S, LIFETIME_S, DeviceCodes, DevicePending
from nomad_swagger.auth.device import DeviceCode, log_in_by_device
from nomad_swagger.auth.servers import KeycloakServer
from nomad_swagger.auth.tokens import claims
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import LoginRefused
from nomad_swagger.settings import Keycloak


@pytest.fixture(scope="module")
def box() -> Any:
    with Sandbox() as running:
        yield running


def log_in(box: Sandbox, **typed: str) -> Any:
    """Log in by a code, while a person types something into the page as soon as it is told."""

    def tell(code: DeviceCode) -> None:
        page = requests.get(code.page_with_code, timeout=30)
        assert code.user_code in page.text
        requests.post(code.page, data={"user_code": code.user_code, **typed}, timeout=30)

    server = KeycloakServer(Keycloak(box.keycloak_url), Wire())
    return log_in_by_device(server, tell, sleep=lambda seconds: None)


def test_a_code_typed_in_elsewhere_logs_in(box: Sandbox) -> None:
    grant = log_in(box, username="leonard", password="password", answer="yes")
    assert claims(grant.access_token)["preferred_username"] == "leonard"
    assert grant.refresh_token


def test_a_no_on_the_page_ends_it(box: Sandbox) -> None:
    with pytest.raises(LoginRefused, match="said no"):
        log_in(box, answer="no")


def test_the_page_takes_no_wrong_password_and_no_wrong_code(box: Sandbox) -> None:
    page = f"{box.keycloak_url}realms/fairdi_nomad_prod/device"
    typed = {"user_code": "WRON-GGGG", "username": "leonard", "password": "password", "answer": "yes"}
    assert "Invalid code" in requests.post(page, data=typed, timeout=30).text
    assert "Invalid username" in requests.post(page, data={**typed, "password": "x"}, timeout=30).text
    nasty = requests.get(page, params={"user_code": '"><script>'}, timeout=30).text
    assert "<script>" not in nasty


def test_a_code_is_asked_for_at_the_servers_pace_and_runs_out(box: Sandbox) -> None:
    now = [0.0]
    codes = DeviceCodes(clock=lambda: now[0])
    device_code, user_code = codes.make()

    def refusal() -> str:
        with pytest.raises(DevicePending) as told:
            codes.collect(device_code)
        return told.value.error

    now[0] = 10
    assert refusal() == "authorization_pending"
    now[0] += 1
    assert refusal() == "slow_down"
    now[0] += INTERVAL_S
    assert refusal() == "authorization_pending"
    now[0] += LIFETIME_S
    assert refusal() == "expired_token"
    assert not codes.answer(user_code, box.accounts.find("leonard"))


def test_a_code_serves_once(box: Sandbox) -> None:
    codes, leonard = DeviceCodes(), box.accounts.find("leonard")
    device_code, user_code = codes.make()
    assert codes.answer(user_code.lower(), leonard)
    assert codes.collect(device_code) == leonard
    with pytest.raises(DevicePending, match="not valid"):
        codes.collect(device_code)
