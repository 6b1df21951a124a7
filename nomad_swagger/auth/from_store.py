"""The login that ``nomad-swagger login`` left on disk: kept fresh by one process at a time, and given up in words.

Knows the kinds of stored logins and what prolongs each: a refresh token, a rotation, or nothing. It must not know files
or HTTP.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from copy import copy

from nomad_swagger.auth.answers import InvalidGrant
from nomad_swagger.auth.authenticators import RenewingAuthenticator
from nomad_swagger.auth.keeper import TokenKeeper
from nomad_swagger.auth.lasting import is_good, rotated
from nomad_swagger.auth.renewal import refreshed
from nomad_swagger.auth.servers import token_server
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.stored import SAID_BEFORE_S, StoredLogin, words_for
from nomad_swagger.auth.tokens import Grant, leeway_s
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import LoginRefused, NoCredentials, NomadError, NomadWarning

log = logging.getLogger(__name__)

_ROTATED_IN_LAST = 1 / 3


class StoredRenewal:
    """Refreshes what ``login`` left on disk, one process at a time.

    A refresh token may serve only once. So the store is locked and read again before a refresh, another process's
    newer token is taken instead, and the new one is back on disk before the lock is given up. What was refused once is
    not sent again.

    Parameters
    ----------
    store : TokenStore
    api_url : str
        Under which the login is stored.
    wire : Wire
    now : callable
        Seconds since 1970.
    """

    def __init__(self, store: TokenStore, api_url: str, *, wire: Wire, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._api_url = api_url
        self._wire = wire
        self._now = now
        self._refused: tuple[str, LoginRefused] | None = None
        self._checked = ""
        self._not_rotated = ""

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
        stored = self._load()
        if self._serves(stored, last):
            return self._grant(stored)
        with self._store.locked():
            stored = self._load()
            if self._serves(stored, last):
                return self._grant(stored)
            try:
                return self._refresh(stored) if stored.refresh_token is not None else self._held(stored)
            except LoginRefused as error:
                self._refused = stored.access_token, error
                raise

    def _load(self) -> StoredLogin:
        stored = self._store.load(self._api_url)
        if stored is None:
            raise NoCredentials(f"the stored login for {self._api_url} is gone: `nomad-swagger login` makes one")
        if self._refused is not None and self._refused[0] == stored.access_token:
            raise copy(self._refused[1])
        return stored

    def _refresh(self, stored: StoredLogin) -> Grant:
        asked_at = self._now()
        try:
            grant = refreshed(token_server(stored.destination, self._wire), stored.refresh_token or "")
        except InvalidGrant as error:
            raise self._run_out(stored, str(error)) from error
        self._store.save(stored.with_grant(grant, asked_at))
        return grant

    def _held(self, stored: StoredLogin) -> Grant:
        """Give a token that nothing refreshes, if the server still takes it; near its end, its successor."""
        if stored.expires_at <= self._now():
            raise self._run_out(stored, f"its token's time is over since {words_for(stored.expires_at)}")
        if self._is_due(stored):
            stored = self._rotate(stored)
        if not is_good(stored, self._wire):
            raise self._run_out(stored, "the server refuses its token: it was revoked, or has ended there")
        self._checked = stored.access_token
        return self._grant(stored, is_new=True)

    def _rotate(self, stored: StoredLogin) -> StoredLogin:
        self._not_rotated = stored.access_token
        newer = rotated(stored, self._wire)
        if newer is None:
            return stored
        self._store.save(newer)
        return newer

    def _is_due(self, stored: StoredLogin) -> bool:
        if not stored.may_be_rotated or stored.ends_at is None or self._not_rotated == stored.access_token:
            return False
        return stored.ends_at - self._now() < min(SAID_BEFORE_S, stored.lifetime_s * _ROTATED_IN_LAST)

    def _serves(self, stored: StoredLogin, last: Grant | None) -> bool:
        left_s = stored.expires_at - self._now()
        is_other = last is None or last.access_token != stored.access_token
        # a personal access token that was revoked is taken for nobody, without a word: ask once per process
        is_known = stored.kept != "personal access token" or self._checked == stored.access_token
        return is_other and is_known and not self._is_due(stored) and left_s > leeway_s(stored.lifetime_s)

    def _grant(self, stored: StoredLogin, *, is_new: bool = False) -> Grant:
        left_s = min(stored.expires_at - self._now(), stored.lifetime_s)
        return Grant(stored.access_token, left_s, stored.refresh_token, is_new=is_new)

    def _run_out(self, stored: StoredLogin, why: str) -> LoginRefused:
        return LoginRefused(
            f"the stored login of {stored.user} for {self._api_url} has run out ({why}): "
            "`nomad-swagger login` makes a new one"
        )


class StoredAuthenticator(RenewingAuthenticator):
    """Uses what ``nomad-swagger login`` left on disk, and keeps it fresh there.

    Parameters
    ----------
    store : TokenStore
    api_url : str
        The API that is called; the token goes to its scheme, host and port alone.
    user : str
        For the repr.
    stored_under : str
        The API that the login was made for, where it is another one behind the same login server.
    wire : Wire
    clock : callable
    now : callable
        Seconds since 1970.
    """

    def __init__(
        self,
        store: TokenStore,
        api_url: str,
        *,
        user: str,
        stored_under: str = "",
        wire: Wire = Wire(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        keeper = TokenKeeper(StoredRenewal(store, stored_under or api_url, wire=wire, now=now), clock=clock)
        super().__init__(api_url, f"{user!r}, {store!r}", keeper)
        self._said = False

    def go_on_as_nobody(self, why: NomadError) -> bool:
        """Say once that calls which everybody may make go on without the login, and that they may.

        Only a stored login gives way like this: it was made some other day, and nobody asked for it in this call.
        """
        if not self._said:
            self._said = True
            warnings.warn(
                f"{why}. What is public goes on without a login; all else needs a new one.", NomadWarning, stacklevel=2
            )
        return True
