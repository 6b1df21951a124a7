"""The web application: the gate, the page with its files, and the proxy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.utils import redirect

from nomad_swagger.dashboard.assets import Asset
from nomad_swagger.dashboard.body import drain
from nomad_swagger.dashboard.document import page_document
from nomad_swagger.dashboard.gate import ON_ANSWERS, ON_PAGES, Gate
from nomad_swagger.dashboard.page import Facts, render
from nomad_swagger.dashboard.proxy import Proxy, message
from nomad_swagger.light import dataclass

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

API = "/api"


@dataclass(frozen=True)
class App:
    """What is served, as a WSGI application.

    Attributes
    ----------
    gate : Gate
    facts : Facts
    assets : mapping of str to Asset
    proxy : Proxy or None
        None where there is no server: the page explores only.
    """

    gate: Gate
    facts: Facts
    assets: Mapping[str, Asset]
    proxy: Proxy | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        response = self._answer(request)
        drain(request)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if why := self.gate.refusal(dict(request.headers)):
            return _with(ON_PAGES, message(403, why))
        # PATH_INFO is decoded; a %2F in a file's path has to stay one
        path = str(request.environ.get("REQUEST_URI") or request.path).partition("?")[0]
        rest = self.gate.rest_of(path)
        if rest is None and request.method == "GET" and self.gate.tickets.redeem(path):
            return _with(ON_PAGES, redirect(self.gate.url, 303))
        if rest is None:
            return _with(ON_PAGES, message(404, "there is nothing here"))
        if self.proxy is not None and (rest == API or rest.startswith(f"{API}/")):
            return _with(ON_ANSWERS, self._call(self.proxy, request, rest.removeprefix(API)))
        return _with(ON_PAGES, self._file(request, rest.removeprefix("/")))

    def _call(self, proxy: Proxy, request: Request, rest: str) -> Response:
        if why := self.gate.call_refusal(dict(request.headers)):
            return message(403, why)
        return proxy.forward(request, rest, f"/{self.gate.path_token}{API}")

    def _file(self, request: Request, name: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            return message(405, "only calls of the API change anything")
        if not name:
            return Response(render(self.facts), content_type="text/html; charset=utf-8")
        if name == "document.json":
            document = page_document(self.facts.spec, self.facts.api_url)
            return Response(json.dumps(document, ensure_ascii=False), content_type="application/json")
        if name in self.assets:
            return Response(self.assets[name].content, content_type=self.assets[name].content_type)
        return message(404, "there is nothing here")


def _with(headers: Mapping[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers[name] = value
    return response
