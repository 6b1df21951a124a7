"""A sandbox for the how-tos, with a dataset that has a DOI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nomad_sandbox import Sandbox
from tests.docs.scenes import publish_the_dataset


@dataclass(frozen=True)
class Stage:
    box: Sandbox
    doi: str
    cache: Path


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    cache = tmp_path_factory.mktemp("cache")
    with Sandbox() as box, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOMAD_SWAGGER_CACHE", str(cache))
        yield Stage(box, publish_the_dataset(box), cache)
