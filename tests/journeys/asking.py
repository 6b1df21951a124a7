"""What worker processes of the journeys do; a module of its own, since each of them imports it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nomad_swagger as ns
from nomad_swagger.settings import Profile

# The client of this process; a fork takes it along, connections and all.
SHARED: list[Any] = []


def begin(where: Profile) -> None:
    SHARED[:] = [ns.connect(profile=where, user="leonard", password="password", spec="nomad-1.4.3")]


def ask_many(client: Any, pairs: Sequence[tuple[str, str]]) -> int:
    """Ask twice for each entry, and give how many answers were another's."""
    return sum(
        ns.search(client, entry_id=entry_id).total != 1
        or next(iter(ns.search(client, entry_id=entry_id))).mainfile != mainfile
        for entry_id, mainfile in pairs
    )


def ask_shared(pairs: Sequence[tuple[str, str]]) -> int:
    return ask_many(SHARED[0], pairs)


def one(file: str, folder: Path) -> str:
    """Download a file, and give the hash of what stands under the name, or the error."""
    try:
        return hashlib.sha256(ns.download(SHARED[0], file, to=folder).read_bytes()).hexdigest()
    except (ns.UsageError, ns.TransferError) as error:
        return type(error).__name__


def side_by_side(files: Sequence[str], folder: Path) -> list[str]:
    """Download files in as many threads of this process."""
    with ThreadPoolExecutor(len(files)) as pool:
        return list(pool.map(one, files, [folder] * len(files)))
