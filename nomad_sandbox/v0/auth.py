"""The ``auth`` operations: tokens, and the users that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.accounts import User
from nomad_sandbox.v0.answers import Refusal, json_answer
from nomad_sandbox.v0.call import Call, Handler


def get_auth(call: Call) -> Response:
    """Answer with the caller's tokens."""
    user, tokens = call.user(), call.services.tokens
    kind, _, given = call.request.headers.get("Authorization", "").partition(" ")
    access = given.strip() if kind.lower() == "bearer" else tokens.login(user).access_token
    return json_answer(
        {
            "access_token": access,
            "upload_token": tokens.upload_token(user),
            "signature_token": tokens.signature_token(user),
        }
    )


def _describe(user: User) -> dict[str, Any]:
    return {**vars(user), "name": user.name, "repo_user_id": None}


def get_users(call: Call) -> Response:
    """Answer with users, to anybody and with their e-mails, as v0 does."""
    found = call.services.accounts.search(call.text("query") or "")
    return json_answer({"users": [_describe(user) for user in found]})


def invite_user(call: Call) -> Response:
    """Add a user without a password."""
    body = call.body
    missing = [key for key in ("email", "first_name", "last_name") if not body.get(key)]
    if missing:
        raise Refusal(400, f"Bad user data: {', '.join(missing)} is missing")
    if call.services.accounts.find(body["email"]) is not None:
        raise Refusal(400, "Could not invite user: User exists with same username")
    user = call.services.accounts.invite(body["email"], body["first_name"], body["last_name"])
    return json_answer(_describe(user))


HANDLERS: Mapping[str, Handler] = {
    "auth.get_auth": get_auth,
    "auth.get_users": get_users,
    "auth.invite_user": invite_user,
}
