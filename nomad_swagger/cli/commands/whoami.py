"""``whoami``: who calls, as the server says; by what, from where, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.options import Server, output_option, server_options
from nomad_swagger.cli.output import say, show_json

if TYPE_CHECKING:
    from nomad_swagger.auth import Login


@click.command()
@output_option("table", "json")
@server_options
def whoami(server: Server, fmt: str) -> None:
    """Tell who calls: the server is asked. And by what, where that was said, and until when it is good."""
    client = server.client()
    facts = who_is(client.nomad)
    if fmt == "json":
        show_json(facts)
        return
    if facts["kind"] == "anonymous":
        say(f"anonymous at {facts['server']}")
        return
    how = "stored login" if facts["source"] == "stored" else f"{facts['kind']} from {facts['source']}"
    say(f"{facts['who']} at {facts['server']} ({how})")
    for name in ("name", "kept", "until", "from", "scopes"):
        if facts[name]:
            say(f"  {name}: {', '.join(facts[name]) if isinstance(facts[name], list) else facts[name]}")


def who_is(nomad: Any) -> dict[str, Any]:
    """Give who calls, after asking the server.

    Raises
    ------
    AuthError, ApiError
        The server does not take the login.
    """
    from nomad_swagger.auth.stored import words_for

    login: Login = nomad.login
    facts = {"server": nomad.api_url, "kind": login.kind, "source": login.source, "from": login.named or None}
    if login.kind == "anonymous":
        return {**facts, "who": None}
    told = _told(nomad)
    stored = _as_it_is_now(login)
    ends_at = stored.ends_at if stored is not None else login.ends_at
    until = words_for(ends_at) if ends_at else None
    if stored is not None and stored.renews_itself:
        until = f"it renews itself{f'; unused, it ends {until}' if until else ''}"
    return {
        **facts,
        "who": _name(login.who, told),
        "name": told.get("name"),
        "user_id": told.get("user_id") or told.get("sub"),
        "kept": stored.kept if stored is not None else None,
        "until": until,
        "scopes": list(stored.scopes) if stored is not None else [],
    }


def _as_it_is_now(login: Login) -> Any:
    """Give the stored login with what asking the server has made of it."""
    from nomad_swagger.client.connect import token_store

    return None if login.stored is None else token_store().load(login.stored.api_url) or login.stored


def _told(nomad: Any) -> Mapping[str, Any]:
    """Give what the server says of the caller; v0 gives the token back that it has looked at, and no more."""
    from nomad_swagger.auth.tokens import claims
    from nomad_swagger.errors import Forbidden

    try:
        answer: Mapping[str, Any] = nomad.ask("whoami", {})
    except Forbidden as error:
        if nomad.login.kind not in ("token", "stored"):
            raise
        return {"name": f"not told: {error.detail}"}
    return answer if "access_token" not in answer else claims(str(answer["access_token"]))


def _name(given: str | None, told: Mapping[str, Any]) -> str:
    names = [str(told[key]) for key in ("email", "username", "preferred_username") if told.get(key)]
    if given is not None and (given in names or not names):
        return given
    return names[0] if names else "somebody"
