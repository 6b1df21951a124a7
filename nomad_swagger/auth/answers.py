"""What a login server's answer means.

Knows the statuses and bodies of Keycloak (RFC 6749 §5.2: ``error``, ``error_description``), of NOMAD v0 (``message``)
and of NOMAD v1 (``detail``), and which error each becomes. It must not know how the answer came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nomad_swagger.errors import AuthError, LoginRefused, RateLimited, ServerError

_WORDS = ("error_description", "detail", "message", "description", "error")
_LONGEST_WORDS = 300


class InvalidGrant(LoginRefused):
    """``invalid_grant``: a wrong password or a spent refresh token. It stays in this room; users see LoginRefused."""


def read_answer(status: int, body: bytes, *, server: str, check: str) -> Mapping[str, Any]:
    """Give the JSON object of an answer to a login.

    Parameters
    ----------
    status : int
    body : bytes
    server : str
        The URL that was asked, as it may be shown.
    check : str
        What to look at when this is no login at all.

    Raises
    ------
    LoginRefused
        400, 401, 403 with the server's reason.
    AuthError
        There is no such login at this URL.
    RateLimited, ServerError
    """
    answer = _json_object(body)
    if status == 200 and answer is not None:
        return answer
    words = _words(answer)
    said = f"{status}{f': {words}' if words else ''}"
    if status == 429:
        raise RateLimited(
            f"login at {server}: too many attempts ({said}). Wait a little, then try again.",
            status=status,
            operation=server,
            detail=words,
        )
    if status >= 500:
        raise ServerError(
            f"login at {server}: the login server failed ({said}). Try again later.",
            status=status,
            operation=server,
            detail=words,
        )
    if status == 401 or (status in (400, 403) and words):
        kind = InvalidGrant if answer and answer.get("error") == "invalid_grant" else LoginRefused
        raise kind(f"login at {server} refused: {words or status}")
    if 300 <= status < 400:
        raise AuthError(f"login at {server}: it sends us elsewhere ({status}), where no password follows. {check}")
    raise AuthError(f"no login at {server} ({said if answer is not None else f'{status}, not JSON'}). {check}")


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _words(answer: Mapping[str, Any] | None) -> str:
    told = ((answer or {}).get(key) for key in _WORDS)
    said = next((words for words in told if words), "")
    # FastAPI's validation errors repeat the input, and the input holds the password: their reason alone is shown.
    if isinstance(said, list):
        said = "; ".join(str(item.get("msg", "")) for item in said if isinstance(item, dict))
    return " ".join(said.split())[:_LONGEST_WORDS] if isinstance(said, str) else ""
