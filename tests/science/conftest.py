"""The flows' sandbox and clients, for what is tested on archives that came all the way."""

from __future__ import annotations

from tests.flows.conftest import (
    clean_staging,
    connect,
    known_clients,
    known_uploads,
    put,
    sandbox,
    shared_cache,
    shelf,
    silicon,
    spec_cache,
    water,
)

__all__ = [
    "clean_staging",
    "connect",
    "known_clients",
    "known_uploads",
    "put",
    "sandbox",
    "shared_cache",
    "shelf",
    "silicon",
    "spec_cache",
    "water",
]
