"""Who calls, and by which kind of token: what a token opens depends on it.

Knows the places where a call may carry a token, and the scopes of personal access tokens. It must not know what
operations do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from flask import Request

from nomad_sandbox.accounts import User
from nomad_sandbox.services import Services
from nomad_sandbox.tokens import TokenRefused
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.document import Operation
from nomad_sandbox.v1.pats import PREFIX, find_pat

Kind = Literal["nobody", "login", "app", "pat", "upload"]
_RESOURCES = frozenset({"actions", "apps", "datasets", "entries", "graph", "groups", "info", "metainfo", "north",
                        "suggestions", "systems", "tokens", "uploads", "users"})  # fmt: skip
_ACTIONS = frozenset({"read", "write", "delete", "publish"})
_NAMED_OTHERWISE = {"auth": "tokens"}


@dataclass(frozen=True)
class Viewer:
    """Who calls.

    Attributes
    ----------
    user : User or None
        None for nobody.
    scopes : sequence of str
        Of a personal access token alone.
    """

    user: User | None
    kind: Kind
    scopes: Sequence[str] = ()


NOBODY = Viewer(None, "nobody")


def unknown_scopes(scopes: Sequence[str]) -> list[str]:
    """Give those of some scopes that there are not."""

    def is_known(scope: str) -> bool:
        resource, _, action = scope.partition(":")
        return resource in _RESOURCES and action in _ACTIONS

    return [scope for scope in scopes if not is_known(scope)]


def needed_scope(operation: Operation) -> str:
    """Give the scope that an operation asks of a personal access token: its resource, and whether it only reads.

    What deletes or publishes may also be done with a scope of that name.
    """
    resource = operation.path.split("/")[1]
    reads = operation.method == "GET" or operation.path.endswith("/query") or resource in ("suggestions", "graph")
    return f"{_NAMED_OTHERWISE.get(resource, resource)}:{'read' if reads else 'write'}"


def check_scopes(viewer: Viewer, operation: Operation) -> None:
    """Hold what a personal access token may do against what is asked, before anything of it is looked at.

    Raises
    ------
    Refusal
        403, which names the scope that is missing.
    """
    if viewer.kind != "pat":
        return
    needed = needed_scope(operation)
    resource, _, action = needed.partition(":")
    enough = {needed}
    if action == "write":
        enough |= {f"{resource}:delete"} if operation.method == "DELETE" else set()
        enough |= {f"{resource}:publish"} if operation.path.endswith("/publish") else set()
    if not enough & set(viewer.scopes):
        raise Refusal(403, f"Missing scopes: ['{needed}']")


def find_viewer(services: Services, request: Request) -> Viewer:
    """Tell who calls.

    A ``signature_token`` in the query opens nothing any more. A personal access token that is not valid any more
    leaves the caller nobody: what is open to all still answers.

    Raises
    ------
    Refusal
        401 for any other token that is not valid.
    """
    header = request.headers.get("Authorization") or unquote(request.cookies.get("Authorization", ""))
    kind, _, token = header.partition(" ")
    if kind.lower() == "bearer":
        return _bearer(services, token.strip())
    if "Upload-Token" in request.headers:
        return Viewer(_upload_token(services, request.headers["Upload-Token"]), "upload")
    return NOBODY


def _wrong_token() -> Refusal:
    return Refusal(401, "Could not validate credentials.")


def _bearer(services: Services, token: str) -> Viewer:
    if token.startswith(PREFIX):
        pat = find_pat(services.store, token)
        user = None if pat is None else services.accounts.get(pat.user_id)
        return NOBODY if pat is None or user is None else Viewer(user, "pat", pat.scopes)
    try:
        return Viewer(services.tokens.read_access_token(token), "login")
    except TokenRefused:
        return _app_token(services, token)


def _app_token(services: Services, token: str) -> Viewer:
    # an app token has the form of a signature token, and a longer life
    try:
        return Viewer(services.tokens.read_signature_token(token), "app")
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
