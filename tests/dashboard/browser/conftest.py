"""A headless Chromium with a fresh profile that notes its requests and its console."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_S = 30
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1400,1000"
)


@dataclass
class Page:
    """What a person does with the dashboard, and what the browser noted of it."""

    driver: webdriver.Chrome

    def open(self, url: str) -> None:
        self.driver.get(url)
        self.wait_for(".opblock")

    def find(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, selector: str) -> WebElement:
        WebDriverWait(self.driver, PATIENCE_S).until(lambda _: self.find(selector))
        return self.find(selector)[0]

    def try_out(self, method: str, path: str, **parameters: str) -> str:
        """Unfold an operation, fill in parameters, execute, and give the answer's text."""
        block = next(
            b
            for b in self.find(f".opblock-{method}")
            if b.find_element(By.CSS_SELECTOR, ".opblock-summary-path").get_attribute("data-path") == path
        )
        self._click(block, ".opblock-summary-control")
        self._click(block, ".try-out__btn")
        for name, value in parameters.items():
            row = f'tr[data-param-name="{name}"]'
            for adds_item in block.find_elements(By.CSS_SELECTOR, f"{row} .json-schema-form-item-add"):
                self.driver.execute_script("arguments[0].click()", adds_item)
            self._type(self._within(block, f"{row} input"), value)
        self._click(block, ".execute")
        return self._within(block, ".live-responses-table .response .response-col_description").text

    def _type(self, field: WebElement, value: str) -> None:
        if field.get_attribute("type") == "file":
            field.send_keys(value)
            return
        field.send_keys(Keys.CONTROL, "a")  # an item that was just added holds a sample
        field.send_keys(value, Keys.TAB)  # Swagger UI takes a value when the field is left

    def curl(self) -> str:
        return self.wait_for(".request-snippets .curl").text

    def requested_hosts(self) -> set[str]:
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        urls = (e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent")
        return {urlsplit(url).hostname or "" for url in urls if url.startswith(("http", "ws"))}

    def complaints(self) -> list[str]:
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def _click(self, block: WebElement, selector: str) -> None:
        self.driver.execute_script("arguments[0].click()", self._within(block, selector))

    def _within(self, block: WebElement, selector: str) -> WebElement:
        WebDriverWait(self.driver, PATIENCE_S).until(lambda _: block.find_elements(By.CSS_SELECTOR, selector))
        return block.find_element(By.CSS_SELECTOR, selector)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.fail("the browser tests need chromium and chromium-driver (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    try:
        yield Page(driver)
    finally:
        driver.quit()
