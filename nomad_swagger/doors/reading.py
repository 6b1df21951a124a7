"""A client that can only read: what an assistant is given, whatever it was told by what it read.

Two locks, and neither asks what a tool meant: every deed is refused before its first step, and a call that is none of
the operations of the reading verbs is not sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from nomad_swagger.doors.servers import client_of
from nomad_swagger.errors import UsageError
from nomad_swagger.transport.call import PreparedCall

if TYPE_CHECKING:
    from nomad_swagger.calls.plan import Plan
    from nomad_swagger.client.client import NomadClient

# All that a tool may have done at a server.
READING_VERBS = (
    *("info", "search", "search_sorted", "count_values", "count_numbers", "count_times", "get_entry", "get_upload"),
    *("archive", "archives", "raw_file", "stored_zip", "look_at_path", "list_tree", "list_files", "list_entry_files"),
    *("list_query_files", "get_dataset", "list_datasets", "measure_values", "find_doi"),
)


def reading_client(server: str, **how: Any) -> NomadClient:
    """Give a client of a server that sends nothing but reading calls.

    Raises
    ------
    UsageError, AuthError, SpecError, TransportError
    """
    client = client_of(server, **how)
    nomad = client.nomad
    allowed = {nomad.verb(name).operation for name in READING_VERBS if nomad.can(name)}

    def guard(call: PreparedCall) -> None:
        if call.operation not in allowed:
            raise UsageError(f"{call.title} does more than read, and this door is for reading alone: nothing was sent")

    nomad.transport.guard = guard
    nomad.consent = _refuse
    return client


def _refuse(plan: Plan) -> NoReturn:
    raise UsageError(f"{plan.words}: this door is for reading alone; nothing was done")
