"""A download of more entries than a server packs in one: in several, each of whole uploads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nomad_swagger.errors import UsageError
from nomad_swagger.flows.body_query import narrowed
from nomad_swagger.flows.quantities import Query
from nomad_swagger.flows.search import Results

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def batches_of(client: NomadClient, found: Results) -> list[Results]:
    """Give the hits in parts that this server packs in one go each; the hits alone where they fit.

    Raises
    ------
    UsageError
        One upload has more entries than a download may have.
    """
    nomad = client.nomad
    way = nomad.verb("raw_query")
    if not way.most_entries or not way.quantities or found.total <= way.most_entries:
        return [found]
    sizes = Counter(entry.upload_id for entry in found.unfiltered())
    (variant,) = found.query.variants
    query = variant[way.quantities]
    return [
        Results(client, Query(({way.quantities: narrowed(nomad.generation, query, uploads)},)), owner=found.owner)
        for uploads in _batches(sizes, way.most_entries)
    ]


def _batches(sizes: Mapping[str, int], most: int) -> Iterator[list[str]]:
    batch: list[str] = []
    filled = 0
    for upload_id, size in sizes.items():
        if size > most:
            raise UsageError(
                f"upload {upload_id} has {size:,} of the entries, and this server packs {most:,} in one download: "
                "download the upload itself, or narrow the search"
            )
        if filled + size > most:
            yield batch
            batch, filled = [], 0
        batch.append(upload_id)
        filled += size
    yield batch
