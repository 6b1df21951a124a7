"""One stored login: what ``login`` remembers for an API, and how it is written down.

Knows the fields and their JSON. It must not know files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from nomad_swagger.auth.servers import ApiLogin, Destination
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.settings import Keycloak
from nomad_swagger.transport.origin import origin


@dataclass(frozen=True)
class StoredLogin:
    """One login for one API.

    Attributes
    ----------
    api_url : str
    user : str
    destination : Keycloak or ApiLogin
        Who granted the tokens, and the only one to whom the refresh token is sent.
    access_token : str
    expires_at : float
        Seconds since 1970, by this machine's clock.
    lifetime_s : float
    refresh_token : str or None
    """

    api_url: str
    user: str
    destination: Destination
    access_token: str = field(repr=False)
    expires_at: float
    lifetime_s: float
    refresh_token: str | None = field(default=None, repr=False)

    def with_grant(self, grant: Grant, asked_at: float) -> StoredLogin:
        """Give this login with newer tokens."""
        return replace(
            self,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            lifetime_s=grant.lifetime_s,
            expires_at=asked_at + grant.lifetime_s,
        )


def store_key(api_url: str) -> str:
    """Give the name under which an API's login is stored: its origin and path.

    Examples
    --------
    >>> store_key("HTTPS://Nomad-Lab.eu:443/prod/v1/api/v1/")
    'https://nomad-lab.eu/prod/v1/api/v1'
    """
    return f"{origin(api_url)}{urlsplit(api_url).path.rstrip('/')}"


def to_row(login: StoredLogin) -> dict[str, Any]:
    """Give a login as JSON takes it."""
    row = {name: value for name, value in vars(login).items() if name not in ("api_url", "destination")}
    kind = "keycloak" if isinstance(login.destination, Keycloak) else "api_login"
    return {**row, kind: asdict(login.destination)}


def from_row(api_url: str, row: Mapping[str, Any]) -> StoredLogin:
    """Give the login in a row of the store.

    Raises
    ------
    KeyError, TypeError, ValueError
        Somebody else wrote it.
    """
    place: Destination = Keycloak(**row["keycloak"]) if "keycloak" in row else ApiLogin(**row["api_login"])
    refresh_token = row["refresh_token"]
    return StoredLogin(
        api_url=api_url,
        user=str(row["user"]),
        destination=place,
        access_token=str(row["access_token"]),
        refresh_token=None if refresh_token is None else str(refresh_token),
        expires_at=float(row["expires_at"]),
        lifetime_s=float(row["lifetime_s"]),
    )
