"""One call of one operation, as the handlers get it.

Knows who calls (header, cookie, upload token, signature), what the parameters and the body are, and checks both
against the document. It must not know what operations do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from flask import Request, Response
from jsonschema import Draft202012Validator

from nomad_sandbox.accounts import User
from nomad_sandbox.json_body import BadJson, fits_integer, read_bytes, read_json
from nomad_sandbox.services import Services
from nomad_sandbox.store import Store
from nomad_sandbox.tokens import TokenRefused
from nomad_sandbox.v1.answers import Refusal, invalid
from nomad_sandbox.v1.document import Document, Operation
from nomad_sandbox.v1.pats import user_of_pat

Handler = Callable[..., Response]
_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})
_EDIT = "#/components/schemas/MetadataEditRequest-Input"
_MESSAGES = {
    "integer": ("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    "boolean": ("bool_parsing", "Input should be a valid boolean, unable to interpret input"),
}


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes
    ----------
    viewer : User or None
        Who calls.
    body : any
        The JSON body, checked; an empty dict without one.
    """

    services: Services
    document: Document
    operation: Operation
    request: Request
    viewer: User | None
    body: Any

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    def user(self) -> User:
        """Give who calls.

        Raises
        ------
        Refusal
            401 where nobody is logged in.
        """
        if self.viewer is None:
            raise Refusal(401, "Authentication required.")
        return self.viewer

    def text(self, name: str) -> str | None:
        """Give a query parameter."""
        return self.request.args.get(name)

    def integer(self, name: str, default: int) -> int:
        """Give a query parameter that is a number."""
        return self.request.args.get(name, default, type=int)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give a query parameter that is true or false."""
        text = self.request.args.get(name)
        return default if text is None else text.lower() in _TRUE

    def many(self, name: str) -> list[str]:
        """Give all values of a repeated query parameter."""
        return self.request.args.getlist(name)


def find_viewer(services: Services, request: Request) -> User | None:
    """Tell who calls, None for nobody.

    Raises
    ------
    Refusal
        401 for a token that is not valid.
    """
    header = request.headers.get("Authorization") or unquote(request.cookies.get("Authorization", ""))
    kind, _, token = header.partition(" ")
    if kind.lower() == "bearer":
        return _bearer(services, token.strip())
    if "Upload-Token" in request.headers:
        return _upload_token(services, request.headers["Upload-Token"])
    if "signature_token" in request.args:
        return _signature(services, request.args["signature_token"])
    return None


def _wrong_token() -> Refusal:
    return Refusal(401, "Could not validate credentials.")


def _bearer(services: Services, token: str) -> User:
    user = user_of_pat(services.store, services.accounts, token)
    if user is not None:
        return user
    try:
        return services.tokens.read_access_token(token)
    except TokenRefused:
        # an app token has the form of a signature token, and a longer life
        return _signature(services, token)


def _signature(services: Services, token: str) -> User:
    try:
        return services.tokens.read_signature_token(token)
    except TokenRefused as error:
        raise _wrong_token() from error


def _upload_token(services: Services, token: str) -> User:
    try:
        user = services.tokens.read_upload_token(token)
    except ValueError as error:
        raise _wrong_token() from error
    if user is None:
        raise _wrong_token()
    return user


def _types(schema: Mapping[str, Any]) -> set[str]:
    if "anyOf" in schema:
        return {kind for option in schema["anyOf"] for kind in _types(option)}
    kind = schema.get("type", "string")
    return set(kind) if isinstance(kind, list) else {str(kind)}


def _fits(name: str, kinds: set[str], text: str) -> bool:
    if "integer" in kinds:
        return fits_integer(name, text)
    return "boolean" not in kinds or text.lower() in _TRUE | _FALSE


def check_parameters(operation: Operation, request: Request) -> None:
    """Hold the query parameters against the document.

    Raises
    ------
    Refusal
        422: one that is no number or no boolean.
    """
    for name, parameter in operation.parameters.items():
        kinds = _types(parameter["schema"])
        for text in request.args.getlist(name):
            if not _fits(name, kinds, text):
                kind, message = _MESSAGES["integer" if "integer" in kinds else "boolean"]
                raise invalid(kind, ["query", name], message, text)


def _with_texts(schema: Mapping[str, Any], body: Any) -> Any:
    """Give a body with texts for numbers where NOMAD takes both, which its description does not say."""
    if schema.get("$ref") != _EDIT or not isinstance(body, dict):
        return body
    return {key: _texts(value) if key in ("metadata", "entries") else value for key, value in body.items()}


def _texts(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_texts(value) for value in data]
    return str(data) if isinstance(data, (int, float)) and not isinstance(data, bool) else data


def read_body(document: Document, operation: Operation, request: Request) -> Any:
    """Give the JSON body after holding it against the document.

    Raises
    ------
    Refusal
        422
    """
    if operation.body is None:
        return {}
    try:
        data = read_bytes(request)
        if not data:
            if operation.body_required:
                raise invalid("missing", ["body"], "Field required")
            return {}
        body = read_json(data)
    except BadJson as error:
        raise invalid("json_invalid", ["body", error.position], "JSON decode error", {}) from error
    schema = {"allOf": [operation.body], "components": {"schemas": document.content["components"]["schemas"]}}
    errors = list(Draft202012Validator(schema).iter_errors(_with_texts(operation.body, body)))
    if errors:
        rows = [
            {"type": f"{error.validator}_error", "loc": ["body", *error.path], "msg": error.message, "input": None}
            for error in errors
        ]
        raise Refusal(422, rows)
    return body
