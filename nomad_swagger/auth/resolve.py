"""Who calls, and where a password may go: argument, environment, profile, stored login, anonymous.

Knows the order and the one rule about passwords. Sends nothing, asks nobody, and reads the store alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any, Literal, Protocol, TypeAlias

from nomad_swagger import settings
from nomad_swagger.advice import python_words
from nomad_swagger.auth.authenticators import (
    ApiLoginAuthenticator,
    BearerAuthenticator,
    KeycloakAuthenticator,
)
from nomad_swagger.auth.destination import destination_for, environment_fits, is_for, named_keycloak
from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.from_store import StoredAuthenticator
from nomad_swagger.auth.servers import ApiLogin, Destination
from nomad_swagger.auth.store import TokenStore
from nomad_swagger.auth.stored import StoredLogin
from nomad_swagger.auth.tokens import checked_token, end_of_token, holder
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import NoCredentials, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import Keycloak, Profile
from nomad_swagger.transport.origin import origin, shown

log = logging.getLogger(__name__)

Source: TypeAlias = Literal["argument", "environment", "profile", "stored", "anonymous"]
Kind: TypeAlias = Literal["authenticator", "token", "password", "stored", "anonymous"]


_KEYWORDS = {"user": "user=", "password": "password=", "token": "token="}


class Authenticator(Protocol):
    """What bravado calls an authenticator, of anyone."""

    def matches(self, url: str) -> bool:
        """Tell whether requests to this URL get the login."""

    def apply(self, request: Any) -> Any:
        """Put the login on a request."""


@dataclass(frozen=True)
class Login:
    """Who calls, and how that was found out.

    Attributes
    ----------
    kind : {"authenticator", "token", "password", "stored", "anonymous"}
    source : {"argument", "environment", "profile", "stored", "anonymous"}
    who : str or None
        The user's name; for a token, as the token tells it; None where nobody tells.
    server : str or None
        Where the password goes, or the refresh token.
    authenticator : Authenticator or None
        None for anonymous.
    named : str
        Where exactly it was said: a variable, a key of a profile, a file.
    ends_at : float or None
        When it is over, in seconds since 1970, as far as somebody tells.
    stored : StoredLogin or None
        What the store has, for a stored login.
    """

    kind: Kind
    source: Source
    who: str | None = None
    server: str | None = None
    authenticator: Authenticator | None = field(default=None, repr=False)
    named: str = ""
    ends_at: float | None = None
    stored: StoredLogin | None = field(default=None, repr=False)


ANONYMOUS = Login("anonymous", "anonymous")


@dataclass(frozen=True)
class _Offer:
    """What one source has to say, and how it spells it."""

    source: Source
    user: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    names: Mapping[str, str]


@forgetful
def resolve(
    api_url: str,
    *,
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
    authenticator: Authenticator | None = None,
    keycloak: Keycloak | None = None,
    env: Mapping[str, str] | None = None,
    profile: Profile | None = None,
    api_login: ApiLogin | None = None,
    store: TokenStore | None = None,
    wire: Wire = Wire(),  # noqa: B008 - frozen
    clock: Callable[[], float] = time.monotonic,
) -> Login:
    """Give the login for an API: argument, else environment, else profile, else stored, else anonymous.

    Within a source a token wins over user and password. An environment or profile that names another deployment than
    ``api_url`` keeps its login to itself: it would hand one institute's password to another.

    Parameters
    ----------
    api_url : str
        A login goes to its scheme, host and port alone.
    user, password, token, authenticator, keycloak
        The arguments of ``connect()``.
    env : mapping, optional
        The environment; the process's own unless given.
    profile : Profile, optional
        A row of the deployment table or of the config file.
    api_login : ApiLogin, optional
        The API's own login, for when no Keycloak is named.
    store : TokenStore, optional
    wire : Wire
    clock : callable

    Raises
    ------
    NoCredentials
        Half of a user and password, or nobody says where the password may go.
    UsageError
        A login and an authenticator both; a token that is none.
    """
    if authenticator is not None:
        if user or password or token:
            raise UsageError("give either authenticator= or user=, password=, token=, not both")
        return Login("authenticator", "argument", authenticator=authenticator)
    variables = settings.environment(env)
    named = keycloak or named_keycloak(api_url, variables, profile)
    argument = _Offer("argument", user or "", password or "", token or "", _KEYWORDS)
    for offer in _offers(api_url, argument, variables, profile):
        if offer.token:
            return _token_login(api_url, offer)
        if offer.user and offer.password:
            place = destination_for(api_url, keycloak=keycloak, env=variables, profile=profile, api_login=api_login)
            return _password_login(api_url, offer, place, wire, clock)
        if offer.user or offer.password:
            stored = _stored_login(api_url, named, store, wire, clock)
            if offer.user and stored is not None and stored.who == offer.user:
                return stored
            raise _half(offer)
    return _stored_login(api_url, named, store, wire, clock) or ANONYMOUS


def _offers(api_url: str, argument: _Offer, env: Mapping[str, str], profile: Profile | None) -> Iterator[_Offer]:
    yield argument
    names = {"user": settings.ENV_USER, "password": settings.ENV_PASSWORD, "token": settings.ENV_TOKEN}
    user, password, token = (env.get(name, "") for name in names.values())
    if environment_fits(env, api_url, profile):
        yield _Offer("environment", user, password, token, names)
    elif user or password or token:
        log.warning(
            "the login in the environment is for %s=%s and not used for %s",
            settings.ENV_URL,
            shown(env[settings.ENV_URL]),
            shown(api_url),
        )
    if profile is not None and is_for(profile.url, api_url):
        named = {key: f"{key} in profile {profile.name!r}" for key in names}
        yield _Offer("profile", profile.user, profile.password, profile.token, named)


def _token_login(api_url: str, offer: _Offer) -> Login:
    where = offer.names["token"]
    token = checked_token(offer.token, named=where)
    return Login(
        "token",
        offer.source,
        who=holder(token),
        authenticator=BearerAuthenticator(token, host=api_url, named=where),
        named=where,
        ends_at=end_of_token(token),
    )


def _password_login(api_url: str, offer: _Offer, place: Destination, wire: Wire, clock: Callable[[], float]) -> Login:
    user, password, host = offer.user, offer.password, str(origin(api_url))
    if isinstance(place, Keycloak):
        server = place.server_url
        login: Authenticator = KeycloakAuthenticator(
            user,
            password,
            server_url=server,
            realm_name=place.realm_name,
            client_id=place.client_id,
            host=host,
            wire=wire,
            clock=clock,
        )
    else:
        server = place.url
        login = ApiLoginAuthenticator(user, password, login=place, host=host, wire=wire, clock=clock)
    where = f"{offer.names['user']}, {offer.names['password']}"
    return Login("password", offer.source, who=user, server=shown(server), authenticator=login, named=where)


def _stored_login(
    api_url: str, keycloak: Keycloak | None, store: TokenStore | None, wire: Wire, clock: Callable[[], float]
) -> Login | None:
    stored = store.find(api_url, keycloak) if store is not None else None
    if store is None or stored is None:
        return None
    place, under = stored.destination, stored.api_url
    return Login(
        "stored",
        "stored",
        who=stored.user,
        server=shown(place.server_url if isinstance(place, Keycloak) else place.url),
        authenticator=StoredAuthenticator(store, api_url, user=stored.user, stored_under=under, wire=wire, clock=clock),
        named=store.place_of(stored),
        ends_at=stored.ends_at,
        stored=stored,
    )


def _half(offer: _Offer) -> NoCredentials:
    has, lacks = ("user", "password") if offer.user else ("password", "user")
    message = f"half a login in the {offer.source}: {offer.names[has]} without {offer.names[lacks]}"
    return NoCredentials(message, advice=python_words(NoCredentials, message))
