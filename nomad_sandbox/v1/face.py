"""The v1 face: routes made from the document, each operation to its handler, the rest answers 501.

Knows Flask's routing and the handler table. What operations do is in their own modules.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

import orjson
from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from nomad_sandbox.services import Services
from nomad_sandbox.v1 import (
    actions,
    archive,
    auth,
    changes,
    datasets,
    edit,
    edit_v0,
    entries,
    export,
    groups,
    info,
    lookups,
    raw,
    upload_raw,
    uploads,
    users,
)
from nomad_sandbox.v1.answers import Refusal, error_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.checks import check_parameters, check_path, read_body
from nomad_sandbox.v1.document import BASE_PATH, Document, Operation, load_document
from nomad_sandbox.v1.pats import prepare_pats
from nomad_sandbox.v1.viewer import check_scopes, find_viewer

log = logging.getLogger(__name__)

HANDLERS: Mapping[str, Handler] = {
    **actions.HANDLERS,
    **archive.HANDLERS,
    **auth.HANDLERS,
    **changes.HANDLERS,
    **datasets.HANDLERS,
    **edit.HANDLERS,
    **edit_v0.HANDLERS,
    **entries.HANDLERS,
    **export.HANDLERS,
    **groups.HANDLERS,
    **info.HANDLERS,
    **lookups.HANDLERS,
    **raw.HANDLERS,
    **upload_raw.HANDLERS,
    **uploads.HANDLERS,
    **users.HANDLERS,
}
_MULTI_STEP = frozenset({"path", "mainfile"})  # path parameters whose values hold slashes
_REASONS = {404: "Not Found", 405: "Method Not Allowed"}


def _rule(path: str) -> str:
    return BASE_PATH + re.sub(
        r"{(\w+)}", lambda found: f"<{'path' if found[1] in _MULTI_STEP else 'string'}:{found[1]}>", path
    )


def _endpoint(services: Services, document: Document, operation: Operation) -> Callable[..., Response]:
    handler = HANDLERS.get(operation.key)

    def answer(**arguments: str) -> Response:
        if request.method == "HEAD":  # Flask would answer it as GET; FastAPI has no such route
            raise MethodNotAllowed(valid_methods=[operation.method])
        caller = find_viewer(services, request)
        check_scopes(caller, operation)
        if handler is None:
            raise Refusal(501, f"{operation.name} is not part of the sandbox")
        check_path(document, operation, arguments)
        check_parameters(document, operation, request)
        body = read_body(document, operation, request)
        return handler(Call(services, document, operation, request, caller, body), **arguments)

    return answer


def _to_other_slash(**_: str) -> AnyResponse:
    """Send a call with a wrong slash at its end to the right address; 307 keeps method and body."""
    path = request.path[:-1] if request.path.endswith("/") else request.path + "/"
    query = request.query_string.decode()
    return redirect(request.host_url.rstrip("/") + path + (f"?{query}" if query else ""), 307)


def _refused(error: Exception) -> Response | HTTPException:
    if isinstance(error, Refusal):
        return error_answer(error)
    if isinstance(error, HTTPException):
        if error.code is None or error.code < 400:
            return error
        answer = error_answer(Refusal(error.code, _REASONS.get(error.code) or error.description))
        if isinstance(error, MethodNotAllowed):
            answer.allow.update(error.valid_methods or ())
        return answer
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    name = type(error).__name__
    detail = {"reason": "internal error", "exception": str(error), "exception_class": name, "exception_traceback": ""}
    return error_answer(Refusal(500, detail))


def _add_slashes(face: Blueprint, document: Document) -> None:
    methods = defaultdict(set)
    for operation in document.operations:
        methods[operation.path].add(operation.method)
    for path in methods:
        other = path[:-1] if path.endswith("/") else path + "/"
        if other not in methods and not path.endswith(("{path}", "{mainfile}")) and other + "{path}" not in methods:
            face.add_url_rule(
                _rule(other), f"slash {other}".replace(".", " "), _to_other_slash, methods=sorted(methods[path])
            )


def make_face(services: Services) -> Blueprint:
    """Give all routes of v1."""
    prepare_pats(services.store)
    document = load_document()
    body = orjson.dumps(document.content)
    face = Blueprint("v1", __name__)
    face.add_url_rule(f"{BASE_PATH}/openapi.json", "document", lambda: Response(body, content_type="application/json"))
    for operation in document.operations:
        answer = _endpoint(services, document, operation)
        rule, name = _rule(operation.path), operation.name
        face.add_url_rule(rule, name, answer, methods=[operation.method], strict_slashes=False)
        if operation.path.endswith("/{path}"):
            top = rule.removesuffix("<path:path>")
            face.add_url_rule(top, f"{name} top", answer, methods=[operation.method], defaults={"path": ""})
    _add_slashes(face, document)
    face.register_error_handler(Exception, _refused)
    return face


def refuse(error: Exception) -> Response | HTTPException:
    """Give v1's answer to an error outside its operations: an unknown route, a method that is not allowed."""
    return _refused(error)
