"""The metadata of a mirror: a row for each hit, in Parquet, and what of a hit goes into it.

The columns are those of an :class:`Entry`, what goes with it, and NOMAD's answer as JSON, less what weighs much and is
in the archive, too.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger import disk
from nomad_swagger.flows.columns import row_of
from nomad_swagger.flows.records import Entry
from nomad_swagger.flows.search import Results, search
from nomad_swagger.jsontext import json_text
from nomad_swagger.mirrors.ledger import Kept
from nomad_swagger.science.frames import TEXT, columns_of, write_table
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

_BESIDE = ("upload_time", "functional", "license", "doi")
COLUMNS: Mapping[str, str] = {**columns_of(Entry), **dict.fromkeys(_BESIDE, TEXT), "raw": TEXT}
_IDS_AT_ONCE = 1000


def hits(client: NomadClient, query: Mapping[str, Any], owner: Owner, *, after: str = "") -> Results:
    """Give the hits of a query, with all that is kept of them; behind an entry where the server pages so."""
    bulky = tuple(client.nomad.generation.bulky)
    return Results(client, search(client, owner=owner, query=query).query, owner=owner, exclude=bulky, after=after)


def row(client: NomadClient, entry: Entry) -> dict[str, Any]:
    """Give the row of a hit."""
    told = row_of(client, entry, tuple(name for name in COLUMNS if name != "raw"))
    texts = {name: None if told[name] is None else str(told[name]) for name in _BESIDE}
    return {**told, **texts, "raw": json_text(entry.raw)}


def mark_of(told: Mapping[str, Any]) -> bytes:
    """Give what is another one when the metadata of an entry changed."""
    return hashlib.sha256(told["raw"].encode("utf-8", "surrogatepass")).digest()[:8]


def write_shard(path: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[Kept, int]:
    """Write rows as a shard, whole or not at all, and give the file and the number of rows."""
    file = io.BytesIO()
    count = write_table(rows, file, COLUMNS)
    return write_whole(path, name, file.getvalue()), count


def write_whole(path: Path, name: str, content: bytes) -> Kept:
    """Write a file of the mirror, whole or not at all."""
    disk.write_atomically(path, content)
    return Kept(name, len(content), hashlib.sha256(content).hexdigest())


def rows_of(client: NomadClient, entry_ids: Sequence[str], owner: Owner) -> Iterable[dict[str, Any]]:
    """Ask for the rows of entries anew."""
    for begin in range(0, len(entry_ids), _IDS_AT_ONCE):
        wanted = list(entry_ids[begin : begin + _IDS_AT_ONCE])
        for entry in hits(client, {"entry_id": wanted}, owner):
            yield row(client, entry)
