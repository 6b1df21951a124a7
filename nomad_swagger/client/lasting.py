"""Logins that last at the API's own door: which token the API gives for days, and what is stored of it.

The generation says in which order the ways are tried (``login.lasting``) and the description how long a token may live.
Sends the calls of verbs; it must not know files.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from nomad_swagger import dotted
from nomad_swagger.apispec.operations import deref
from nomad_swagger.auth import StoredLogin, login_of
from nomad_swagger.auth.lasting import moment
from nomad_swagger.auth.servers import KeycloakServer
from nomad_swagger.auth.tokens import Grant, claims, end_of_token, holder
from nomad_swagger.errors import AuthError, Forbidden, InvalidRequest, NomadError, UsageError
from nomad_swagger.settings import Keycloak
from nomad_swagger.transport.origin import same_origin

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.client.login import Door
    from nomad_swagger.client.nomad import Nomad

log = logging.getLogger(__name__)

PERSONAL = "nomad_pat_"
DAYS = 30
_DAY_S = 24 * 3600.0
_NAMED = "nomad-swagger"
_SCOPE = re.compile(r"\b[a-z][a-z_]*:(?:[a-z][a-z_]*|\*)(?![\w/])")
_REALM = re.compile(r"(.*/)realms/([^/]+)/?")


def lasting_login(at: Door, user: str, password: str, grant: Grant, *, asked_at: float) -> StoredLogin:
    """Give a login that outlives the access token which the API's door gave for a password; else that token's own."""
    nomad = at.nomad(grant.access_token)
    for way in nomad.generation.login.get("lasting", ()):
        try:
            made = _WAYS[way](at, nomad, user, password, grant)
        except NomadError as error:  # a server may lack what its description has
            log.info("no %s for this login: %s", way, error)
            continue
        if made is not None:
            return made
    return _own(at, nomad, user, grant, asked_at)


def _own(at: Door, nomad: Nomad, user: str, grant: Grant, asked_at: float, **more: Any) -> StoredLogin:
    return login_of(
        at.target.url,
        user,
        grant,
        destination=at.destination,
        asked_at=asked_at,
        check_url=nomad.prepare_verb("whoami", {}).url,
        **more,
    )


def _by_app_token(at: Door, nomad: Nomad, user: str, _password: str, _grant: Grant) -> StoredLogin | None:
    if not nomad.can("make_app_token"):
        return None
    lifetime_s, asked_at = longest_s(nomad), time.time()
    token = nomad.ask("make_app_token", {"lifetime_s": lifetime_s})
    return _own(at, nomad, user, Grant(str(token), float(lifetime_s)), asked_at, kept="app token")


def _by_issuer(at: Door, _nomad: Nomad, user: str, password: str, grant: Grant) -> StoredLogin | None:
    place = issuer_of(grant.access_token, at.target.url)
    if place is None:
        return None
    asked_at = time.time()
    renewable = KeycloakServer(place, at.wire).login(user, password)
    return login_of(at.target.url, user, renewable, destination=place, asked_at=asked_at, kept="refresh token")


_WAYS = {"app_token": _by_app_token, "issuer": _by_issuer}


def issuer_of(token: str, api_url: str) -> Keycloak | None:
    """Give the Keycloak that says it made a token, where it is on the API's own scheme, host and port.

    A token names its maker, and anybody can write a token: a password follows to no other host than the one that has
    just got it.
    """
    told = claims(token)
    found = _REALM.fullmatch(str(told.get("iss", "")))
    client_id = str(told.get("azp") or "")
    if found is None or not client_id or not same_origin(found[1], api_url):
        return None
    return Keycloak(found[1], unquote(found[2]), client_id)


def longest_s(nomad: Nomad) -> int:
    """Give how long an app token may live here: as the description says, else as is NOMAD's default."""
    call = nomad.verb("make_app_token")
    operation = nomad.spec.operation(call.operation)
    described = nomad.spec.swagger["paths"][operation.path][operation.method.lower()].get("parameters", ())
    named = call.arguments["lifetime_s"]
    told = next((p["maximum"] for p in described if p.get("name") in named and "maximum" in p), None)
    return int(told if told is not None else nomad.generation.login["longest_s"])


def scopes_of(nomad: Nomad) -> list[str]:
    """Give the rights that a personal access token can have: as the description lists them, else as is known."""
    told = sorted(set(_listed(nomad.spec, nomad.verb("create_token").operation)))
    return told or list(nomad.generation.login["scopes"])


def _listed(spec: Spec, operation: str) -> Iterator[str]:
    found = spec.operation(operation)
    yield from _SCOPE.findall(found.description)
    for parameter in found.parameters:
        yield from _SCOPE.findall(parameter.description)
        fields = deref(spec.swagger, dotted.get(deref(spec.swagger, parameter.schema), "properties.metadata", {}))
        scopes = dotted.get(fields, "properties.scopes", {})
        yield from _SCOPE.findall(str(scopes.get("description", "")))
        yield from dotted.get(deref(spec.swagger, scopes.get("items", {})), "enum", ())


def wanted_scopes(nomad: Nomad, given: Sequence[str]) -> list[str]:
    """Give the rights to ask for: all that there are where none are named, and what is always needed.

    Raises
    ------
    UsageError
        A word that is no right, with those that there are.
    """
    known = scopes_of(nomad)
    odd = [scope for scope in given if not _SCOPE.fullmatch(scope)]
    if odd:
        raise UsageError(f"a scope is resource:action, not {odd[0]!r}; there are {', '.join(known)}")
    return sorted({*(given or known), *nomad.generation.login["always_scopes"]})


def make_personal(
    nomad: Nomad, *, scopes: Sequence[str], days: int | None, name: str = "", description: str | None = None
) -> Mapping[str, Any]:
    """Make a personal access token; gives NOMAD's answer, with the only copy of the token.

    Raises
    ------
    UnknownOperation
        This NOMAD has none.
    InvalidRequest
        Rights or days that the server does not give.
    """
    arguments: dict[str, Any] = {
        "name": name or f"{_NAMED} {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}",
        "scopes": wanted_scopes(nomad, scopes),
        "days": DAYS if days is None else days,
        "description": description,
    }
    try:
        made: Mapping[str, Any] = nomad.ask("create_token", arguments)
    except InvalidRequest as error:
        # nobody asked for the rights that we know of and this server does not
        left = [scope for scope in arguments["scopes"] if scope not in error.detail]
        if scopes or not left or left == arguments["scopes"]:
            raise
        made = nomad.ask("create_token", {**arguments, "scopes": left})
    if not isinstance(made.get("raw_token"), str):
        raise AuthError("the server made a personal access token and did not show it; revoke it and try again")
    return made


def personal_login(at: Door, user: str, grant: Grant, *, scopes: Sequence[str], days: int | None) -> StoredLogin:
    """Make a personal access token with the login that was just made; gives what is to be stored of it."""
    nomad = at.nomad(grant.access_token)
    asked_at = time.time()
    made = make_personal(nomad, scopes=scopes, days=days)
    pat = made["pat"]
    ends_at = moment(pat.get("expired_at")) or asked_at + (days or DAYS) * _DAY_S
    token_id = {"token_id": str(pat["id"])}
    return _own(
        at,
        nomad,
        user,
        Grant(made["raw_token"], ends_at - asked_at),
        asked_at,
        kept="personal access token",
        ends_at=ends_at,
        scopes=tuple(map(str, pat.get("scopes", ()))),
        rotate_url=nomad.prepare_verb("rotate_token", token_id).url,
        revoke_url=nomad.prepare_verb("revoke_token", token_id).url,
    )


def given_login(at: Door, token: str) -> StoredLogin:
    """Give what is to be stored of a token that a person made elsewhere; the server says whose it is."""
    nomad = at.nomad(token)
    try:
        told = nomad.ask("whoami", {})
    except Forbidden:  # the server knows the token, which has no right to say whose it is
        told = {}
    name = told.get("username") or told.get("email") or holder(str(told.get("access_token", token)))
    now, ends_at = time.time(), end_of_token(token)
    kept = "personal access token" if token.startswith(PERSONAL) else "access token"
    # what says nothing of its end is used until the server refuses it
    lifetime_s = ends_at - now if ends_at is not None else 3650 * _DAY_S
    return _own(at, nomad, str(name or "somebody"), Grant(token, lifetime_s), now, kept=kept, ends_at=ends_at)
