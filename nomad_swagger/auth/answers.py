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


class Refusal(LoginRefused):
    """A login server said no, and which kind of no. It stays in this room; users see LoginRefused.

    Attributes
    ----------
    code : str
        RFC 6749's ``error``; empty for a NOMAD API's own login, which has none.
    words : str
        The server's reason.
    """

    def __init__(self, message: str, *, code: str = "", words: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.words = words


class InvalidGrant(Refusal):
    """``invalid_grant``: a wrong password or a spent refresh token."""


# What to try, by the error's code; then by words of Keycloak, which answers an account's state as a wrong password.
_BY_CODE: Mapping[str, str] = {
    "invalid_client": "The login server does not know this client: check client_id of the Keycloak (in the profile, or "
    "NOMAD_KEYCLOAK_CLIENT_ID).",
    "unauthorized_client": "This client may not log in with a password: try `nomad-swagger login --device` "
    "or --browser.",
    "unsupported_grant_type": "This login server does not know this way: try `nomad-swagger login --device` or "
    "--browser.",
    "invalid_request": "This login server wants something else than user and password: try `nomad-swagger login "
    "--browser`.",
    "invalid_scope": "The login server does not grant this: try without --offline.",
    "not_allowed": "The login server does not grant this: try without --offline.",
}
_BY_WORDS: Mapping[str, str] = {
    "not fully set up": "Log in once in the browser (`nomad-swagger login --browser`), which asks for what is missing.",
    "disabled": "Ask the server's operators, or wait a little: too many wrong passwords also lock an account.",
    "session not active": "Log in again: `nomad-swagger login`.",
}


def advice(error: LoginRefused) -> str:
    """Give what to try after a password was refused."""
    code, words = getattr(error, "code", ""), getattr(error, "words", "").lower()
    by_words = next((text for part, text in _BY_WORDS.items() if part in words), "")
    return by_words or _BY_CODE.get(code) or "Check user and password, then connect again."


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
        code = str((answer or {}).get("error", ""))
        kind = InvalidGrant if code == "invalid_grant" else Refusal
        raise kind(f"login at {server} refused: {words or status}", code=code, words=words)
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
