"""The web application: all faces beside each other on one store.

Knows which face lies where. It must not know operations or sockets.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from flask import Flask, Request, Response, request

from nomad_sandbox.addresses import ALIVE_PATH
from nomad_sandbox.login import make_login
from nomad_sandbox.services import Services
from nomad_sandbox.v0.face import make_face, refuse
from nomad_sandbox.v0.version import Version
from nomad_sandbox.v1 import face as v1
from nomad_sandbox.v1.document import BASE_PATH as V1_PATH

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Upload-Token, X-Fields",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
}
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
Record = Callable[[tuple[str, str, int]], None]


def _request_class(folder: Path) -> type[Request]:
    class FileToFolder(Request):
        """Writes the files of a form where the store can take them without a copy."""

        def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
            return tempfile.NamedTemporaryFile("wb+", dir=folder, prefix="form-")

    return FileToFolder


def _set_right(app: Wsgi) -> Wsgi:
    """Set right what cheroot tells: it leaves ``%2F`` in paths, which bravado writes for every slash."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raw = environ["REQUEST_URI"].partition("?")[0]
        if raw.startswith("/"):
            environ["PATH_INFO"] = unquote(raw).encode().decode("latin-1")
        if environ.get("CONTENT_LENGTH"):
            # its presence, whatever its value, stops Werkzeug from noticing a body that ends too early
            environ.pop("wsgi.input_terminated", None)
        return app(environ, start_response)

    return answer


def _refuse(error: Exception) -> Any:
    """Give the error of no face's operation in the words of the generation that was called."""
    return v1.refuse(error) if request.path.startswith(f"{V1_PATH}/") else refuse(error)


def make_app(services: Services, versions: Iterable[Version], record: Record) -> Wsgi:
    """Give the application.

    Parameters
    ----------
    services : Services
    versions : iterable of Version
        One face for each; v1 lies beside them.
    record : callable
        Gets (method, path, status) of every answer.
    """
    app = Flask("nomad_sandbox", static_folder=None)
    app.request_class = _request_class(services.store.folder / "incoming")
    app.url_map.merge_slashes = False
    for version in versions:
        app.register_blueprint(make_face(services, version))
    app.register_blueprint(make_login(services.tokens, services.accounts))
    app.register_blueprint(v1.make_face(services))
    app.add_url_rule(ALIVE_PATH, "alive", lambda: {"sandbox": "nomad_sandbox", "pid": os.getpid()})
    for status in (404, 405):
        app.register_error_handler(status, _refuse)

    @app.after_request
    def _finish(response: Response) -> Response:
        record((request.method, request.path, response.status_code))
        response.headers.extend(_CORS)
        return response

    return _set_right(app.wsgi_app)
