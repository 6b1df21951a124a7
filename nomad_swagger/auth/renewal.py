"""How the next token is had: from the last one, with a password, or with what ``login`` left on disk.

Knows the order of attempts. It must not know ages, threads or requests. Each class here is a ``keeper.Renewal``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from nomad_swagger.auth.answers import InvalidGrant
from nomad_swagger.auth.servers import TokenServer, token_server
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.stored import StoredLogin
from nomad_swagger.auth.tokens import Grant, leeway_s
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import LoginRefused, NoCredentials

log = logging.getLogger(__name__)


class PasswordRenewal:
    """Refreshes while the server lets it, and logs in with the password when it no longer does.

    A password that was refused is not sent again: a few more attempts, and the server locks the account.
    """

    def __init__(self, server: TokenServer, user: str, password: str) -> None:
        self._server = server
        self._user = user
        self._password = password
        self._refusal: str | None = None

    def __call__(self, last: Grant | None) -> Grant:
        """Give the next grant.

        Raises
        ------
        LoginRefused
            Password refused, now or before.
        AuthError, TransportError, ApiError
        """
        if last is not None and last.refresh_token is not None:
            try:
                return refreshed(self._server, last.refresh_token)
            except InvalidGrant as error:
                log.info("%s; logging in again", error)
        return self._login()

    def _login(self) -> Grant:
        if self._refusal is not None:
            raise LoginRefused(self._refusal)
        try:
            return self._server.login(self._user, self._password)
        except LoginRefused as error:
            self._refusal = f"{error} (user {self._user}). Check user and password, then connect again."
            raise LoginRefused(self._refusal) from error


class StoredRenewal:
    """Refreshes what ``login`` left on disk, one process at a time.

    A refresh token may serve only once. So the store is locked and read again before a refresh, another process's
    newer token is taken instead, and the new one is back on disk before the lock is given up.
    """

    def __init__(
        self,
        store: TokenStore,
        api_url: str,
        *,
        wire: Wire,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._api_url = api_url
        self._wire = wire
        self._now = now

    def __call__(self, last: Grant | None) -> Grant:
        """Give the next grant.

        Raises
        ------
        NoCredentials
            Somebody logged out meanwhile.
        LoginRefused
            The server no longer takes the stored login.
        AuthError, TransportError, ApiError
        """
        stored = self._store.load(self._api_url)
        if stored is not None and self._serves(stored, last):
            return self._grant(stored)
        with self._store.locked():
            stored = self._store.load(self._api_url)
            if stored is None:
                raise NoCredentials(f"the stored login for {self._api_url} is gone: `nomad-swagger login` makes one")
            if self._serves(stored, last):
                return self._grant(stored)
            return self._refresh(stored)

    def _refresh(self, stored: StoredLogin) -> Grant:
        if stored.refresh_token is None:
            self._run_out(stored, "its token's time is over")
        asked_at = self._now()
        try:
            grant = refreshed(token_server(stored.destination, self._wire), stored.refresh_token)
        except InvalidGrant as error:
            self._run_out(stored, str(error), error)
        self._store.save(stored.with_grant(grant, asked_at))
        return grant

    def _serves(self, stored: StoredLogin, last: Grant | None) -> bool:
        left_s = stored.expires_at - self._now()
        is_other = last is None or last.access_token != stored.access_token
        return is_other and left_s > leeway_s(stored.lifetime_s)

    def _grant(self, stored: StoredLogin) -> Grant:
        left_s = min(stored.expires_at - self._now(), stored.lifetime_s)
        return Grant(stored.access_token, left_s, stored.refresh_token)

    def _run_out(self, stored: StoredLogin, why: str, error: Exception | None = None) -> NoReturn:
        raise LoginRefused(
            f"the stored login of {stored.user} for {self._api_url} has run out ({why}): "
            "`nomad-swagger login` makes a new one"
        ) from error


def refreshed(server: TokenServer, refresh_token: str) -> Grant:
    """Give the grant for a refresh token; a server that sends no new refresh token wants the old one kept.

    Source: RFC 6749 §6.
    """
    grant = server.refresh(refresh_token)
    return grant if grant.refresh_token is not None else replace(grant, refresh_token=refresh_token)
