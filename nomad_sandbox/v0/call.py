"""One call of one operation, as the handlers get it.

Knows who calls (header, upload token, signature), what the parameters and the body are, and checks both against the
document. It must not know what operations do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request, Response
from jsonschema import Draft4Validator

from nomad_sandbox.accounts import User
from nomad_sandbox.json_body import BadJson, fits_integer, read_bytes, read_json
from nomad_sandbox.services import Services
from nomad_sandbox.store import Store
from nomad_sandbox.tokens import TokenRefused, Tokens
from nomad_sandbox.v0.answers import Refusal, invalid_payload, need_login
from nomad_sandbox.v0.version import Operation, Version

_BASIC = "HTTP Basic Authentication"
_SIGNATURE = "NOMAD signature"
UPLOAD = "uploads.upload"
_OWN_CHECK = frozenset({"offset", "length", "decompress"})  # raw has its own words for these
# Operations that do not say which parameter is bad
_PLAIN_WORDS = frozenset(("uploads.get_uploads", "uploads.get_upload", "repo.search", "raw.raw_files_from_query"))
Handler = Callable[..., Response]


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes
    ----------
    viewer : User or None
        Who calls.
    body : any
        The JSON body, checked; None without one.
    """

    services: Services
    version: Version
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
            raise need_login()
        return self.viewer

    def text(self, name: str, default: str | None = None) -> str | None:
        """Give a query parameter."""
        return self.request.args.get(name, default)

    def integer(self, name: str, default: int) -> int:
        """Give a query parameter that is a number."""
        return self.request.args.get(name, default, type=int)

    def flag(self, name: str) -> bool:
        """Give a boolean: v0 takes any text that is not empty for true, ``false`` as well."""
        return bool(self.request.args.get(name))

    def many(self, name: str) -> list[str]:
        """Give the values of a parameter as the document says: repeated, comma separated, or the first."""
        values = self.request.args.getlist(name)
        parameter = self.operation.parameters.get(name, {})
        if parameter.get("collectionFormat") == "csv":
            return [part for value in values for part in value.split(",")]
        return values if parameter.get("type") == "array" else values[:1]


def _bearer(tokens: Tokens, token: str) -> User:
    try:
        return tokens.read_access_token(token)
    except TokenRefused as error:
        raise Refusal(401, str(error)) from error


def _basic(services: Services, request: Request) -> User:
    sent = request.authorization
    user = services.accounts.verify(sent.username or "", sent.password or "") if sent else None
    if user is None:
        raise Refusal(401, "Could not authenticate, wrong credentials")
    return user


def find_viewer(services: Services, operation: Operation, request: Request) -> User | None:
    """Tell who calls an operation, None for nobody.

    Raises
    ------
    Refusal
        A token or password that is wrong, or of a kind that this operation does not take.
    """
    if not operation.security and operation.key != UPLOAD:
        return None
    header = request.headers.get("Authorization", "")
    kind, _, token = header.partition(" ")
    if kind.lower() == "bearer":
        return _bearer(services.tokens, token.strip())
    if kind.lower() == "basic":
        if _BASIC not in operation.security:
            raise Refusal(401, "Basic authentication not allowed, use Bearer token instead")
        return _basic(services, request)
    return _by_query(services, operation, request)


def _by_query(services: Services, operation: Operation, request: Request) -> User | None:
    if "token" in request.args:
        if operation.key != UPLOAD:
            raise Refusal(401, "Query param token not supported for this endpoint")
        if request.args["token"].count(".") != 1:
            raise Refusal(500)  # NOMAD takes the dot for there
        user = services.tokens.read_upload_token(request.args["token"])
        if user is None:
            raise Refusal(401, "Invalid token")
        return user
    if _SIGNATURE in operation.security and "signature_token" in request.args:
        try:
            return services.tokens.read_signature_token(request.args["signature_token"])
        except TokenRefused as error:
            raise Refusal(401, str(error)) from error
    return None


def check_parameters(operation: Operation, request: Request) -> None:
    """Hold the query parameters against the document.

    Raises
    ------
    Refusal
        400: a number that is none.
    """
    for name, parameter in operation.parameters.items():
        value = None if name in _OWN_CHECK else request.args.get(name)
        is_integer = parameter.get("type") == "integer" and parameter["in"] == "query"
        if value is not None and is_integer and not fits_integer(name, value):
            if operation.key in _PLAIN_WORDS:
                raise Refusal(400, "bad parameter types")
            raise invalid_payload({name: f"invalid literal for int() with base 10: {value[:40]!r}"})


def read_body(version: Version, operation: Operation, request: Request) -> Any:
    """Give the JSON body after holding it against the document; v0 does so before it asks who calls.

    Raises
    ------
    Refusal
        400
    """
    if operation.body is None:
        return None
    try:
        data = read_bytes(request)
        body = read_json(data) if data else None
    except BadJson as error:
        raise Refusal(400, "The browser (or proxy) sent a request that this server could not understand.") from error
    schema: Mapping[str, Any] = {**operation.body, "definitions": version.document["definitions"]}
    if "$ref" in operation.body:
        schema = {"allOf": [dict(operation.body)], "type": "object", "definitions": version.document["definitions"]}
    errors = {
        ".".join(str(step) for step in error.path): error.message for error in Draft4Validator(schema).iter_errors(body)
    }
    if errors:
        raise invalid_payload(errors)
    return body
