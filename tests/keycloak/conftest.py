"""One Keycloak for all tests of this folder; ``make test-keycloak`` brings it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nomad_swagger.auth.store import TokenStore
from tests.keycloak.server import PASSWORD, USER, KeycloakServer

API = "http://127.0.0.1:9/api/v1"
_PATIENCE_S = 60
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1000,800"
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody trusts, and its key."""
    from tests.auth.conftest import self_signed_certificate

    pem = self_signed_certificate(tmp_path_factory.mktemp("tls") / "self-signed.pem")
    text = pem.read_text()
    key, certificate = pem.with_name("key.pem"), pem.with_name("certificate.pem")
    begin = text.index("-----BEGIN CERTIFICATE")
    key.write_text(text[:begin])
    certificate.write_text(text[begin:])
    return certificate, key


@pytest.fixture(scope="session")
def keycloak(certificate: tuple[Path, Path]) -> Iterator[KeycloakServer]:
    named = os.environ.get("KEYCLOAK_ZIP")
    if not named or not Path(named).exists():
        pytest.fail("KEYCLOAK_ZIP names no distribution: `make test-keycloak` fetches one and runs these tests")
    server = KeycloakServer(Path(named), certificate)
    try:
        server.start()
        print(f"\nKeycloak {server.version} at {server.url}")
        yield server
    finally:
        server.close()


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "logins")


class Browser:
    """A headless Chromium with a fresh profile, and a person who fills Keycloak's forms with it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def wait_for(self, selector: str) -> Any:
        WebDriverWait(self.driver, _PATIENCE_S).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, selector))
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def log_in(self, user: str = USER, password: str = PASSWORD) -> None:
        self.wait_for("#username").send_keys(user)
        self.wait_for("#password").send_keys(password)
        self.wait_for("#kc-login").click()

    def answer_consent(self, button: str) -> None:
        self.wait_for(f"#{button}").click()

    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.fail("needs chromium and chromium-driver (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
