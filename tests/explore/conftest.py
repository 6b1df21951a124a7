"""One description and one client per snapshot; a test that takes ``snapshot`` and ``name`` runs for every operation."""

from __future__ import annotations

from functools import cache

import pytest

from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Spec
from nomad_swagger.client.client import NomadClient
from nomad_swagger.explore.recipes import client_of

SNAPSHOTS = ("nomad-0.7.9", "nomad-0.8.6", "nomad-1.4.3", "nomad-2.0.0")


@cache
def _spec(snapshot: str) -> Spec:
    return load_spec(snapshot)


@cache
def _client(snapshot: str) -> NomadClient:
    return client_of(_spec(snapshot))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"snapshot", "name"} <= set(metafunc.fixturenames):
        cases = [(snapshot, name) for snapshot in SNAPSHOTS for name in _spec(snapshot).operations]
        metafunc.parametrize(("snapshot", "name"), cases, ids=[f"{snapshot}-{name}" for snapshot, name in cases])


@pytest.fixture
def spec(snapshot: str) -> Spec:
    return _spec(snapshot)


@pytest.fixture
def client(snapshot: str) -> NomadClient:
    return _client(snapshot)


@pytest.fixture
def v0() -> Spec:
    return _spec("nomad-0.8.6")


@pytest.fixture
def v1() -> Spec:
    return _spec("nomad-2.0.0")


@pytest.fixture
def v0_client() -> NomadClient:
    return _client("nomad-0.8.6")
