"""The servers that turn a password into tokens: a Keycloak, or a NOMAD API's own login.

Knows what is sent where. It must not know when: ages, threads and second tries are other modules' matter. Nothing is
sent twice and no redirect is followed, so a password reaches the URL that was named and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias
from urllib.parse import quote

from nomad_swagger.auth.answers import InvalidGrant, read_answer
from nomad_swagger.auth.device import DeviceCode, read_device_code
from nomad_swagger.auth.tokens import Grant, read_grant
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import AuthError, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import Keycloak
from nomad_swagger.transport.origin import origin, shown

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True)
class ApiLogin:
    """The login of a NOMAD API itself.

    Attributes
    ----------
    method : str
    url : str
    style : {"basic", "form"}
        NOMAD v0: ``ApiLogin("GET", api + "/auth/", "basic")``. NOMAD v1: ``ApiLogin("POST", api + "/auth/token",
        "form")``.
    """

    method: str
    url: str
    style: Literal["basic", "form"] = "form"


Destination: TypeAlias = "Keycloak | ApiLogin"


_GRANTS = {
    "password": "password",
    "device": "urn:ietf:params:oauth:grant-type:device_code",
    "browser": "authorization_code",
}


class TokenServer(Protocol):
    """Whoever grants tokens."""

    @property
    def url(self) -> str:
        """The URL that is asked, as it may be shown."""

    def login(self, user: str, password: str) -> Grant:
        """Give a grant for a password."""

    def refresh(self, refresh_token: str) -> Grant:
        """Give a grant for a refresh token; ``InvalidGrant`` where it is spent."""

    def end(self, refresh_token: str) -> None:
        """Make a refresh token worthless."""


class KeycloakServer:
    """A realm of a Keycloak, talked to by python-keycloak.

    Parameters
    ----------
    place : Keycloak
        Its ``server_url`` is the part before ``realms/``, with or without a slash at its end.
    wire : Wire
    offline : bool
        Ask for offline tokens, which outlive the session.
    """

    def __init__(self, place: Keycloak, wire: Wire, *, offline: bool = False) -> None:
        origin(place.server_url)  # a text that is no URL is refused before a password is asked for
        self._place = Keycloak(place.server_url.strip().rstrip("/") + "/", place.realm_name, place.client_id)
        self._wire = wire
        self._scope = "openid offline_access" if offline else "openid"

    @property
    def url(self) -> str:
        """The realm, as it may be shown."""
        return f"{shown(self._place.server_url)}realms/{quote(self._place.realm_name, safe='')}"

    def login(self, user: str, password: str) -> Grant:
        """Give a grant for a password."""
        return self._granted(self._client().token(username=user, password=password, scope=self._scope))

    def ways(self) -> frozenset[str]:
        """Give which of password, device and browser the realm offers."""
        try:
            told = self._client().well_known()
        except TypeError as error:
            raise AuthError(f"{self.url} does not describe itself") from error
        offered = told.get("grant_types_supported", ())
        return frozenset(way for way, grant in _GRANTS.items() if grant in offered)

    def device_code(self) -> DeviceCode:
        """Ask for a code with which a person logs in on another screen."""
        return read_device_code(self._client().device(scope=self._scope), server=self.url)

    def login_by_device(self, device_code: str) -> Grant:
        """Give the grant, when the person has logged in there."""
        return self._granted(self._client().token(grant_type=_GRANTS["device"], device_code=device_code))

    def login_page(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Give the address of the page to log in on."""
        from nomad_swagger.auth.keycloak_client import challenge_of

        page: str = self._client().auth_url(
            quote(redirect_uri, safe=""),
            scope=quote(self._scope),
            state=state,
            code_challenge=challenge_of(verifier),
            code_challenge_method="S256",
        )
        return page

    def login_by_code(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Give the grant for a code that the browser brought back."""
        return self._granted(
            self._client().token(
                grant_type=_GRANTS["browser"], code=code, redirect_uri=redirect_uri, code_verifier=verifier
            )
        )

    def refresh(self, refresh_token: str) -> Grant:
        """Give a grant for a refresh token."""
        return self._granted(self._client().refresh_token(refresh_token))

    def end(self, refresh_token: str) -> None:
        """End the session that the refresh token belongs to."""
        client = self._client()
        from keycloak.exceptions import KeycloakError

        try:
            client.logout(refresh_token)
        except KeycloakError as error:
            raise AuthError(f"logout at {self.url}: answered {error.response_code} where 204 was due") from error

    def _client(self) -> Any:
        from nomad_swagger.auth.keycloak_client import keycloak_client

        return keycloak_client(self._place, self._send)

    def _granted(self, answer: Mapping[str, Any]) -> Grant:
        return read_grant(answer, server=self.url)

    def _send(self, method: str, url: str, data: Any) -> requests.Response:
        response = self._wire.send(method, url, data=data)
        if response.status_code != 204:
            read_answer(
                response.status_code,
                response.content,
                server=self.url,
                check=(
                    f"Check server_url ({shown(self._place.server_url)}; a Keycloak before 17 needs /auth/ at its end) "
                    f"and realm_name ({self._place.realm_name})."
                ),
            )
        return response


class ApiServer:
    """A NOMAD API's own login. It has no refresh: every token costs the password.

    Parameters
    ----------
    place : ApiLogin
    wire : Wire
    """

    def __init__(self, place: ApiLogin, wire: Wire) -> None:
        origin(place.url)
        if place.style not in ("basic", "form"):
            raise UsageError(f"a login is of style basic or form, not {place.style!r}")
        self._place = place
        self._wire = wire

    @property
    def url(self) -> str:
        """The login's URL, as it may be shown."""
        return shown(self._place.url)

    def login(self, user: str, password: str) -> Grant:
        """Give a grant for a password."""
        if self._place.style == "basic":
            sent: Mapping[str, Any] = {"basic": (user, password)}
        else:
            sent = {"data": {"grant_type": "password", "username": user, "password": password}}
        response = self._wire.send(self._place.method, self._place.url, **sent)
        answer = read_answer(
            response.status_code,
            response.content,
            server=self.url,
            check="Check the API's URL, or name its Keycloak (keycloak in the profile, NOMAD_KEYCLOAK_SERVER_URL).",
        )
        # v1 passes on a refresh token of its Keycloak, which the API itself does not take
        return replace(read_grant(answer, server=self.url), refresh_token=None)

    def refresh(self, refresh_token: str) -> Grant:
        """Raise: there is no such thing here."""
        raise InvalidGrant(f"login at {self.url}: it takes no refresh tokens")

    def end(self, refresh_token: str) -> None:
        """Do nothing: there is no session to end."""


def token_server(place: Destination, wire: Wire, *, offline: bool = False) -> TokenServer:
    """Give the server at a destination; ``offline`` asks a Keycloak for tokens that outlive the session.

    Raises
    ------
    UsageError
        Its URL is none.
    """
    return KeycloakServer(place, wire, offline=offline) if isinstance(place, Keycloak) else ApiServer(place, wire)
