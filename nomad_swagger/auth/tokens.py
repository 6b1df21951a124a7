"""What a login server grants: a token, for how long, and with what to ask for the next one.

Knows the shape of an answer (RFC 6749 §5.1) and of a JSON Web Token (RFC 7519). A token's claims are read without
checking its signature: they serve for a lifetime and a name to show, never for a decision about rights. It must not
know how an answer was had.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from nomad_swagger.errors import AuthError, UsageError
from nomad_swagger.light import dataclass

LEEWAY_S = 30.0
LEEWAY_SHARE = 1 / 3
# For a token that says nothing of its age: short enough for the shortest lifetime that a Keycloak comes with.
UNKNOWN_LIFETIME_S = 60.0

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Grant:
    """One answer of a login server.

    Attributes
    ----------
    access_token : str
    lifetime_s : float
        Counted from when the token was asked for.
    refresh_token : str or None
        Buys the next grant without a password; None where the server gives none.
    refresh_lifetime_s : float or None
        Of the refresh token; None where the server does not say, or it does not run out (an offline token).
    is_new : bool
        The server granted it just now, or has just been asked about it; False for one that lay on disk.
    """

    access_token: str = field(repr=False)
    lifetime_s: float
    refresh_token: str | None = field(default=None, repr=False)
    refresh_lifetime_s: float | None = None
    is_new: bool = True


def read_grant(answer: Mapping[str, Any], *, server: str) -> Grant:
    """Give the grant in a login server's answer.

    Parameters
    ----------
    answer : mapping
        The JSON of a 200.
    server : str
        The URL that was asked, for the message.

    Raises
    ------
    AuthError
        There is no usable token in it.
    """
    token = answer.get("access_token")
    if not isinstance(token, str) or not _HEADER_SAFE.fullmatch(token):
        raise AuthError(f"{server} answered 200, but without a usable access_token. Is this the login of a NOMAD?")
    refresh_token = answer.get("refresh_token")
    return Grant(
        access_token=token,
        lifetime_s=_lifetime_s(answer.get("expires_in"), token),
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        refresh_lifetime_s=_seconds(answer.get("refresh_expires_in")) or None,
    )


def leeway_s(lifetime_s: float) -> float:
    """Give how long before its end a token is no longer used: 30 s, or a third of its lifetime where that is less."""
    return min(LEEWAY_S, lifetime_s * LEEWAY_SHARE)


def claims(token: str) -> Mapping[str, Any]:
    """Give what a JSON Web Token says about itself, unchecked; empty for any other kind of token.

    Examples
    --------
    >>> claims("nomad_pat_0123")
    {}
    """
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def holder(token: str) -> str | None:
    """Give the user's name as the token tells it, unchecked; None where it tells none."""
    told = claims(token)
    names = (told.get(key) for key in ("preferred_username", "email", "user", "sub"))
    return next((name for name in names if isinstance(name, str) and name), None)


def end_of_token(token: str) -> float | None:
    """Give when a token is over as it tells itself, in seconds since 1970, unchecked; None where it does not."""
    return _seconds(claims(token).get("exp"))


def checked_token(text: str, *, named: str = "token") -> str:
    """Give a token as it goes into a header, from what a person pasted (``Bearer`` and line ends are dropped).

    Parameters
    ----------
    text : str
    named : str
        Where the text came from, for the message.

    Raises
    ------
    UsageError
        It cannot be a token. The message does not show it.
    """
    token = re.sub(r"^bearer(\s+|$)", "", text.strip(), flags=re.IGNORECASE)
    if not _HEADER_SAFE.fullmatch(token):
        raise UsageError(f"{named}: not a token: empty, or with blanks or other characters that no token has")
    return token


def _lifetime_s(announced: Any, token: str) -> float:
    told = claims(token)
    candidates = (_seconds(announced), _span(told.get("iat"), told.get("exp")))
    return next((s for s in candidates if s is not None and 0 < s < math.inf), UNKNOWN_LIFETIME_S)


def _span(start: Any, end: Any) -> float | None:
    begins, ends = _seconds(start), _seconds(end)
    return None if begins is None or ends is None else ends - begins


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
