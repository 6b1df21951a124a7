"""One stored login: what ``login`` remembers for an API, and how it is written down.

Knows the fields and their JSON. It must not know files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from datetime import datetime, timezone
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from nomad_swagger.auth.servers import ApiLogin, Destination
from nomad_swagger.auth.tokens import Grant
from nomad_swagger.light import dataclass
from nomad_swagger.settings import Keycloak
from nomad_swagger.transport.origin import origin

_URLS = ("check_url", "rotate_url", "revoke_url")
Kept: TypeAlias = Literal["access token", "refresh token", "offline token", "app token", "personal access token"]

SAID_BEFORE_S = 3 * 24 * 3600.0
"""How long before its end a login that cannot renew itself is spoken of by every command."""


@dataclass(frozen=True)
class StoredLogin:
    """One login for one API, or for all APIs behind one Keycloak.

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
    kept : str
        What makes the login last.
    ends_at : float or None
        When the login itself is over, in seconds since 1970; None where nobody says, as for an offline token.
    scopes : tuple of str
        Of a personal access token, as far as they are known.
    check_url, rotate_url, revoke_url : str
        Where the API tells whose a token is, puts a new one in its place, and makes it worth nothing; empty where it
        has no such thing.
    """

    api_url: str
    user: str
    destination: Destination
    access_token: str = field(repr=False)
    expires_at: float
    lifetime_s: float
    refresh_token: str | None = field(default=None, repr=False)
    kept: Kept = "access token"
    ends_at: float | None = None
    scopes: tuple[str, ...] = ()
    check_url: str = ""
    rotate_url: str = ""
    revoke_url: str = ""

    @property
    def renews_itself(self) -> bool:
        """Tell whether the login is prolonged by being used."""
        return self.refresh_token is not None

    @property
    def may_be_rotated(self) -> bool:
        """Tell whether this token has the right to have a new one put in its place."""
        rights = (scope for scope in self.scopes if scope.startswith("tokens:"))
        return bool(self.rotate_url) and any(right != "tokens:read" for right in rights)

    def with_grant(self, grant: Grant, asked_at: float) -> StoredLogin:
        """Give this login with newer tokens."""
        return replace(
            self,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            lifetime_s=grant.lifetime_s,
            expires_at=asked_at + grant.lifetime_s,
            ends_at=end_of(grant, asked_at),
        )

    def ends_soon(self, now: float) -> bool:
        """Tell whether the login is near an end that nothing but another login puts off."""
        if self.renews_itself or self.may_be_rotated or self.ends_at is None:
            return False
        return self.ends_at - now < SAID_BEFORE_S


def end_of(grant: Grant, asked_at: float) -> float | None:
    """Give when a login is over: with its refresh token, with its access token where there is none, None for never."""
    if grant.refresh_token is None:
        return asked_at + grant.lifetime_s
    return asked_at + grant.refresh_lifetime_s if grant.refresh_lifetime_s else None


def words_for(moment: float | None) -> str:
    """Give a moment as it is told to a person, in UTC.

    Examples
    --------
    >>> words_for(0.0), words_for(None)
    ('1970-01-01 00:00 UTC', 'not told')
    """
    if moment is None:
        return "not told"
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


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
    refresh_token, ends_at = row["refresh_token"], row.get("ends_at")
    return StoredLogin(
        api_url=api_url,
        user=str(row["user"]),
        destination=place,
        access_token=str(row["access_token"]),
        refresh_token=None if refresh_token is None else str(refresh_token),
        expires_at=float(row["expires_at"]),
        lifetime_s=float(row["lifetime_s"]),
        # what logins that an older version stored do not have
        kept=row.get("kept") or ("access token" if refresh_token is None else "refresh token"),
        ends_at=None if ends_at is None else float(ends_at),
        scopes=tuple(map(str, row.get("scopes", ()))),
        **{name: str(row.get(name, "")) for name in _URLS},
    )
