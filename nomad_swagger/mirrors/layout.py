"""The folder of a mirror: what lies where, what it is a mirror of, and who writes it at the moment.

``nomad-mirror.json`` makes a folder one; a folder with anything else in it is refused. Knows names; what is in the
files is for others.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, get_args

from nomad_swagger import disk
from nomad_swagger.errors import TransferError, UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.transport.decode import decode
from nomad_swagger.version import __version__
from nomad_swagger.words import Owner

LAYOUT, VERSION = "nomad-mirror.json", 1
LEDGER, LOCK, TRIES = "ledger.sqlite", ".nomad-mirror.lock", ".tries"
METADATA, ARCHIVES = "metadata", "archives"
_KIND = "mirror of a NOMAD"

FilesOf = Literal["stored", "entries", "none"]
"""Whole uploads, the entries' own files alone, or none."""


@dataclass(frozen=True)
class Wanted:
    """What a mirror is of.

    Attributes
    ----------
    server : str
        The API's URL.
    query : mapping
        As for a search.
    owner : str
    files : {"stored", "entries", "none"}
    archives : bool
    include, exclude : tuple of str
        Patterns for files.
    """

    server: str
    query: Mapping[str, object] = field(default_factory=dict)
    owner: Owner = "public"
    files: FilesOf = "stored"
    archives: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.files not in get_args(FilesOf):
            raise UsageError(f"files is one of {', '.join(get_args(FilesOf))}, not {self.files!r}")

    @property
    def asks(self) -> tuple[object, ...]:
        """Give what two mirrors in one folder must have in common."""
        return self.server, json.dumps(self.query, sort_keys=True, default=str), self.owner

    @property
    def words(self) -> str:
        """Give the query as it would be typed."""
        named = ((name, value if isinstance(value, (list, tuple)) else [value]) for name, value in self.query.items())
        return " ".join(f"{name}={','.join(map(str, values))}" for name, values in named) or "everything"


@dataclass(frozen=True)
class Layout:
    """A folder that is a mirror."""

    folder: Path
    wanted: Wanted

    @property
    def ledger(self) -> Path:
        """Give where the ledger is."""
        return self.folder / LEDGER

    @property
    def go_on(self) -> str:
        """Give the line to type to go on."""
        return f"nomad-swagger mirror run --to {shlex.quote(str(self.folder))} --resume"

    def is_ours(self, name: str) -> bool:
        """Tell whether a name at the top of the folder is the mirror's own, beside the uploads."""
        return name in (LAYOUT, LOCK, TRIES, METADATA, ARCHIVES) or name.startswith(LEDGER)


def shard_path(kind: str, number: int | str) -> str:
    """Give the name of a shard below the folder.

    Examples
    --------
    >>> shard_path("archives", 12)
    'archives/archives-00012.ndjson'
    """
    ending = "parquet" if kind == METADATA else "ndjson"
    stem = "entries" if kind == METADATA else kind
    return f"{kind}/{stem}-{int(number):05d}.{ending}"


def read_layout(folder: Path) -> Layout:
    """Give the mirror in a folder.

    Raises
    ------
    UsageError
        There is none, or one of a newer version.
    """
    path = folder / LAYOUT
    try:
        told = decode(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder} is no mirror: it has no {LAYOUT}. `mirror run QUERY --to DIR` makes one."
        ) from error
    except ValueError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not isinstance(told, dict) or told.get("what") != _KIND:
        raise UsageError(f"{path} is not the layout of a mirror: choose another folder")
    if told["version"] > VERSION:
        raise UsageError(f"{folder} is a mirror of version {told['version']}, and this program knows {VERSION}: update")
    wanted = dict(told["of"])
    return Layout(folder, Wanted(**{**wanted, **{name: tuple(wanted[name]) for name in ("include", "exclude")}}))


def open_layout(folder: Path, wanted: Wanted) -> Layout:
    """Give the mirror in a folder, made where there is nothing yet; what it is of may grow, its query may not change.

    Raises
    ------
    UsageError
        The folder is something else, or a mirror of another query.
    """
    if not (folder / LAYOUT).exists():
        if folder.exists() and (not folder.is_dir() or _has_others(folder)):
            raise UsageError(
                f"{folder} is something else: it has files, and no {LAYOUT}. Nothing was changed; "
                "choose a new or an empty folder with --to."
            )
        return _written(Layout(folder, wanted))
    there = read_layout(folder)
    if there.wanted.asks != wanted.asks:
        of = there.wanted
        raise UsageError(
            f"{folder} is a mirror of {of.words} (owner {of.owner}) at {of.server}, and {wanted.words} (owner "
            f"{wanted.owner}) at {wanted.server} was asked for. Choose another folder; `{there.go_on}` goes on with "
            "this one."
        )
    return there if there.wanted == wanted else _written(replace(there, wanted=wanted))


def _has_others(folder: Path) -> bool:
    return any(path.name != LOCK for path in folder.iterdir())


def _written(layout: Layout) -> Layout:
    told = {
        "what": _KIND,
        "version": VERSION,
        "of": asdict(layout.wanted),
        "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "by": f"nomad-swagger {__version__}",
    }
    disk.write_atomically(layout.folder / LAYOUT, (json.dumps(told, indent=2, default=str) + "\n").encode())
    return layout


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the one who writes a mirror.

    Raises
    ------
    TransferError
        Somebody else does.
    """
    try:
        lock = disk.claim(folder / LOCK)
    except disk.Taken as error:
        raise TransferError(
            f"{folder} is being written by another process at the moment; `nomad-swagger mirror status {folder}` shows "
            "how far it is"
        ) from error
    with lock:
        yield


def is_written(folder: Path) -> bool:
    """Tell whether somebody writes a mirror at the moment."""
    path = folder / LOCK
    if not path.exists():
        return False
    handle = os.open(path, os.O_RDWR)
    try:
        return not disk.lock(handle, wait=False)
    finally:
        os.close(handle)
