"""The logins that go on a request, each by bravado's ``Authenticator`` interface: ``matches(url)``, ``apply(request)``.

bravado asks for no more than these two methods, so nothing here inherits from it, and it need not be imported to log
in. Knows headers; how a token is had is the keeper's matter.

Whoever holds an authenticator can act as its user. None of them shows a secret in its repr; none can be pickled, since
a password would go along; a copy is the same object, since two copies would renew against each other.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from nomad_swagger.auth.forget import forgetful
from nomad_swagger.auth.keeper import TokenKeeper
from nomad_swagger.auth.renewal import PasswordRenewal
from nomad_swagger.auth.servers import ApiLogin, Destination, token_server
from nomad_swagger.auth.tokens import checked_token
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import NoCredentials
from nomad_swagger.settings import KEYCLOAK_CLIENT, KEYCLOAK_REALM, Keycloak
from nomad_swagger.transport.origin import HostRule, origin

if TYPE_CHECKING:
    import requests

log = logging.getLogger(__name__)

_Self = TypeVar("_Self", bound="_TokenAuthenticator")

CENTRAL_HOST = "nomad-lab.eu"
CENTRAL_KEYCLOAK_URL = "https://nomad-lab.eu/fairdi/keycloak/auth/"


class _TokenAuthenticator(ABC):
    """Puts ``Authorization: Bearer`` on the requests to one host."""

    def __init__(self, host: str, shown: str) -> None:
        self._rule = HostRule.parse(host)
        self._shown = shown
        self._warned: set[str] = set()

    @property
    def host(self) -> str:
        """Where the login may go, as ``HostRule`` reads it."""
        return str(self._rule)

    @abstractmethod
    def token(self) -> str:
        """Give a token that is good now."""

    def matches(self, url: str) -> bool:
        """Tell whether a request to this URL gets the login.

        A URL that misses only by its scheme, port or spelling of this machine is warned of once: the request would go
        out anonymous, and NOMAD answers anonymous requests too, with less in them.
        """
        matches = self._rule.matches(url)
        if not matches and self._rule.nearly_matches(url):
            self._warn(str(origin(url)))
        return matches

    def apply(self, request: requests.Request) -> requests.Request:
        """Put the token on a request, over any other; ``~/.netrc`` no longer touches it."""
        request.headers["Authorization"] = f"Bearer {self.token()}"
        request.auth = _as_it_is
        return request

    @abstractmethod
    def renew(self, stale_token: str) -> bool:
        """Get another token because the server refused this one; say whether there is one."""

    def _warn(self, asked: str) -> None:
        if asked not in self._warned:
            self._warned.add(asked)
            log.warning("requests to %s go out anonymous: %r is a login for %s alone", asked, self, self.host)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown}, host={self.host!r})"

    def __copy__(self: _Self) -> _Self:
        return self

    def __deepcopy__(self: _Self, memo: dict[int, Any]) -> _Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a secret and is not pickled: make one in each process")


class BearerAuthenticator(_TokenAuthenticator):
    """A token that somebody gave us: an access token, an app token, a personal access token.

    Parameters
    ----------
    token : str
        ``Bearer`` before it and line ends around it do no harm.
    host : str
        ``https://host[:port]`` for exactly this; ``host:port`` and ``host`` as ``HostRule`` says.
    named : str
        Where the token came from, for messages.

    Raises
    ------
    UsageError
        Not a token; not a host.

    Examples
    --------
    >>> BearerAuthenticator("nomad_pat_0123", host="https://nomad-lab.eu")
    BearerAuthenticator(token=***, host='https://nomad-lab.eu')
    """

    @forgetful
    def __init__(self, token: str, *, host: str, named: str = "token=") -> None:
        super().__init__(host, "token=***")
        self._token = checked_token(token)
        self._named = named

    @property
    def when_refused(self) -> str:
        """Say what to try when the server refuses this token: a stored login would not be used."""
        return (
            f"The token comes from {self._named}: if it has run out or was revoked, give a new one there, or take it "
            "away to use the login that `nomad-swagger login` stored."
        )

    def token(self) -> str:
        """Give the token."""
        return self._token

    def renew(self, stale_token: str) -> bool:
        """Say no: there is no other token."""
        return False


class RenewingAuthenticator(_TokenAuthenticator):
    """Puts a token on the requests that a keeper keeps fresh."""

    def __init__(self, host: str, shown: str, keeper: TokenKeeper) -> None:
        super().__init__(host, shown)
        self._keeper = keeper

    def token(self) -> str:
        """Give a token with life left in it.

        Raises
        ------
        LoginRefused, AuthError, TransportError, ApiError
            The login server's words are in the message.
        """
        return self._keeper.token()

    def renew(self, stale_token: str) -> bool:
        """Get another token because the server refused this one; say whether there is one."""
        return self._keeper.renew(stale_token)


class _PasswordAuthenticator(RenewingAuthenticator):
    @forgetful
    @forgetful
    def __init__(
        self, user: str, password: str, *, place: Destination, host: str, wire: Wire, clock: Callable[[], float]
    ) -> None:
        missing = [name for name, value in (("user", user), ("password", password)) if not value]
        if missing:
            raise NoCredentials(f"{type(self).__name__}: {' and '.join(missing)} missing")
        server = token_server(place, wire)
        keeper = TokenKeeper(PasswordRenewal(server, user, password), clock=clock)
        super().__init__(host, f"{user!r}, server={server.url!r}", keeper)


class KeycloakAuthenticator(_PasswordAuthenticator):
    """Logs in at a Keycloak, on the first request that needs it, and keeps the login fresh.

    Works on bravado's own ``RequestsClient`` as well as on a client of ours. Threads may share it: one of them fetches
    a token, the others wait for it.

    Parameters
    ----------
    user, password : str
    server_url : str
        What stands before ``realms/…``; with or without a slash at its end.
    realm_name, client_id : str
    host : str
        To which API the token goes: ``https://host[:port]`` for exactly this; ``host:port`` and ``host`` as
        ``HostRule`` says.
    wire : Wire
        Time-outs, CA file, proxy.
    clock : callable

    Raises
    ------
    NoCredentials
        An empty user or password.
    UsageError
        ``server_url`` or ``host`` is none.

    Examples
    --------
    >>> KeycloakAuthenticator("leonard", "secret")
    KeycloakAuthenticator('leonard', server='https://nomad-lab.eu/fairdi/keycloak/auth/realms/fairdi_nomad_prod', \
host='nomad-lab.eu')

    On bravado: ``http_client = RequestsClient()``, then ``http_client.authenticator = KeycloakAuthenticator(…)``.
    """

    @forgetful
    def __init__(
        self,
        user: str,
        password: str,
        *,
        server_url: str = CENTRAL_KEYCLOAK_URL,
        realm_name: str = KEYCLOAK_REALM,
        client_id: str = KEYCLOAK_CLIENT,
        host: str = CENTRAL_HOST,
        wire: Wire = Wire(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        place = Keycloak(server_url, realm_name, client_id)
        super().__init__(user, password, place=place, host=host, wire=wire, clock=clock)


class ApiLoginAuthenticator(_PasswordAuthenticator):
    """Logs in at the NOMAD API itself, again whenever a token's time is over.

    Parameters
    ----------
    user, password : str
    login : ApiLogin
    host : str
        As for ``KeycloakAuthenticator``.
    wire : Wire
    clock : callable
    """

    @forgetful
    def __init__(
        self,
        user: str,
        password: str,
        *,
        login: ApiLogin,
        host: str,
        wire: Wire = Wire(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(user, password, place=login, host=host, wire=wire, clock=clock)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Be an ``auth`` that changes nothing: requests looks into ``~/.netrc`` only where there is no auth."""
    return request
