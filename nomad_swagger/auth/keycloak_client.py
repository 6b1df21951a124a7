"""python-keycloak, with our requests under it.

The one module that imports python-keycloak: import it late, it costs a fifth of a second. The library knows Keycloak's
URLs and forms; what it is not left to do is the sending. Its own connection also builds an httpx client (33 ms, and a
SOCKS proxy or a missing SSL_CERT_FILE in the environment makes that fail), sends a POST twice, follows a redirect with
the password, leaves headers behind after a failure, and gives an error's body as bytes. Source: python-keycloak 7.1.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin

import requests
from keycloak import KeycloakOpenID
from keycloak.connection import ConnectionManager
from keycloak.pkce_utils import generate_code_challenge

from nomad_swagger.settings import Keycloak

Send = Callable[[str, str, Any], requests.Response]


class _Connection(ConnectionManager):
    """The library's connection without its clients: ``send`` carries, and refuses every answer that is no success."""

    def __init__(self, base_url: str, send: Send) -> None:
        # Not the parent's, which builds the httpx client.
        self.base_url = base_url
        self.headers = {}
        self._send = send

    def raw_post(self, path: str, data: Any, **kwargs: Any) -> requests.Response:
        """Send a form."""
        del kwargs  # query arguments, which no call of ours has
        return self._send("POST", urljoin(self.base_url or "", path), data)

    def raw_get(self, path: str, **kwargs: Any) -> requests.Response:
        """Ask for a document."""
        del kwargs
        return self._send("GET", urljoin(self.base_url or "", path), None)


class _Client(KeycloakOpenID):
    """The library's client on our connection."""

    def __init__(self, place: Keycloak, send: Send) -> None:
        self.client_id = place.client_id
        self.client_secret_key = None
        self.realm_name = quote(place.realm_name, safe="")
        self.connection = _Connection(place.server_url, send)


def keycloak_client(place: Keycloak, send: Send) -> KeycloakOpenID:
    """Give a client of a realm.

    Parameters
    ----------
    place : Keycloak
        Its ``server_url`` ends in a slash: the library would otherwise cut its last part.
    send : callable
        Sends a form (a dict, or None) by a method to a URL, gives a successful answer, raises ours for any other.
    """
    return _Client(place, send)


def challenge_of(verifier: str) -> str:
    """Give the PKCE challenge of a verifier (RFC 7636, S256)."""
    return generate_code_challenge(verifier)[0]
