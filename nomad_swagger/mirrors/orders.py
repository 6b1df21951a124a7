"""What a worker is told, and what it gives back; both go over the wire to workers elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.layout import FilesOf
from nomad_swagger.mirrors.ledger import Item, Kept
from nomad_swagger.words import Owner


@dataclass(frozen=True)
class Order:
    """An item to be brought.

    Attributes
    ----------
    item : Item
    folder : str
        Of the mirror; the same for every worker.
    owner : str
    files : {"stored", "entries", "none"}
    include, exclude : tuple of str
    entries : tuple of (entry_id, upload_id)
        Of a shard, or those whose own files are wanted.
    mend : tuple of str
        Paths below the folder that alone are to come again.
    last : bool
        It will not be tried again in this run: what a server fails at is left out and named.
    per_s : float
        The worker's share of the server's rate; 0 for no limit.
    """

    item: Item
    folder: str
    owner: Owner = "public"
    files: FilesOf = "stored"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    entries: tuple[tuple[str, str], ...] = ()
    mend: tuple[str, ...] = ()
    last: bool = False
    per_s: float = 0.0


@dataclass(frozen=True)
class Brought:
    """An item that came.

    Attributes
    ----------
    item : Item
        With its numbers.
    files : tuple of Kept
    absent : mapping of str to str
        Entries without an archive, each with the reason.
    tries : int
        How often workers began with this order: more than once where one was lost.
    """

    item: Item
    files: tuple[Kept, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    tries: int = 1
