"""Log in and log out: what the commands ``login`` and ``logout`` do.

Knows server and store. It must not know where a password came from, and keeps none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from nomad_swagger.auth.renewal import PasswordRenewal
from nomad_swagger.auth.servers import Destination, token_server
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.stored import StoredLogin
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import NomadError

log = logging.getLogger(__name__)


def log_in(
    api_url: str,
    user: str,
    *,
    password: str,
    destination: Destination,
    store: TokenStore,
    wire: Wire = Wire(),  # noqa: B008 - frozen
    now: Callable[[], float] = time.time,
) -> StoredLogin:
    """Trade a password for tokens and store them.

    Parameters
    ----------
    api_url : str
        The API that the login is for.
    user, password : str
    destination : Keycloak or ApiLogin
        Where the password goes; ``destination_for`` knows.
    store : TokenStore
    wire : Wire
    now : callable
        Seconds since 1970.

    Raises
    ------
    LoginRefused, AuthError, TransportError, ApiError
        Nothing was stored.
    """
    asked_at = now()
    grant = PasswordRenewal(token_server(destination, wire), user, password)(None)
    login = StoredLogin(
        api_url=api_url,
        user=user,
        destination=destination,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        expires_at=asked_at + grant.lifetime_s,
        lifetime_s=grant.lifetime_s,
    )
    store.save(login)
    return login


def log_out(api_url: str, *, store: TokenStore, wire: Wire = Wire()) -> bool:  # noqa: B008 - frozen
    """Forget a stored login, and end its session at the server where it can be reached.

    Returns
    -------
    bool
        Whether there was one.
    """
    with store.locked():
        login = store.load(api_url)
        found = store.forget(api_url)
    if login is not None and login.refresh_token is not None:
        try:
            token_server(login.destination, wire).end(login.refresh_token)
        except NomadError as error:
            # the tokens are gone from this machine, which is what was asked for; the session ends by itself in time
            log.warning("logged out here, but the server was not told: %s", error)
    return found
