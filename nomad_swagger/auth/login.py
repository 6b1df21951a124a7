"""Log in, keep a login and give it up: what the commands ``login`` and ``logout`` do with the store.

Knows server and store. It must not know where a password came from, and keeps none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.lasting import revoke
from nomad_swagger.auth.renewal import PasswordRenewal
from nomad_swagger.auth.servers import Destination, token_server
from nomad_swagger.auth.store import TokenStore, is_at
from nomad_swagger.auth.stored import Kept, StoredLogin, end_of, words_for
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import NomadError
from nomad_swagger.settings import Keycloak

log = logging.getLogger(__name__)


@forgetful
def log_in(
    api_url: str,
    user: str,
    *,
    password: str,
    destination: Destination,
    store: TokenStore,
    offline: bool = False,
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
    offline : bool
        Ask a Keycloak for an offline token.
    wire : Wire
    now : callable
        Seconds since 1970.

    Raises
    ------
    LoginRefused, AuthError, TransportError, ApiError
        Nothing was stored.
    """
    asked_at = now()
    grant = PasswordRenewal(token_server(destination, wire, offline=offline), user, password)(None)
    kept = kept_of(grant, offline=offline)
    return keep(login_of(api_url, user, grant, destination=destination, asked_at=asked_at, kept=kept), store=store)


def kept_of(grant: Grant, *, offline: bool = False) -> Kept:
    """Give what makes a login server's grant last."""
    if grant.refresh_token is None:
        return "access token"
    return "offline token" if offline else "refresh token"


def login_of(
    api_url: str, user: str, grant: Grant, *, destination: Destination, asked_at: float, **more: Any
) -> StoredLogin:
    """Give what is to be stored of a grant.

    Parameters
    ----------
    api_url : str
        The API that the login is for.
    user : str
    grant : Grant
    destination : Keycloak or ApiLogin
        Who granted it.
    asked_at : float
        Seconds since 1970.
    **more
        Further fields of :class:`StoredLogin`.
    """
    fields: Mapping[str, Any] = {"ends_at": end_of(grant, asked_at), **more}
    return StoredLogin(
        api_url=api_url,
        user=user,
        destination=destination,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        expires_at=asked_at + grant.lifetime_s,
        lifetime_s=grant.lifetime_s,
        **fields,
    )


def keep(login: StoredLogin, *, store: TokenStore) -> StoredLogin:
    """Store a login, in place of older ones for the same API or at the same login server.

    Raises
    ------
    AuthError
        The folder or file cannot be made safe.
    """
    with store.locked():
        store.save(login)
        place = login.destination
        for older in store.all():
            if older.api_url != login.api_url and isinstance(place, Keycloak) and is_at(older.destination, place):
                store.forget(older.api_url)
    return login


def log_out(
    api_url: str,
    *,
    store: TokenStore,
    keycloak: Keycloak | None = None,
    wire: Wire = Wire(),  # noqa: B008 - frozen
) -> StoredLogin | None:
    """Forget a stored login, and make it worth nothing at the server where that can be done.

    Parameters
    ----------
    api_url : str
    store : TokenStore
    keycloak : Keycloak or None
        The login server that is named for the API: one login there is for every API behind it.
    wire : Wire

    Returns
    -------
    StoredLogin or None
        What there was.
    """
    with store.locked():
        login = store.find(api_url, keycloak)
        store.forget(login.api_url if login is not None else api_url)
    if login is not None:
        _end(login, wire)
    return login


def _end(login: StoredLogin, wire: Wire) -> None:
    try:
        if login.refresh_token is not None:
            token_server(login.destination, wire).end(login.refresh_token)
        elif login.revoke_url:
            revoke(login, wire)
        else:
            log.warning(
                "logged out here; the server has no way to end %s before its time: it ends %s",
                f"this {login.kept}",
                words_for(login.ends_at),
            )
    except NomadError as error:
        # the tokens are gone from this machine, which is what was asked for; the session ends by itself in time
        log.warning("logged out here, but the server was not told: %s", error)
