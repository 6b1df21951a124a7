"""Logins on another screen: codes, the page where a person types one in, and what became of it.

Knows RFC 8628 as Keycloak speaks it. The codes are kept in memory: they live for ten minutes. It must not know tokens.
"""

from __future__ import annotations

import html
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Request, Response

from nomad_sandbox.accounts import Accounts, User

LIFETIME_S = 600
INTERVAL_S = 5
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_STYLE = "font: 16px sans-serif; max-width: 30em; margin: 4em auto"
_FORM = """
<form method="post">
<p><label>Code <input name="user_code" id="device-user-code" value="{code}" required autofocus></label></p>
<p><label>User <input name="username" id="username" autocomplete="username"></label></p>
<p><label>Password <input name="password" id="password" type="password" autocomplete="current-password"></label></p>
<p><button name="answer" value="yes" id="kc-login">Log in</button>
<button name="answer" value="no" id="kc-cancel" formnovalidate>Refuse</button></p>
</form>
"""


class DevicePending(Exception):
    """There is no login by a code yet, or there will be none.

    Attributes
    ----------
    error : str
        RFC 8628's word for it.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True)
class _Waiting:
    user_code: str
    ends_s: float
    asked_s: float = 0.0
    user: User | None = None
    is_refused: bool = False


class DeviceCodes:
    """The codes that were given out.

    Parameters
    ----------
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}

    def make(self) -> tuple[str, str]:
        """Give a device code and the code for a person."""
        device_code = secrets.token_urlsafe(32)
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        user_code = f"{letters[:4]}-{letters[4:]}"
        with self._lock:
            self._waiting[device_code] = _Waiting(user_code, self._clock() + LIFETIME_S)
        return device_code, user_code

    def collect(self, device_code: str) -> User:
        """Give who logged in with a code; it is good for one time.

        Raises
        ------
        DevicePending
            Nobody yet, or never.
        """
        with self._lock:
            waiting, now = self._waiting.get(device_code), self._clock()
            if waiting is None:
                raise DevicePending("invalid_grant", "Device code not valid")
            if waiting.ends_s <= now:
                raise DevicePending("expired_token", "Device code is expired")
            if waiting.is_refused:
                raise DevicePending("access_denied", "The end user denied the authorization request")
            if waiting.user is not None:
                del self._waiting[device_code]
                return waiting.user
            self._waiting[device_code] = replace(waiting, asked_s=now)
            if waiting.asked_s and now - waiting.asked_s < INTERVAL_S - 1:
                raise DevicePending("slow_down", "Slow down")
            raise DevicePending("authorization_pending", "The authorization request is still pending")

    def answer(self, user_code: str, user: User | None) -> bool:
        """Note who logged in with a person's code, or None that they refused; False for a code that there is not."""
        with self._lock:
            for device_code, waiting in self._waiting.items():
                if waiting.user_code == user_code.strip().upper() and waiting.ends_s > self._clock():
                    self._waiting[device_code] = replace(waiting, user=user, is_refused=user is None)
                    return True
        return False


def device_page(codes: DeviceCodes, accounts: Accounts, request: Request) -> Response:
    """Answer with the page for codes, and to what is typed in there."""
    if request.method == "GET":
        return _page(_FORM.format(code=html.escape(request.args.get("user_code", ""))))
    form, user = request.form, None
    code = form.get("user_code", "")
    again = _FORM.format(code=html.escape(code))
    if form.get("answer") != "no":
        user = accounts.verify(form.get("username", ""), form.get("password", ""))
        if user is None:
            return _page("<p>Invalid username or password.</p>" + again)
    if not codes.answer(code, user):
        return _page("<p>Invalid code, please try again.</p>" + again)
    return _page("<p>Device login refused.</p>" if user is None else "<p>Device login successful. Close this page.</p>")


def _page(content: str) -> Response:
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title><body style="{_STYLE}">{content}'
    return Response(page, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
