"""Find one entry: from a record, or from its id alone where a server also wants its upload's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nomad_swagger import dotted
from nomad_swagger.advice import python_words
from nomad_swagger.errors import NotFound, UsageError
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.search import search

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def find_entry(client: NomadClient, entry: Entry | str) -> Entry:
    """Give the entry with its upload's id, asking the server only where the record does not tell.

    Raises
    ------
    NotFound
        There is none of that id that you may see.
    UsageError
        The id is empty.
    """
    if isinstance(entry, Entry) and entry.upload_id:
        return entry
    entry_id = entry if isinstance(entry, str) else entry.entry_id
    found = try_entry(client, entry_id)
    if found is None:
        raise nothing_there(client, "entry", entry_id, verb="search")
    return found


def nothing_there(client: NomadClient, kinds: str, word: str, *, verb: str) -> NotFound:
    """Give the error for an id or name under which there is nothing of some kinds; ``verb`` was asked for it."""
    message = f"no {kinds} {word} at {client.nomad.api_url} that you may see"
    return NotFound(
        message,
        advice=python_words(NotFound, message, 404),
        status=404,
        operation=client.nomad.verb(verb).operation,
        detail=f"no such {kinds}",
    )


def try_entry(client: NomadClient, entry_id: str) -> Entry | None:
    """Give the entry of that id, or None."""
    if not entry_id.strip():
        raise UsageError("the entry id is empty")
    return next(iter(search(client, owner="visible", entry_id=entry_id, limit=1)), None)


def files_of(client: NomadClient, entry: Entry) -> tuple[str, ...]:
    """Give the paths, in the upload, of the files that belong to an entry as the index has them."""
    return tuple(str(path) for path in dotted.first(entry.raw, client.nomad.generation.entry_files, ()))
