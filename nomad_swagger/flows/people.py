"""Find people with an account: a coauthor is written as an address, and NOMAD wants the id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.paging import records_of
from nomad_swagger.flows.records import User

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
    found = records_of(client.nomad, "find_users", "user", {"query": name}, what=f"the users like {name}")
    users: list[User] = list(found)
    for user in users:
        # newer servers find people by their address and keep it to themselves
        if user.email.lower() == name.lower() or (not user.email and len(users) == 1):
            return user.user_id
    raise UsageError(f"nobody with the address {name} has an account at this NOMAD; coauthors need one")
