"""Clients of a real sandbox, and of a scripted server that has 0.8.6's description."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nomad_sandbox import Sandbox
from nomad_swagger.client.connect import connect
from nomad_swagger.settings import Profile, sandbox_profile
from nomad_swagger.transport.retry import RetryPolicy

SANDBOX_USER = {"user": "leonard", "password": "password"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        running.add_entries(20)
        yield running


@pytest.fixture
def profile(sandbox: Sandbox) -> Profile:
    return sandbox_profile(sandbox.url)


@pytest.fixture
def client(profile: Profile) -> Any:
    return connect(profile=profile, **SANDBOX_USER)


@pytest.fixture
def scripted(web: Any) -> Callable[..., Any]:
    """Give a client of the scripted server."""

    def make(spec: str = "nomad-0.8.6", **login: Any) -> Any:
        made = connect(f"{web.url}/api", spec=spec, timeout_s=5, **login)
        made.nomad.transport.policy = RetryPolicy(retries=1, sleep=lambda seconds: None)
        return made

    return make


@pytest.fixture
def wait_until() -> Callable[[Callable[[], Any]], Any]:
    def wait(found: Callable[[], Any]) -> Any:
        for _ in range(1000):
            value = found()
            if value:
                return value
            time.sleep(0.01)
        raise AssertionError("it never happened")

    return wait
