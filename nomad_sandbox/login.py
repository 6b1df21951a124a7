"""A login server with Keycloak's addresses, forms and words, for one realm and one public client.

Knows OpenID Connect as Keycloak speaks it. It must not know NOMAD's API.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.addresses import CLIENT_ID, KEYCLOAK_PATH, REALM
from nomad_sandbox.device import INTERVAL_S, LIFETIME_S, DeviceCodes, DevicePending, device_page
from nomad_sandbox.tokens import TokenPair, TokenRefused, Tokens

REALM_PATH = f"{KEYCLOAK_PATH}/realms/{REALM}"
PROTOCOL_PATH = f"{REALM_PATH}/protocol/openid-connect"
SCOPE = "openid profile email"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class _Refused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


def _answer(data: Any, status: int = 200) -> Response:
    response = jsonify(data)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _check_client() -> None:
    basic = request.authorization
    client_id = request.form.get("client_id") or (basic.username if basic and basic.type == "basic" else None)
    if client_id != CLIENT_ID:
        raise _Refused(401, "invalid_client", "Invalid client or Invalid client credentials")


def _describe(pair: TokenPair) -> dict[str, Any]:
    return {
        "access_token": pair.access_token,
        "expires_in": pair.expires_in,
        "refresh_expires_in": pair.refresh_expires_in,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "id_token": pair.id_token,
        "not-before-policy": 0,
        "session_state": pair.session_id,
        "scope": SCOPE,
    }


def _by_password(tokens: Tokens, accounts: Accounts) -> TokenPair:
    if "username" not in request.form:
        raise _Refused(401, "invalid_request", "Missing parameter: username")
    user = accounts.verify(request.form["username"], request.form.get("password", ""))
    if user is None:
        raise _Refused(401, "invalid_grant", "Invalid user credentials")
    return tokens.login(user)


def _by_refresh(tokens: Tokens) -> TokenPair:
    if "refresh_token" not in request.form:
        raise _Refused(400, "invalid_request", "No refresh token")
    try:
        return tokens.refresh(request.form["refresh_token"])
    except TokenRefused as error:
        raise _Refused(400, "invalid_grant", str(error)) from error


def _device(codes: DeviceCodes, issuer: str) -> Response:
    _check_client()
    device_code, user_code = codes.make()
    return _answer(
        {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": f"{issuer}/device",
            "verification_uri_complete": f"{issuer}/device?user_code={user_code}",
            "expires_in": LIFETIME_S,
            "interval": INTERVAL_S,
        }
    )


def _grant(tokens: Tokens, accounts: Accounts, codes: DeviceCodes) -> Response:
    _check_client()
    grant = request.form.get("grant_type")
    if grant is None:
        raise _Refused(400, "invalid_request", "Missing form parameter: grant_type")
    if grant == "password":
        return _answer(_describe(_by_password(tokens, accounts)))
    if grant == "refresh_token":
        return _answer(_describe(_by_refresh(tokens)))
    if grant == _DEVICE_GRANT:
        try:
            return _answer(_describe(tokens.login(codes.collect(request.form.get("device_code", "")))))
        except DevicePending as error:
            raise _Refused(400, error.error, str(error)) from error
    if grant == "client_credentials":
        raise _Refused(401, "unauthorized_client", "Public client not allowed to retrieve service account")
    raise _Refused(400, "unsupported_grant_type", "Unsupported grant_type")


def _user_info(tokens: Tokens) -> Response:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise _Refused(401, "invalid_request", "Missing token")
    try:
        user = tokens.read_access_token(token.strip())
    except TokenRefused as error:
        raise _Refused(401, "invalid_token", "Token verification failed") from error
    return _answer(
        {
            "sub": user.user_id,
            "name": user.name,
            "preferred_username": user.username,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "email": user.email,
            "email_verified": True,
        }
    )


def _log_out(tokens: Tokens) -> Response:
    _check_client()
    try:
        tokens.logout(request.form.get("refresh_token", ""))
    except TokenRefused as error:
        raise _Refused(400, "invalid_grant", str(error)) from error
    return Response(status=204)


def _configuration(issuer: str) -> dict[str, Any]:
    protocol = f"{issuer}/protocol/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{protocol}/auth",
        "token_endpoint": f"{protocol}/token",
        "userinfo_endpoint": f"{protocol}/userinfo",
        "end_session_endpoint": f"{protocol}/logout",
        "jwks_uri": f"{protocol}/certs",
        "device_authorization_endpoint": f"{protocol}/auth/device",
        "grant_types_supported": ["password", "refresh_token", _DEVICE_GRANT],
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": SCOPE.split(),
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "preferred_username", "email"],
    }


def make_login(tokens: Tokens, accounts: Accounts) -> Blueprint:
    """Give the routes of the login server."""
    face = Blueprint("keycloak", __name__)
    codes = DeviceCodes()
    realm = {
        "realm": REALM,
        "public_key": tokens.public_key_body(),
        "token-service": f"{tokens.issuer}/protocol/openid-connect",
        "account-service": f"{tokens.issuer}/account",
        "tokens-not-before": 0,
    }
    routes: tuple[tuple[str, str, str, Any], ...] = (
        ("POST", f"{PROTOCOL_PATH}/token", "token", lambda: _grant(tokens, accounts, codes)),
        ("POST", f"{PROTOCOL_PATH}/auth/device", "device code", lambda: _device(codes, tokens.issuer)),
        ("GET", f"{REALM_PATH}/device", "device", lambda: device_page(codes, accounts, request)),
        ("POST", f"{REALM_PATH}/device", "device answer", lambda: device_page(codes, accounts, request)),
        ("POST", f"{PROTOCOL_PATH}/logout", "logout", lambda: _log_out(tokens)),
        ("GET", f"{PROTOCOL_PATH}/userinfo", "userinfo", lambda: _user_info(tokens)),
        ("GET", f"{PROTOCOL_PATH}/certs", "certs", lambda: _answer({"keys": [tokens.public_key()]})),
        ("GET", REALM_PATH, "realm", lambda: _answer(realm)),
        (
            "GET",
            f"{REALM_PATH}/.well-known/openid-configuration",
            "configuration",
            lambda: _answer(_configuration(tokens.issuer)),
        ),
    )
    for method, path, name, handler in routes:
        face.add_url_rule(path, name, handler, methods=[method])
    face.register_error_handler(
        _Refused, lambda error: _answer({"error": error.error, "error_description": error.description}, error.status)
    )
    return face
