"""One request to a login server: sent once, followed nowhere.

Knows time-outs, certificates and proxies. It must not know what a login looks like.
"""

from __future__ import annotations

import logging
from dataclasses import field
from typing import TYPE_CHECKING, Any

from nomad_swagger.auth.forget import forgetful
from nomad_swagger.errors import ConnectionLost, TransportError
from nomad_swagger.light import dataclass
from nomad_swagger.transport.origin import origin, shown

if TYPE_CHECKING:
    import requests
    from requests.auth import HTTPBasicAuth

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wire:
    """How a login server is reached.

    Attributes
    ----------
    connect_timeout_s, read_timeout_s : float
    ca_file, proxy : str
        Empty means what the environment says.
    """

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    ca_file: str = ""
    proxy: str = field(default="", repr=False)

    @forgetful
    def send(
        self,
        method: str,
        url: str,
        *,
        data: Any = None,
        basic: tuple[str, str] | None = None,
        bearer: str = "",
    ) -> requests.Response:
        """Give the one answer to one request, whatever its status.

        A session of its own per request: logins are minutes apart, and a kept connection would have died meanwhile.

        Raises
        ------
        ConnectionLost, RequestTimeout
            Naming the login server.
        """
        from nomad_swagger.transport.failures import translated
        from nomad_swagger.transport.session import make_session

        _warn_of_plain_http(url)
        try:
            with translated(f"login at {shown(url)}"), make_session(ca_file=self.ca_file, proxy=self.proxy) as session:
                return session.request(
                    method,
                    url,
                    data=data,
                    auth=_basic(*basic) if basic else None,
                    headers={"Accept": "application/json", **({"Authorization": f"Bearer {bearer}"} if bearer else {})},
                    timeout=(self.connect_timeout_s, self.read_timeout_s),
                    allow_redirects=False,
                    # given here, where they win over the environment
                    verify=self.ca_file or None,
                    proxies=dict(session.proxies),
                )
        except TransportError as failure:
            _forget_request(failure.__cause__)
            raise
        except OSError as error:  # a CA file that is not there
            raise ConnectionLost(f"login at {shown(url)}: {error}") from error


def _forget_request(cause: BaseException | None) -> None:
    # the exceptions of requests carry the request, and this one holds a password
    for name in ("request", "response"):
        if getattr(cause, name, None) is not None:
            setattr(cause, name, None)


def _basic(user: str, password: str) -> HTTPBasicAuth:
    from requests.auth import HTTPBasicAuth

    # requests would write text in Latin-1, which a NOMAD reads as UTF-8
    return HTTPBasicAuth(user.encode(), password.encode())


def _warn_of_plain_http(url: str) -> None:
    place = origin(url)
    if place.scheme == "http" and not place.is_loopback:
        log.warning("login at %s: the password goes over the network unencrypted; use https where there is one", place)
