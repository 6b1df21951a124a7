"""Clients of a scripted server that has a snapshot's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nomad_swagger.client.connect import connect
from nomad_swagger.transport.retry import RetryPolicy


@pytest.fixture
def scripted(web: Any) -> Callable[..., Any]:
    """Give a client of the scripted server."""

    def make(spec: str = "nomad-0.8.6", retries: int = 1, **login: Any) -> Any:
        made = connect(f"{web.url}/api", spec=spec, timeout_s=5, **login)
        made.nomad.transport.policy = RetryPolicy(retries=retries, sleep=lambda seconds: None)
        return made

    return make
