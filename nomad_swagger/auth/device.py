"""Log in on another screen: a code to type into a page of the login server, by whatever browser there is.

For accounts without a password (an institute's login, a second factor) and for machines without a screen. Knows when to
ask and how long to wait. It must not know HTTP or Keycloak. Source: RFC 8628.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol

from nomad_swagger.auth.answers import Refusal
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.errors import AuthError, LoginRefused
from nomad_swagger.light import dataclass

_INTERVAL_S = 5.0
_SLOWER_BY_S = 5.0
_LIFETIME_S = 600.0


@dataclass(frozen=True)
class DeviceCode:
    """What a person needs to log in elsewhere.

    Attributes
    ----------
    page : str
        The login server's page.
    user_code : str
        What is typed in there.
    page_with_code : str
        The page with the code typed in already; empty where the server has none.
    lifetime_s, interval_s : float
        How long the code is good, and how often the server wants to be asked.
    device_code : str
        What we ask with.
    """

    page: str
    user_code: str
    page_with_code: str
    lifetime_s: float
    interval_s: float
    device_code: str = field(repr=False)


class DeviceServer(Protocol):
    """A login server with a page for codes."""

    @property
    def url(self) -> str:
        """The URL that is asked, as it may be shown."""

    def device_code(self) -> DeviceCode:
        """Ask for a code."""

    def login_by_device(self, device_code: str) -> Grant:
        """Give the grant, when the person has logged in; ``Refusal`` with RFC 8628's code before."""


def read_device_code(answer: Mapping[str, Any], *, server: str) -> DeviceCode:
    """Give the code in a login server's answer.

    Raises
    ------
    AuthError
        There is none in it.
    """
    try:
        return DeviceCode(
            page=str(answer["verification_uri"]),
            user_code=str(answer["user_code"]),
            page_with_code=str(answer.get("verification_uri_complete") or ""),
            lifetime_s=float(answer.get("expires_in") or _LIFETIME_S),
            interval_s=float(answer.get("interval") or _INTERVAL_S),
            device_code=str(answer["device_code"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AuthError(f"{server} answered 200, but without a code for another device. Try --browser.") from error


def log_in_by_device(
    server: DeviceServer,
    tell: Callable[[DeviceCode], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Grant:
    """Give the grant of a login that a person makes on another screen.

    Parameters
    ----------
    server : DeviceServer
    tell : callable
        Shows the code to the person.
    clock, sleep : callable

    Raises
    ------
    LoginRefused
        The person said no, or took too long.
    AuthError, TransportError, ApiError
    """
    code = server.device_code()
    tell(code)
    end, interval_s = clock() + code.lifetime_s, code.interval_s
    while clock() < end:
        sleep(interval_s)
        try:
            return server.login_by_device(code.device_code)
        except Refusal as error:
            if error.code == "slow_down":
                interval_s += _SLOWER_BY_S
            elif error.code != "authorization_pending":
                raise _ended(server, error) from error
    raise _too_late(server)


def _ended(server: DeviceServer, error: Refusal) -> LoginRefused:
    if error.code == "access_denied":
        return LoginRefused(f"login at {server.url}: somebody said no in the browser. Nothing is stored.")
    return _too_late(server) if error.code == "expired_token" else LoginRefused(str(error))


def _too_late(server: DeviceServer) -> LoginRefused:
    return LoginRefused(f"login at {server.url}: the code's time ran out before you had logged in. Start again.")
