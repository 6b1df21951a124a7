"""Refresh tokens that serve once, at a real Keycloak that ends the session when one comes twice."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nomad_swagger.auth import StoredAuthenticator, log_in
from nomad_swagger.auth.from_store import StoredRenewal
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.auth.wire import Wire
from tests.keycloak.conftest import API
from tests.keycloak.server import PASSWORD, USER, KeycloakServer

pytestmark = pytest.mark.keycloak

# Each turn holds the token that lies there for refused, so that somebody must renew it.
WORKER = """
import sys
from pathlib import Path
from nomad_swagger.auth.from_store import StoredRenewal
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.wire import Wire

folder, api, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = TokenStore(folder)
renewal = StoredRenewal(store, api, wire=Wire())
last = renewal(None)
for _ in range(count):
    last = renewal(last)
print(last.access_token)
"""


def test_six_processes_renew_one_login_twenty_times_each(
    keycloak: KeycloakServer, store: TokenStore, tmp_path: Path
) -> None:
    log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store)
    keycloak.forget_events()
    words = [sys.executable, "-c", WORKER, str(tmp_path / "logins"), API, "20"]
    workers = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    ended = [(worker.communicate(timeout=240), worker.returncode) for worker in workers]
    assert [code for _, code in ended] == [0] * 6, [said for (_, said), _ in ended]
    renewed, failed = keycloak.events("REFRESH_TOKEN"), keycloak.events("REFRESH_TOKEN_ERROR")
    print(f"\n6 processes, 20 each: {len(renewed)} renewals at the server, {len(failed)} refused")
    assert failed == []
    assert len(renewed) >= 20
    assert StoredRenewal(store, API, wire=Wire())(None).access_token


def test_sixteen_threads_share_one_renewal(keycloak: KeycloakServer, store: TokenStore) -> None:
    log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store)
    keycloak.forget_events()
    held = StoredAuthenticator(store, API, user=USER, now=lambda: time.time() + 59)
    tokens: set[str] = set()
    gate = threading.Barrier(16)

    def work() -> None:
        gate.wait()
        tokens.add(held.token())

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 1
    assert (len(keycloak.events("REFRESH_TOKEN")), keycloak.events("REFRESH_TOKEN_ERROR")) == (1, [])


def test_the_realm_does_detect_a_refresh_token_that_comes_twice(keycloak: KeycloakServer, store: TokenStore) -> None:
    """Else the two tests above would show nothing."""
    login = log_in(API, USER, password=PASSWORD, destination=keycloak.place(), store=store)
    renewal = StoredRenewal(store, API, wire=Wire())
    keycloak.forget_events()
    renewal(Grant(login.access_token, 1.0))
    store.save(login)
    with pytest.raises(Exception, match="run out"):
        renewal(Grant(login.access_token, 1.0))
    assert len(keycloak.events("REFRESH_TOKEN_ERROR")) == 1
