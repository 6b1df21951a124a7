"""Find people with an account: a coauthor is written as an address, and NOMAD wants the id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.engine import Paged
from nomad_swagger.flows.records import User, read_record

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def find_user(client: NomadClient, name: str) -> str:
    """Give the user id for an e-mail address; an id is given back as it is.

    Raises
    ------
    UsageError
        Nobody with that address has an account.
    """
    if "@" not in name:
        return name
    nomad = client.nomad
    pages = nomad.verb("find_users").pages
    assert pages is not None

    def ask(step: Mapping[str, Any]) -> Any:
        return nomad.json(nomad.prepare_verb("find_users", {"query": name}, native=step))

    rules = nomad.generation.records
    users: list[User] = [read_record(rules, "user", item) for item in Paged(ask, pages, what=f"the users like {name}")]
    for user in users:
        # newer servers find people by their address and keep it to themselves
        if user.email.lower() == name.lower() or (not user.email and len(users) == 1):
            return user.user_id
    raise UsageError(f"nobody with the address {name} has an account at this NOMAD; coauthors need one")
