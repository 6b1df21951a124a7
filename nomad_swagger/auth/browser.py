"""Log in by the browser of this machine: the login server sends it back to a port of ours, with a code.

Knows the port, the page that says it is done, and what keeps a stranger's code out (``state``, PKCE). It must not know
Keycloak. Source: RFC 8252 (loopback redirect), RFC 7636 (PKCE).
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from nomad_swagger.auth.tokens import Grant
from nomad_swagger.errors import LoginRefused
from nomad_swagger.light import dataclass

_HOST = "127.0.0.1"
_PATH = "/nomad-swagger"
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>nomad-swagger</title>'
    '<body style="font: 16px sans-serif; margin: 4em"><p>{words}</p></body></html>'
)
_DONE = "You are logged in. Close this page and go back to the terminal."
_NOT_DONE = "The login did not succeed. The terminal says why; close this page."
_ELSE = "There is nothing here."
_GLANCE_S = 0.2


class BrowserServer(Protocol):
    """A login server with a page to log in on."""

    @property
    def url(self) -> str:
        """The URL that is asked, as it may be shown."""

    def login_page(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Give the page's address; it gets the verifier's challenge, never the verifier."""

    def login_by_code(self, code: str, *, redirect_uri: str, verifier: str) -> Grant:
        """Give the grant for the code that the browser brought back."""


@dataclass
class _Answer:
    code: str = ""
    error: str = ""


def log_in_by_browser(
    server: BrowserServer,
    show: Callable[[str], None],
    *,
    patience_s: float = 300.0,
    clock: Callable[[], float] = time.monotonic,
) -> Grant:
    """Give the grant of a login that a person makes in the browser of this machine.

    Parameters
    ----------
    server : BrowserServer
    show : callable
        Opens an address in the browser, and tells it to the person.
    patience_s : float
        How long the person has.
    clock : callable

    Raises
    ------
    LoginRefused
        The login server said no, or nobody came back in time.
    AuthError, TransportError, ApiError
    """
    state, verifier, answer = secrets.token_urlsafe(32), secrets.token_urlsafe(64), _Answer()
    with HTTPServer((_HOST, 0), _handler(state, answer)) as port:
        port.timeout = _GLANCE_S
        redirect_uri = f"http://{_HOST}:{port.server_port}{_PATH}"
        show(server.login_page(redirect_uri=redirect_uri, state=state, verifier=verifier))
        end = clock() + patience_s
        while not (answer.code or answer.error) and clock() < end:
            port.handle_request()
    if answer.error:
        raise LoginRefused(f"login at {server.url} refused in the browser: {answer.error}. Nothing is stored.")
    if not answer.code:
        raise LoginRefused(f"login at {server.url}: nobody came back from the browser in {patience_s:.0f} s")
    return server.login_by_code(answer.code, redirect_uri=redirect_uri, verifier=verifier)


def _handler(state: str, answer: _Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # a browser opens connections that it does not use

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            ours = parts.path == _PATH and hmac.compare_digest(query.get("state", "").encode(), state.encode())
            if ours:
                answer.code = query.get("code", "")
                error = "" if answer.code else query.get("error_description") or query.get("error") or "without a code"
                answer.error = " ".join(error.split())[:300]
            self._tell(404 if not ours else 200, _ELSE if not ours else _DONE if answer.code else _NOT_DONE)

        def _tell(self, status: int, words: str) -> None:
            page = _PAGE.format(words=words).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args: object) -> None:
            """Write nothing: the request line holds the code."""

    return Handler
