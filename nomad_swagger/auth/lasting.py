"""Tokens of the API's own that last for days: is one still good, a new one in its place, its end.

Knows the API's answers about such a token. The addresses were settled at login, from the description, and lie beside
the token; one on another host than the API is not asked. It must not know files, ages or threads.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from nomad_swagger.auth.stored import StoredLogin, words_for
from nomad_swagger.auth.tokens import checked_token
from nomad_swagger.auth.wire import Wire
from nomad_swagger.errors import AuthError
from nomad_swagger.transport.origin import same_origin, shown

log = logging.getLogger(__name__)


def is_good(login: StoredLogin, wire: Wire) -> bool:
    """Tell whether the API still knows a token: all but a 401 counts as yes, since rights are another matter.

    Some NOMADs take a token that was revoked for nobody and answer a public search as if all were well, so the answer
    to any other question does not tell.
    """
    if not login.check_url:
        return True
    return bool(_ask("GET", login.check_url, login, wire).status_code != 401)


def rotated(login: StoredLogin, wire: Wire) -> StoredLogin | None:
    """Put a new token in the place of the old one; None where the server does not let this token do it.

    Raises
    ------
    AuthError
        The server did it, and its answer cannot be read: the old token is worth nothing any more.
    """
    if not login.rotate_url:
        return None
    response = _ask("POST", login.rotate_url, login, wire)
    if response.status_code not in (200, 201):
        log.warning(
            "the token that ends %s was not replaced: %s answered %s",
            words_for(login.ends_at),
            shown(login.rotate_url),
            response.status_code,
        )
        return None
    try:
        answer = response.json()
        token = checked_token(str(answer["raw_token"]), named="the new token")
        ends_at = moment(answer["pat"].get("expired_at"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AuthError(
            f"{shown(login.rotate_url)} answered {response.status_code}, but without a new token: log in again"
        ) from error
    return replace(login, access_token=token, ends_at=ends_at, expires_at=ends_at or login.expires_at)


def revoke(login: StoredLogin, wire: Wire) -> None:
    """Make the token worth nothing.

    Raises
    ------
    AuthError
        The server did not do it.
    """
    response = _ask("DELETE", login.revoke_url, login, wire)
    if response.status_code not in (200, 204, 404):
        raise AuthError(f"{shown(login.revoke_url)} answered {response.status_code} where 204 was due")


def moment(told: Any) -> float | None:
    """Give a time of the API's answers in seconds since 1970; one without a zone is UTC.

    Examples
    --------
    >>> moment("1970-01-02T00:00:00"), moment("1970-01-01T01:00:00+01:00"), moment(None)
    (86400.0, 0.0, None)
    """
    if not isinstance(told, str) or not told:
        return None
    try:
        read = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).timestamp()


def _ask(method: str, url: str, login: StoredLogin, wire: Wire) -> Any:
    if not same_origin(url, login.api_url):
        raise AuthError(f"stored logins: {shown(url)} is not a part of {shown(login.api_url)}; log in again")
    return wire.send(method, url, bearer=login.access_token)
