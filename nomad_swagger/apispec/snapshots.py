"""Pinned API descriptions: where they lie, and what their index says.

A folder of snapshots holds one JSON document per NOMAD version in canonical form and an ``index.yaml``. Knows the
folders and the index; it must not know the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nomad_swagger import settings
from nomad_swagger.compiled import compiled
from nomad_swagger.disk import read_yaml
from nomad_swagger.errors import SpecError, SpecNotFound, SpecTampered
from nomad_swagger.light import dataclass

INDEX = "index.yaml"


@dataclass(frozen=True)
class Snapshot:
    """One line of an index.

    Attributes
    ----------
    name : str
        What to call it, ``nomad-0.8.6``.
    path : Path
        The document.
    generation : str
        ``v0`` or ``v1``.
    source : str
        Where it came from: a URL, or the words of the index.
    sha256 : str
        Of the canonical JSON, which is what the file holds.
    operations : int
    nomad_version : str
    fetched_at : str
        ISO 8601, UTC; empty for a snapshot that was not fetched.
    """

    name: str
    path: Path
    generation: str
    source: str
    sha256: str
    operations: int
    nomad_version: str = ""
    fetched_at: str = ""

    def read(self) -> dict[str, object]:
        """Give the document; raises what :meth:`read_text` raises."""
        document: dict[str, object] = json.loads(self.read_text())
        return document

    def read_text(self) -> bytes:
        """Give the document's canonical JSON, after comparing its hash.

        Raises
        ------
        SpecTampered
            The file is not what the index says.
        SpecNotFound
            The file is gone.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError as error:
            raise SpecNotFound(
                f"snapshot {self.name}: its index names {self.path}, and there is no such file"
            ) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise SpecTampered(
                f"snapshot {self.name}: {self.path} is not what its index says (sha256 differs). "
                "Somebody edited it: restore it from version control, or pin it anew from its source."
            )
        return content


def shipped_folder() -> Path:
    """Give the folder of the snapshots that come with this package, installed or in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "specs"
    return installed if (installed / INDEX).exists() else package.parent / "specs"


def read_index(folder: Path) -> dict[str, Snapshot]:
    """Give a folder's snapshots by name; empty without an index.

    Raises
    ------
    SpecError
        The index cannot be understood.
    """
    path = folder / INDEX
    if not path.exists():
        return {}
    content = path.read_bytes()
    try:
        rows = compiled(settings.cache_folder(), "index", content, lambda: _rows(content)) or {}
        return {
            name: Snapshot(name=name, path=folder / row["file"], **{k: v for k, v in row.items() if k != "file"})
            for name, row in rows.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SpecError(f"{path} is no index of snapshots: {error}") from error


def _rows(content: bytes) -> Any:
    from yaml import YAMLError  # late: an index that was read before needs no YAML

    try:
        return read_yaml(content.decode())
    except YAMLError as error:
        raise ValueError(error) from error


def all_snapshots(folders: Iterable[Path] = ()) -> Iterator[Snapshot]:
    """Give every snapshot on the search path, the first of a name before later ones; the shipped ones come last."""
    seen: set[str] = set()
    for folder in (*folders, shipped_folder()):
        for name, snapshot in read_index(folder).items():
            if name not in seen:
                seen.add(name)
                yield snapshot


def find_snapshot(name: str, folders: Iterable[Path] = ()) -> Snapshot:
    """Give the snapshot of that name.

    Raises
    ------
    SpecNotFound
        No folder has it; the message lists what there is.
    """
    known = {snapshot.name: snapshot for snapshot in all_snapshots(folders)}
    if name not in known:
        raise SpecNotFound(f"no snapshot {name!r}; there are {', '.join(sorted(known)) or 'none'}")
    return known[name]
