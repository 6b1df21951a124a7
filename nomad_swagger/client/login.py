"""Log in to a deployment and out of it: the profile, the description and the rule where a password may go, together.

A login is made for days: at a Keycloak by its refresh token; at the API's own door by a token of the API's that lives
long, as the generation says; and everywhere by a personal access token where rights and days are asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from nomad_swagger import settings
from nomad_swagger.apispec.load import load_spec
from nomad_swagger.apispec.model import Spec
from nomad_swagger.auth import (
    BearerAuthenticator,
    Destination,
    Login,
    StoredLogin,
    Wire,
    destination_for,
    keep,
    kept_of,
    log_out,
    login_of,
)
from nomad_swagger.auth.browser import log_in_by_browser
from nomad_swagger.auth.destination import named_keycloak
from nomad_swagger.auth.device import DeviceCode, log_in_by_device
from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.renewal import PasswordRenewal
from nomad_swagger.auth.servers import KeycloakServer, token_server
from nomad_swagger.auth.tokens import Grant, checked_token, holder
from nomad_swagger.client.connect import api_login, token_store
from nomad_swagger.client.target import find_profile
from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import Keycloak, Profile

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


@dataclass(frozen=True)
class Wanted:
    """What a login shall be good for.

    Attributes
    ----------
    scopes : sequence of str
        Rights: makes a personal access token.
    days : int or None
        Its life: makes a personal access token too.
    offline : bool
        A Keycloak's offline token, which outlives the session.
    """

    scopes: Sequence[str] = ()
    days: int | None = None
    offline: bool = False

    @property
    def is_personal(self) -> bool:
        """Tell whether a personal access token is wanted."""
        return bool(self.scopes) or self.days is not None


@dataclass(frozen=True)
class Door:
    """One deployment as somebody logs in to it."""

    target: Profile

    @cached_property
    def keycloak(self) -> Keycloak | None:
        """The login server that user or deployment table name."""
        return named_keycloak(self.target.url, settings.environment(), self.target)

    @cached_property
    def spec(self) -> Spec:
        """The API's description."""
        return load_spec(self.target.url, fallback=self.target.snapshot)

    @cached_property
    def destination(self) -> Destination:
        """Where a password goes."""
        own = None if self.keycloak is not None else api_login(self.target.url, self.spec)
        return destination_for(self.target.url, profile=self.target, api_login=own)

    @property
    def wire(self) -> Wire:
        """How servers are reached."""
        return Wire(ca_file=self.target.ca_file, proxy=self.target.proxy)

    def login_server(self, way: str, wanted: Wanted) -> KeycloakServer:
        """Give the Keycloak that has pages to log in on.

        Raises
        ------
        UsageError
            None is named for this API.
        """
        if self.keycloak is None:
            raise UsageError(
                f"--{way} needs a login server with pages, and none is named for {self.target.url}: put keycloak into "
                f"the profile, or set {settings.ENV_KEYCLOAK_URL}. Its own door takes a password or a token."
            )
        return KeycloakServer(self.keycloak, self.wire, offline=wanted.offline)

    def ways(self) -> frozenset[str]:
        """Give which of password, device and browser can be used here."""
        if self.keycloak is None:
            return frozenset({"password"})
        return KeycloakServer(self.keycloak, self.wire).ways()

    def nomad(self, access_token: str) -> Nomad:
        """Give the API as the holder of a token calls it."""
        from nomad_swagger.client.connect import build
        from nomad_swagger.transport.send import Transport
        from nomad_swagger.transport.session import make_session

        session = make_session(ca_file=self.target.ca_file, proxy=self.target.proxy)
        bearer = BearerAuthenticator(access_token, host=self.target.url, named="this login")
        spec = self.spec.at(self.target.url)
        login = Login("token", "argument", authenticator=bearer)
        return build(spec, Transport(session=session, authenticator=bearer), login, self.target).nomad


def door(where: str | None, profile: str | None = None) -> Door:
    """Give the deployment that a caller means, to log in to."""
    return Door(find_profile(where, profile))


@forgetful
def log_in_to(where: str | None, *, profile: str | None = None, user: str, password: str) -> StoredLogin:
    """Trade a password for a login at the deployment that a caller means, and store that."""
    return log_in_with_password(door(where, profile), user, password)


@forgetful
def log_in_with_password(at: Door, user: str, password: str, wanted: Wanted = Wanted()) -> StoredLogin:  # noqa: B008 - frozen
    """Trade a password for a login that lasts, and store that.

    Parameters
    ----------
    at : Door
    user, password : str
        The password goes to the Keycloak that is named for the deployment, else to the API's own login; sent once.
    wanted : Wanted

    Raises
    ------
    LoginRefused
        The login server said no.
    """
    asked_at = time.time()
    server = token_server(at.destination, at.wire, offline=wanted.offline)
    grant = PasswordRenewal(server, user, password)(None)
    if wanted.is_personal or isinstance(at.destination, Keycloak):
        return _kept(at, user, grant, asked_at, wanted)
    from nomad_swagger.client.lasting import lasting_login

    return keep(lasting_login(at, user, password, grant, asked_at=asked_at), store=token_store())


def log_in_on_device(
    at: Door,
    tell: Callable[[DeviceCode], None],
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
) -> StoredLogin:
    """Let a person log in on another screen, and store that login."""
    grant = log_in_by_device(at.login_server("device", wanted), tell)
    return _kept(at, holder(grant.access_token) or "somebody", grant, time.time(), wanted)


def log_in_in_browser(
    at: Door,
    show: Callable[[str], None],
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
) -> StoredLogin:
    """Let a person log in in the browser of this machine, and store that login."""
    grant = log_in_by_browser(at.login_server("browser", wanted), show)
    return _kept(at, holder(grant.access_token) or "somebody", grant, time.time(), wanted)


@forgetful
def log_in_with_token(at: Door, text: str) -> StoredLogin:
    """Store a token that somebody has made, after asking the server whose it is.

    Raises
    ------
    UsageError
        No token.
    Unauthorized
        The server does not know it.
    """
    from nomad_swagger.client.lasting import given_login

    return keep(given_login(at, checked_token(text, named="standard input")), store=token_store())


def log_out_of(where: str | None, *, profile: str | None = None) -> tuple[str, StoredLogin | None]:
    """Forget a stored login and end it at the server; gives the API's URL and what there was."""
    at = door(where, profile)
    return at.target.url, log_out(at.target.url, store=token_store(), keycloak=at.keycloak, wire=at.wire)


def log_out_everywhere() -> list[StoredLogin]:
    """Forget every stored login and end each at its server; gives what there was."""
    store, gone = token_store(), []
    for login in store.all():
        profile = settings.profile_for(login.api_url) or Profile()
        log_out(login.api_url, store=store, wire=Wire(ca_file=profile.ca_file, proxy=profile.proxy))
        gone.append(login)
    return gone


def _kept(at: Door, user: str, grant: Grant, asked_at: float, wanted: Wanted) -> StoredLogin:
    if wanted.is_personal:
        from nomad_swagger.client.lasting import personal_login

        made = personal_login(at, user, grant, scopes=wanted.scopes, days=wanted.days)
    else:
        kept = kept_of(grant, offline=wanted.offline)
        made = login_of(at.target.url, user, grant, destination=at.destination, asked_at=asked_at, kept=kept)
    return keep(made, store=token_store())
