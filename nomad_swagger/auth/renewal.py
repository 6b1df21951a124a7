"""How the next token is had: from the last one, or with a password. What ``login`` stored is ``from_store``'s matter.

Knows the order of attempts. It must not know ages, threads or requests. ``PasswordRenewal`` is a ``keeper.Renewal``.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from nomad_swagger.auth.answers import InvalidGrant, advice
from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.servers import TokenServer
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.errors import LoginRefused

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

    @forgetful
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
            self._refusal = f"{error} (user {self._user}). {advice(error)}"
            raise LoginRefused(self._refusal) from error


def refreshed(server: TokenServer, refresh_token: str) -> Grant:
    """Give the grant for a refresh token; a server that sends no new refresh token wants the old one kept.

    Source: RFC 6749 §6.
    """
    grant = server.refresh(refresh_token)
    return grant if grant.refresh_token is not None else replace(grant, refresh_token=refresh_token)
