"""The ``auth`` operations: login, app tokens, signature tokens, personal access tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from nomad_sandbox.accounts import User
from nomad_sandbox.login import SCOPE
from nomad_sandbox.store import utc_now
from nomad_sandbox.v1 import pats
from nomad_sandbox.v1.answers import Refusal, invalid, json_answer
from nomad_sandbox.v1.call import Call, Handler
from nomad_sandbox.v1.pages import cut, read_page_of_url, with_nulls, with_urls
from nomad_sandbox.v1.viewer import unknown_scopes

MAX_APP_TOKEN_S = 30 * 24 * 3600
_PAT_TIMES = {"created": "created_at", "last_used": "last_used_at", "expires": "expired_at"}
_PAT_ORDERS = {**_PAT_TIMES, "name": "name"}
_PAT_TEXTS = ("search", "state", *(f"{word}_{side}" for word in _PAT_TIMES for side in ("after", "before")))
_NO_PAT = "The personal access token was not found."


def get_token(call: Call) -> Response:
    """Trade a password for tokens."""
    form = call.request.form
    for name in ("grant_type", "username", "password"):
        if name not in form:
            raise invalid("missing", ["body", name], "Field required")
    if form["grant_type"] != "password":
        message = "String should match pattern '^password$'"
        raise invalid("string_pattern_mismatch", ["body", "grant_type"], message, form["grant_type"])
    user = call.services.accounts.verify(form["username"], form["password"])
    if user is None:
        raise Refusal(401, "Incorrect username or password")
    pair = call.services.tokens.login(user)
    return json_answer(
        {
            "access_token": pair.access_token,
            "token_type": "Bearer",
            "expires_in": pair.expires_in,
            "refresh_token": pair.refresh_token,
            "refresh_expires_in": pair.refresh_expires_in,
            "scope": SCOPE,
            "id_token": pair.id_token,
        }
    )


def get_app_token(call: Call) -> Response:
    """Answer with a token of any lifetime up to thirty days."""
    user = _real_login(call)
    lifetime_s = call.integer("expires_in", 0)
    if lifetime_s <= 0:
        raise invalid("greater_than", ["query", "expires_in"], "Input should be greater than 0", lifetime_s)
    if lifetime_s > MAX_APP_TOKEN_S:
        message = f"Input should be less than or equal to {MAX_APP_TOKEN_S}"
        raise invalid("less_than_equal", ["query", "expires_in"], message, lifetime_s)
    return json_answer({"app_token": call.services.tokens.signature_token(user, lifetime_s=lifetime_s)})


def get_signature_token(call: Call) -> Response:
    """Answer with a token for a download link; it lives ten seconds."""
    return json_answer({"signature_token": call.services.tokens.signature_token(_real_login(call))})


def _real_login(call: Call) -> User:
    """Give the caller, who must be there with more than an app token: that makes no further tokens.

    Raises
    ------
    Refusal
        401 for nobody, 403 for an app token.
    """
    user = call.user()
    if call.caller.kind == "app":
        raise Refusal(403, "An app token cannot be used to make further tokens.")
    return user


def _own(call: Call, pat_id: str) -> dict[str, Any]:
    pat = pats.get_pat(call.store, call.user(), pat_id)
    if pat is None:
        raise Refusal(404, _NO_PAT)
    return pat


def create_pat(call: Call) -> Response:
    """Make a personal access token, which is shown this one time."""
    user, body = _real_login(call), call.body
    days, scopes = body.get("expires_in_days", 30), body["metadata"]["scopes"]
    if days is None:
        raise Refusal(400, "expires_in_days is needed: a token without an end is not allowed.")
    if not scopes:
        raise Refusal(400, "A token needs at least one scope.")
    if unknown_scopes(scopes):
        raise Refusal(400, f"Unknown scopes: {unknown_scopes(scopes)}")
    try:
        pat, token = pats.create_pat(call.store, user, body["metadata"], days=days)
    except ValueError as error:
        raise Refusal(400, str(error)) from error
    return json_answer({"pat": pat, "raw_token": token}, 201)


def list_pats(call: Call) -> Response:
    """Answer with a page of the caller's tokens; what has no value is told as null, as NOMAD tells of them."""
    query: dict[str, Any] = {name: call.text(name) for name in _PAT_TEXTS}
    query["revoked"] = None if call.text("revoked") is None else call.flag("revoked")
    rows = [row for row in pats.list_pats(call.store, call.user()) if _fits(row, query)]
    page = read_page_of_url(call.request, order_by="created_desc")
    name, _, direction = page.order_by.rpartition("_")
    key = _PAT_ORDERS[name]
    rows.sort(key=lambda row: str(row[key] or ""), reverse=direction == "desc")
    chosen, told = cut(page, [(row["id"], row) for row in rows])
    return json_answer({"query": query, "pagination": with_nulls(with_urls(call.request, told)), "data": chosen})


def _fits(row: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    active = not row["revoked"] and row["expired_at"] > utc_now()
    return (
        (query["search"] or "").lower() in row["name"].lower()
        and query["revoked"] in (None, row["revoked"])
        and (query["state"] is None or (query["state"] == "active") is active)
        and all(
            (query[f"{word}_after"] is None or str(row[key] or "") >= query[f"{word}_after"])
            and (query[f"{word}_before"] is None or "" < str(row[key] or "") <= query[f"{word}_before"])
            for word, key in _PAT_TIMES.items()
        )
    )


def get_pat(call: Call, pat_id: str) -> Response:
    """Answer with what is known of one token."""
    return json_answer(_own(call, pat_id))


def rotate_pat(call: Call, pat_id: str) -> Response:
    """Put a new token in the place of an old one."""
    _real_login(call)
    if _own(call, pat_id)["revoked"]:
        raise Refusal(400, "The personal access token is revoked.")
    token = pats.rotate_pat(call.store, call.user(), pat_id)
    return json_answer({"pat": _own(call, pat_id), "raw_token": token})


def revoke_pat(call: Call, pat_id: str) -> Response:
    """Make a token worth nothing."""
    _own(call, pat_id)
    pats.revoke_pat(call.store, call.user(), pat_id)
    return Response(status=204)


HANDLERS: Mapping[str, Handler] = {
    "POST /auth/token": get_token,
    "GET /auth/app_token": get_app_token,
    "GET /auth/signature_token": get_signature_token,
    "POST /auth/pats": create_pat,
    "GET /auth/pats": list_pats,
    "GET /auth/pats/{pat_id}": get_pat,
    "POST /auth/pats/{pat_id}/rotate": rotate_pat,
    "DELETE /auth/pats/{pat_id}": revoke_pat,
}
