"""The v0 face: routes made from the document, each operation to its handler, the rest answers 501.

Knows Flask's routing and the handler table. What operations do is in their own modules.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from nomad_sandbox.services import Services
from nomad_sandbox.v0 import archive, auth, datasets, edit, info, raw, repo, statistics, unserved, uploads
from nomad_sandbox.v0.answers import Refusal, apply_mask, error_answer, json_answer
from nomad_sandbox.v0.call import Call, Handler, check_parameters, find_viewer, read_body
from nomad_sandbox.v0.version import Operation, Version

log = logging.getLogger(__name__)

HANDLERS: Mapping[str, Handler] = {
    **archive.HANDLERS,
    **auth.HANDLERS,
    **datasets.HANDLERS,
    **edit.HANDLERS,
    **info.HANDLERS,
    **unserved.HANDLERS,
    **raw.HANDLERS,
    **repo.HANDLERS,
    **statistics.HANDLERS,
    **uploads.HANDLERS,
}
_MULTI_STEP = frozenset({"path", "doi", "name"})  # path parameters whose values hold slashes


def _rule(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: f"<{'path' if found[1] in _MULTI_STEP else 'string'}:{found[1]}>", path)


def _mask(response: Response, operation: Operation) -> Response:
    fields = request.headers.get("X-Fields")
    if fields and "X-Fields" in operation.parameters and response.is_json and response.status_code == 200:
        return json_answer(apply_mask(response.get_json(), fields))
    return response


def _endpoint(services: Services, version: Version, operation: Operation) -> Callable[..., Response]:
    handler = HANDLERS.get(operation.key)

    def answer(**arguments: str) -> Response:
        check_parameters(operation, request)
        body = read_body(version, operation, request)
        viewer = find_viewer(services, operation, request)
        if handler is None:
            raise Refusal(501, f"{operation.key} is not part of the sandbox")
        call = Call(services, version, operation, request, viewer, body)
        return _mask(handler(call, **arguments), operation)

    return answer


def _serve_document(version: Version) -> Callable[[], Response]:
    body = json.dumps(version.document).encode()
    etag = hashlib.sha256(body).hexdigest()[:32]

    def answer() -> Response:
        response = Response(body, content_type="application/json")
        response.set_etag(etag)
        response.last_modified = version.modified_s  # type: ignore[assignment]
        response.make_conditional(request)
        return response

    return answer


def _refused(error: Exception) -> Response | HTTPException:
    if isinstance(error, Refusal):
        return error_answer(error)
    if isinstance(error, HTTPException):
        if error.code is None or error.code < 400:
            return error  # a redirect to the form with the slash
        return error_answer(Refusal(error.code))
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return error_answer(Refusal(500))


def make_face(services: Services, version: Version) -> Blueprint:
    """Give all routes of one version.

    Parameters
    ----------
    services : Services
    version : Version
    """
    face = Blueprint(f"v0-{version.name}".replace(".", "-"), __name__)
    base = version.base_path
    face.add_url_rule(f"{base}/swagger.json", "document", _serve_document(version))
    face.add_url_rule(f"{base.removesuffix('/api')}/alive", "alive", lambda: Response("I am, alive!"))
    for operation in version.operations:
        face.add_url_rule(
            base + _rule(operation.path),
            f"{operation.method} {operation.key}".replace(".", " "),
            _endpoint(services, version, operation),
            methods=[operation.method],
        )
    face.register_error_handler(Exception, _refused)
    return face


def refuse(error: Exception) -> Any:
    """Give v0's answer to an error outside its operations: an unknown route, a method that is not allowed."""
    return _refused(error)
