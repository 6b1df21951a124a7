"""Which uploads are to be made of many folders, and what is told about each: the orders of ``upload-many``.

Folders that were once packed into one upload stay together, whatever their sizes are by now, so that a run that broke
off and goes on means the same uploads. Knows files and a ledger; it must not know servers.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transfers.ledger import Ledger
from nomad_swagger.transfers.manifest import Manifest, Rules
from nomad_swagger.transfers.survey import manifest_of

LEDGER = "ledger of upload-many"


@dataclass(frozen=True)
class Told:
    """What is told about the entries of an upload.

    Attributes
    ----------
    name : str
        The upload's; empty for the folder's.
    comment : str
    references, coauthors, datasets : tuple of str
    embargo_months : int
    """

    name: str = ""
    comment: str = ""
    references: tuple[str, ...] = ()
    coauthors: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    embargo_months: int = 0

    @property
    def edits(self) -> dict[str, Any]:
        """Give what an edit of the entries takes."""
        told = {"comment": self.comment, "references": self.references, "coauthors": self.coauthors}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Item:
    """One upload that is to be made.

    Attributes
    ----------
    key : str
        Of its row in the ledger: the server, the user and the folders.
    sources : tuple of Path
    told : Told
    manifests : tuple of Manifest
        One for each source.
    """

    key: str
    sources: tuple[Path, ...]
    told: Told
    manifests: tuple[Manifest, ...]

    @property
    def manifest(self) -> Manifest:
        """Give all that goes up; several folders lie beside each other in one zip."""
        if len(self.manifests) == 1:
            return self.manifests[0]
        files = tuple(
            replace(file, path=f"{one.top}/{file.path}" if one.top else file.path)
            for one in self.manifests
            for file in one.files
        )
        return Manifest(Path(os.path.commonpath(self.sources)), "folder", "", files)

    @property
    def name(self) -> str:
        """Give the upload's name."""
        if self.told.name:
            return self.told.name
        first, last = _name(self.sources[0]), _name(self.sources[-1])
        return first if len(self.sources) == 1 else f"{first} to {last} ({len(self.sources)} folders)"

    @property
    def tops(self) -> tuple[str, ...]:
        """Give where the files of each source are in the upload."""
        return tuple(one.top for one in self.manifests)


@dataclass(frozen=True)
class Outcome:
    """What became of one folder.

    Attributes
    ----------
    folder, upload_id : str
    entries, failed : int or None
        Of this folder; None where it is not known.
    published : bool
    state : str
        ``done``, ``failed``, or ``left`` for what the limit of unpublished uploads leaves for later.
    error : str
    failure : Exception or None
    """

    folder: str
    upload_id: str = ""
    entries: int | None = None
    failed: int | None = None
    published: bool = False
    state: str = "done"
    error: str = ""
    failure: Exception | None = field(default=None, repr=False, compare=False)


def items_of(
    sources: Sequence[Path],
    told: Mapping[Path, Told],
    *,
    place: str,
    ledger: Ledger,
    rules: Rules | None = None,
    pack_bytes: int = 0,
) -> list[Item]:
    """Give the uploads that are to be made of folders.

    Parameters
    ----------
    sources : sequence of Path
    told : mapping of Path to Told
    place : str
        Stands for the server and the user.
    ledger : Ledger
        Knows which folders were packed together before.
    rules : Rules, optional
    pack_bytes : int
        Folders are packed into one upload up to this size; 0 for one upload each.

    Raises
    ------
    UsageError
        Something of them cannot go up; nothing was sent.
    """
    paths = list(dict.fromkeys(source.resolve() for source in sources))
    manifests = {path: manifest_of(path, rules) for path in paths}
    items = []
    for group in _groups(paths, manifests, told, _packed_before(ledger), pack_bytes):
        words = "\0".join([place, *map(str, group)])
        key = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
        items.append(Item(key, tuple(group), told.get(group[0], Told()), tuple(manifests[path] for path in group)))
    return items


def _packed_before(ledger: Ledger) -> dict[Path, list[Path]]:
    """Give the folders that are together in one upload, by each of them."""
    found: dict[Path, list[Path]] = {}
    for _, row in ledger.rows():
        together = [Path(path) for path in row.get("sources", ())]
        found.update(dict.fromkeys(together, together))
    return found


def _groups(
    paths: Sequence[Path],
    manifests: Mapping[Path, Manifest],
    told: Mapping[Path, Told],
    before: Mapping[Path, list[Path]],
    pack_bytes: int,
) -> Iterator[list[Path]]:
    known, new = _known_groups(paths, before)
    yield from known
    group: list[Path] = []
    size = 0
    for path in new:
        more = manifests[path].size_bytes
        alone = not pack_bytes or manifests[path].archive is not None
        fits = group and not alone and size + more <= pack_bytes and _alike(told, group[0], path)
        if group and (not fits or _same_top(manifests, group, path)):
            yield group
            group, size = [], 0
        group, size = [*group, path], size + more
        if alone:
            yield group
            group, size = [], 0
    if group:
        yield group


def _known_groups(paths: Sequence[Path], before: Mapping[Path, list[Path]]) -> tuple[list[list[Path]], list[Path]]:
    """Give the groups that the ledger has, and the folders that it does not know.

    Raises
    ------
    UsageError
        Only some of a group are named.
    """
    groups: dict[tuple[Path, ...], list[Path]] = {}
    for path in paths:
        if path in before:
            groups[tuple(before[path])] = before[path]
    for group in groups.values():
        missing = [path for path in group if path not in paths]
        if missing:
            raise UsageError(
                f"{group[0]} was packed into one upload with {missing[0]}, which is not named now: name all of them, "
                "or another --ledger. Nothing was sent."
            )
    return list(groups.values()), [path for path in paths if path not in before]


def _alike(told: Mapping[Path, Told], first: Path, other: Path) -> bool:
    return told.get(first, Told()) == told.get(other, Told())


def _same_top(manifests: Mapping[Path, Manifest], group: Iterable[Path], path: Path) -> bool:
    """Tell whether two would lie in one place."""
    return manifests[path].top in {manifests[one].top for one in group}


def _name(path: Path) -> str:
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
