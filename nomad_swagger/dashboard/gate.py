"""Who may ask: only the page that this dashboard served, in a browser on this machine.

Another site's page must not act with your login. It does not know the path token; a name of its own that points to
127.0.0.1 shows in ``Host`` (DNS rebinding), and a call from its page in ``Origin`` and ``Sec-Fetch-Site``. Knows
headers; it must not know what is served.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import field

from nomad_swagger.light import dataclass

HOST = "127.0.0.1"

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# An answer of the API may be anybody's HTML. Opened in a tab of its own it is nobody's page: no scripts, no origin.
_ANSWER_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

_ON_EVERYTHING = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ON_PAGES: Mapping[str, str] = {**_ON_EVERYTHING, "Content-Security-Policy": _PAGE_POLICY}
ON_ANSWERS: Mapping[str, str] = {**_ON_EVERYTHING, "Content-Security-Policy": _ANSWER_POLICY}


def _path_token() -> str:
    return secrets.token_urlsafe(24)


class Tickets:
    """Path tokens that lead to the page once.

    A browser is started with its URL as an argument, and on a shared machine everybody reads everybody's arguments. So
    the URL that it gets is worth nothing after it was used.
    """

    def __init__(self) -> None:
        self._valid: set[str] = set()

    def issue(self) -> str:
        """Give a new one."""
        ticket = _path_token()
        self._valid.add(ticket)
        return ticket

    def redeem(self, path: str) -> bool:
        """Tell whether a path is a ticket's; from now on it is none."""
        try:
            self._valid.remove(path.strip("/"))
        except KeyError:
            return False
        return True


@dataclass(frozen=True)
class Gate:
    """Lets in what comes from the page itself.

    Attributes
    ----------
    port : int
    path_token : str
        The first step of every path.
    tickets : Tickets
    """

    port: int
    path_token: str = field(default_factory=_path_token, repr=False)
    tickets: Tickets = field(default_factory=Tickets, repr=False)

    @property
    def host(self) -> str:
        """Give the only Host that is served."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Give the page's URL. Whoever has it can act with your login."""
        return self.url_of(self.path_token)

    def url_of(self, path_token: str) -> str:
        """Give the URL that begins with a path token."""
        return f"http://{self.host}/{path_token}/"

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Give why a request is refused by its headers; empty where it is not."""
        if headers.get("Host", "") != self.host:
            return f"this is served as {self.host} only"
        if headers.get("Origin", f"http://{self.host}") != f"http://{self.host}":
            return "this is not for pages of other sites"
        return ""

    def call_refusal(self, headers: Mapping[str, str]) -> str:
        """Give why a call of the API is refused; empty where it is not. A link elsewhere may lead to the page alone."""
        if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return "calls come from the dashboard's own page only"
        return ""

    def rest_of(self, path: str) -> str | None:
        """Give a path without its token, beginning with ``/``; None where the token is not ours."""
        given, slash, rest = path.removeprefix("/").partition("/")
        if not slash or not secrets.compare_digest(given.encode(), self.path_token.encode()):
            return None
        return f"/{rest}"
