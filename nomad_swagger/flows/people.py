"""Find people with an account: a coauthor is written as an address, and NOMAD wants the id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Step
from nomad_swagger.errors import UsageError
from nomad_swagger.flows.deeds import step_of
from nomad_swagger.flows.paging import records_of
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
    found = records_of(client.nomad, "find_users", "user", {"query": name}, what=f"the users like {name}")
    users: list[User] = list(found)
    for user in users:
        # newer servers find people by their address and keep it to themselves
        if user.email.lower() == name.lower() or (not user.email and len(users) == 1):
            return user.user_id
    raise UsageError(f"nobody with the address {name} has an account at this NOMAD; coauthors and reviewers need one")


def find_people(client: NomadClient, word: str) -> list[User]:
    """Give the people with an account whose name or address is like a word."""
    asked = {"query" if "@" in word else "word": word}
    return list(records_of(client.nomad, "find_users", "user", asked, what=f"the users like {word}"))


def my_id(client: NomadClient) -> str:
    """Give the user id of who calls."""
    user: User = read_record(client.nomad.generation.records, "user", client.nomad.ask("whoami", {}))
    return user.user_id


def look_up_users(client: NomadClient, names: Sequence[str], *, look: bool) -> tuple[list[str], list[Step]]:
    """Give the ids of people, each once; and where no server is to be asked, placeholders with the steps to find them.

    Raises
    ------
    UsageError
        One of them has no account.
    """
    if look:
        return list(dict.fromkeys(find_user(client, name) for name in names)), []
    steps = {
        name: step_of(
            client,
            "find_users",
            {"query": name},
            f"find the user id of {name}",
            looks=True,
            stands_for=f"USER_ID_OF_{name}",
        )
        for name in names
        if "@" in name
    }
    return [steps[name].stands_for if name in steps else name for name in names], list(steps.values())
