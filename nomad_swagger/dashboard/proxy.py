"""Carry the page's calls to the one API, with the login that the page does not have.

Only the API's own scheme, host, port and base path are ever asked. Bodies are streamed both ways. A redirect within the
API is handed to the browser, pointing here; another one is not followed by anybody. Must not know what a page is.
"""

from __future__ import annotations

import copy
import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import requests
from werkzeug import Request, Response

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.dashboard.body import body_of
from nomad_swagger.dashboard.document import secret_operations
from nomad_swagger.dashboard.headers import given_back, sendable
from nomad_swagger.errors import NomadError, RequestTimeout
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CHUNK_BYTES
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.failures import translated
from nomad_swagger.transport.send import Transport

log = logging.getLogger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True)
class Proxy:
    """Sends calls to an API.

    Attributes
    ----------
    api_url : str
    transport : Transport
        Brings the login, time-outs, CA file and the polite rate.
    spec : Spec
        Which header parameters there are, and which operations hand out secrets.
    """

    api_url: str
    transport: Transport
    spec: Spec

    def forward(self, request: Request, rest: str, here: str) -> Response:
        """Give the API's answer to a call.

        Parameters
        ----------
        request : Request
        rest : str
            The path below the API's URL, percent-encoded as it came.
        here : str
            What stands for the API's URL on this side.
        """
        if request.method not in METHODS:
            return message(405, f"{request.method} is not forwarded")
        if _climbs(rest):
            return message(400, "a path with '..' in it is not forwarded")
        if self._secret.match(request.method, rest):
            return message(403, "the answer holds a secret of yours, which does not go to a page; use nomad-swagger")
        call = self._call(request, rest)
        try:
            with translated(call.title):
                answer = self._staying.exchange(call, stream=True)
        except NomadError as error:
            log.warning("%s", error)
            return message(504 if isinstance(error, RequestTimeout) else 502, str(error))
        return self._given_back(answer, here)

    def _call(self, request: Request, rest: str) -> PreparedCall:
        body = body_of(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() in self._sent}
        return PreparedCall(
            method=request.method,
            url=self.api_url + rest,
            query=tuple(parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)),
            headers=tuple(headers.items()),
            body=body,
            operation=f"{request.method} {rest}",
            repeatable=request.method in ("GET", "HEAD") and body is None,
        )

    @cached_property
    def _sent(self) -> frozenset[str]:
        return sendable(self.spec.operations.values())

    @cached_property
    def _secret(self) -> Routes:
        return Routes.secret(self.spec)

    @cached_property
    def _staying(self) -> Transport:
        """The client's transport, but a redirect is an answer."""
        session = copy.copy(self.transport.session)
        session.get_redirect_target = _nowhere  # type: ignore[assignment, method-assign]
        return replace(self.transport, session=session)

    def _given_back(self, answer: requests.Response, here: str) -> Response:
        secret = _secret_of(answer)
        headers = given_back(answer.headers, secret)
        if "Location" in answer.headers and 300 <= answer.status_code < 400:
            place = self._here(answer, here)
            if not place:
                answer.close()
                return message(
                    502, f"the API redirects to {answer.headers['Location']}; the dashboard stays where it is"
                )
            headers["Location"] = place
        response = Response(masked(_blocks(answer), secret.encode()), answer.status_code, headers)
        response.autocorrect_location_header = False
        response.call_on_close(answer.close)
        return response

    def _here(self, answer: requests.Response, here: str) -> str:
        """Give where on this side a redirect within the API leads; empty for one that leads elsewhere.

        A server behind a TLS proxy may think it is http, so scheme and port are not compared: the call that comes back
        goes to the API's own scheme and port in any case. For the same reason a redirect that changes nothing else
        would go round in circles here.
        """
        target = urlsplit(urljoin(answer.url, answer.headers["Location"]))
        api, asked = urlsplit(self.api_url), urlsplit(answer.url)
        base = api.path.rstrip("/")
        if target.hostname != api.hostname or not target.path.startswith(f"{base}/") or _climbs(target.path):
            return ""
        if (target.path, target.query) == (asked.path, asked.query):
            return ""
        return here + target.path.removeprefix(base) + (f"?{target.query}" if target.query else "")


def message(status: int, text: str) -> Response:
    """Give an answer of our own, in the shape of NOMAD's."""
    return Response(json.dumps({"message": f"dashboard: {text}"}), status, content_type="application/json")


def _climbs(path: str) -> bool:
    steps = unquote(path).replace("\\", "/").split("/")
    return ".." in steps or "." in steps


def _nowhere(response: requests.Response) -> None:
    del response


def _secret_of(answer: requests.Response) -> str:
    """Give the credential that went out with the request, whoever put it there."""
    sent = answer.request.headers.get("Authorization", "")
    return (sent if isinstance(sent, str) else sent.decode("latin-1")).rpartition(" ")[2]


def _blocks(answer: requests.Response) -> Iterator[bytes]:
    with translated(f"GET {urlsplit(answer.url).path}"):
        yield from answer.raw.stream(CHUNK_BYTES, decode_content=True)


@dataclass(frozen=True)
class Routes:
    """Some operations by method and path.

    Attributes
    ----------
    patterns : tuple of (str, Pattern)
    """

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Routes:
        """Take operations with the templates of their paths."""
        return cls(tuple((operation.method, _pattern(operation.path)) for operation in operations))

    @classmethod
    def secret(cls, spec: Spec) -> Routes:
        """Take the operations whose answer holds a token."""
        return cls.of(secret_operations(spec))

    def match(self, method: str, path: str) -> bool:
        """Tell whether one of them is meant by a percent-encoded path; slashes are taken as loosely as servers do."""
        plain = re.sub(r"/+", "/", unquote(path)).strip("/")
        return any(method == known and pattern.fullmatch(plain) for known, pattern in self.patterns)


def _pattern(template: str) -> re.Pattern[str]:
    steps = [r"[^/]+" if step.startswith("{") else re.escape(step) for step in template.strip("/").split("/")]
    return re.compile("/".join(steps), re.IGNORECASE)


def masked(blocks: Iterable[bytes], secret: bytes) -> Iterator[bytes]:
    """Give the stream with stars in the place of the secret, across the borders of blocks too.

    The length stays what it was, so an announced one stays true. Without a secret the blocks pass as they are.

    Examples
    --------
    >>> b"".join(masked([b"a tok", b"en!"], b"token"))
    b'a *****!'
    """
    if not secret:
        yield from blocks
        return
    held = b""  # what could be the beginning of the secret
    for block in blocks:
        seen = (held + block).replace(secret, b"*" * len(secret))
        cut = max(len(seen) - len(secret) + 1, 0)
        held = seen[cut:]
        if cut:
            yield seen[:cut]
    if held:
        yield held
