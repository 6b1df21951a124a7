"""Which server a door's caller means: a nickname, a profile, or a host."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nomad_swagger import settings
from nomad_swagger.client.connect import connect
from nomad_swagger.errors import NomadWarning
from nomad_swagger.transport.origin import is_loopback

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def where_is(server: str) -> str:
    """Give what `connect` takes for the server of a path: nicknames go before hosts, a host that has one is that."""
    here = is_loopback(server.partition(":")[0])
    known = settings.profiles()
    is_host = here or "." in server or ":" in server
    if "://" in server or server in known or settings.sandbox_nickname(server) or not is_host:
        return server
    named = next((name for name, profile in known.items() if urlsplit(profile.url).netloc == server), None)
    return named or f"{'http' if here else 'https'}://{server}"


def client_of(server: str, **login: Any) -> NomadClient:
    """Give the client of a server. That a host is no API's URL needs no words where nothing but a host was named."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".* is not an API's URL", NomadWarning)
        return connect(where_is(server) or None, **login)
