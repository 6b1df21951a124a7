"""A transport whose sleeps are noted instead of slept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.retry import RetryPolicy
from nomad_swagger.transport.send import Transport


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def transport(pauses: list[float]) -> Transport:
    return Transport(policy=RetryPolicy(sleep=pauses.append, chance=lambda: 1.0), read_timeout_s=5)


@pytest.fixture
def call(web: Any) -> Callable[..., PreparedCall]:
    """Make a call to the scripted server."""

    def make(method: str = "GET", path: str = "/x", **more: Any) -> PreparedCall:
        return PreparedCall(method, web.url + path, operation="repo.search", **more)

    return make


@dataclass
class Tokens:
    """A stranger's authenticator that can renew."""

    good: list[str] = field(default_factory=lambda: ["old", "new"])
    renewed: list[str] = field(default_factory=list)
    elsewhere: bool = False

    def matches(self, url: str) -> bool:
        return not self.elsewhere

    def apply(self, request: requests.Request) -> requests.Request:
        request.headers["Authorization"] = f"Bearer {self.good[0]}"
        return request

    def renew(self, stale_token: str) -> bool:
        self.renewed.append(stale_token)
        self.good.pop(0)
        return bool(self.good)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()
