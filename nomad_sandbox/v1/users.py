"""The ``users`` operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.accounts import User
from nomad_sandbox.v1.answers import Refusal, json_answer, without_none
from nomad_sandbox.v1.call import Call, Handler

_PUBLIC = ("user_id", "username", "name", "first_name", "last_name", "affiliation", "affiliation_address")


def _public(user: User) -> dict[str, Any]:
    return without_none({name: getattr(user, name) for name in _PUBLIC})


def read_me(call: Call) -> Response:
    """Answer with the caller's own account."""
    user = call.user()
    private = {"email": user.email, "is_admin": user.is_admin, "is_oasis_admin": False}
    return json_answer({**_public(user), **private, "created": user.created})


def get_users(call: Call) -> Response:
    """Answer with the users of ids, of user names and of e-mails, in the order in which they are asked for.

    Those of a prefix come behind them. Unknown ones are left out, and one who is asked for twice is there twice.
    """
    everybody = call.services.accounts.search("")
    found = [
        user
        for name in ("user_id", "username", "email")
        for value in call.many(name)
        for user in everybody
        if getattr(user, name) == value
    ]
    words = (call.text("prefix") or "").lower()
    if words:
        found += [
            user
            for user in everybody
            if any(text.lower().startswith(words) for text in (user.name, user.last_name, user.username))
        ]
    return json_answer({"data": [_public(user) for user in found]})


def get_user(call: Call, user_id: str) -> Response:
    """Answer with what everybody may know of one user."""
    user = call.services.accounts.get(user_id)
    if user is None:
        raise Refusal(404, "User not found.")
    return json_answer(_public(user))


def invite(call: Call) -> Response:
    """Add a user without a password."""
    call.user()
    body = call.body
    missing = [name for name in ("email", "first_name", "last_name") if not body.get(name)]
    if missing:
        raise Refusal(400, f"{', '.join(missing)} is missing")
    if call.services.accounts.find(body["email"]) is not None:
        raise Refusal(400, "The user exists already.")
    user = call.services.accounts.invite(body["email"], body["first_name"], body["last_name"])
    return json_answer({**_public(user), "email": user.email})


HANDLERS: Mapping[str, Handler] = {
    "GET /users/me": read_me,
    "GET /users": get_users,
    "GET /users/{user_id}": get_user,
    "PUT /users/invite": invite,
}
