"""The entries of a query in the order of their ids: an order that every server keeps, so that one can go on behind any.

Where a server pages in that order, pages come as they are needed; elsewhere all hits are listed first, which is cheap
beside what they are listed for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger.errors import ServerError
from nomad_swagger.flows.quantities import Query
from nomad_swagger.flows.record_rules import paths_of
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.search import Results
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def listed(client: NomadClient, query: Query, *, owner: Owner, after: str = "", telling: str = "") -> Results:
    """Give the hits of a query with little more than their ids, behind an entry where the server pages so.

    Parameters
    ----------
    client : NomadClient
    query : Query
    owner : str
        As for :func:`search`.
    after : str
        The id of an entry; empty for all.
    telling : str
        A kind of record: what it is read from comes along.
    """
    nomad = client.nomad
    rules = nomad.generation.records
    more = [path for rule in rules[telling].values() for path in paths_of(rule)] if telling else []
    ids = (*rules["entry"]["entry_id"], *more)
    bulky = tuple(nomad.generation.bulky)
    return Results(client, query, owner=owner, include=ids, exclude=bulky, after=after, trim=False)


def in_order(found: Results, *, limit: int | None = None, after: str = "") -> Iterator[Entry]:
    """Give entries by ascending id, each once.

    Parameters
    ----------
    found : Results
        As :func:`listed` gives them.
    limit : int, optional
        How many at most.
    after : str
        The id of an entry to begin behind; empty for all.

    Raises
    ------
    ServerError
        The server does not keep the order that it promises.
    """
    if found.by_id:
        yield from itertools.islice(_ascending(found), limit)
    else:
        by_id = {entry.entry_id: entry for entry in found}
        yield from itertools.islice((by_id[entry_id] for entry_id in sorted(by_id) if entry_id > after), limit)


def _ascending(entries: Results) -> Iterator[Entry]:
    last = ""
    for entry in entries:
        if entry.entry_id < last:
            raise ServerError(
                f"the server gave entry {entry.entry_id} behind {last}: not in the order of ids, so that going on from "
                "an entry would lose others. This is a fault of the server, or of a proxy that mixes two of them."
            )
        if entry.entry_id != last:
            yield entry
        last = entry.entry_id
