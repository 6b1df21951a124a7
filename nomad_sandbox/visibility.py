"""Who may see what: entries in searches, records, files, archives.

One table (``visibility.yaml``: owner word or way, how the viewer stands to the entry, state of the data) and one
predicate, `may`, for every API generation on this store. It must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nomad_sandbox.accounts import User
from nomad_sandbox.calcs import Calc, is_held
from nomad_sandbox.files import RawFile, is_potcar

STATES = {"staging": "published = 0", "embargo": "published = 1 AND with_embargo = 1"}
STATES["public"] = "published = 1 AND with_embargo = 0"
_HAS = "entry IN (SELECT entry FROM terms WHERE quantity = '{}' AND value = :viewer)"
_STANDS = {
    "anyone": "1",
    "admin": "1",  # who is none does not come so far
    "uploader": _HAS.format("uploader.user_id"),
    "coauthor": _HAS.format("authors.user_id"),
    "reader": _HAS.format("owners.user_id"),
}
Standings = frozenset[str]
Row = Mapping[str, Collection[str]]


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Row]]]:
    table: Mapping[str, Mapping[str, Mapping[str, Row]]] = yaml.safe_load(
        Path(__file__).with_name("visibility.yaml").read_text("utf-8")
    )
    return table


class OwnerRefused(Exception):
    """An ``owner`` value that is unknown (``unknown``), or not for this viewer.

    Attributes
    ----------
    unknown : bool
    """

    def __init__(self, owner: str, *, unknown: bool) -> None:
        super().__init__(f"Invalid owner parameter: {owner}")
        self.unknown = unknown


def owner_words(face: str) -> tuple[str, ...]:
    """Give the owner words of a face (``v0``, ``v1``)."""
    return tuple(_table()[face]["owners"])


def owner_sql(owner: str, viewer: User | None, *, face: str = "v0") -> str:
    """Give the condition on ``entries`` (with ``:viewer``, a user id or null) that an owner value stands for.

    Raises
    ------
    OwnerRefused
        An unknown word, one that needs a login, or one for admins alone.
    """
    row = _table()[face]["owners"].get(owner)
    if row is None:
        raise OwnerRefused(owner, unknown=True)
    named = frozenset(standing for standings in row.values() for standing in standings)
    refused = viewer is None and "anyone" not in named
    if refused or (named == {"admin"} and (viewer is None or not viewer.is_admin)):
        raise OwnerRefused(owner, unknown=False)
    return _sql(face, owner)


@cache
def _sql(face: str, owner: str) -> str:
    parts = [
        f"({STATES[state]} AND ({' OR '.join(_STANDS[standing] for standing in standings)}))"
        for state, standings in _table()[face]["owners"][owner].items()
        if standings
    ]
    return f"({' OR '.join(parts)})"


def state_of(*, published: bool, with_embargo: bool) -> str:
    """Give the state of data: staging, embargo or public."""
    if not published:
        return "staging"
    return "embargo" if with_embargo else "public"


def standings_of(
    viewer: User | None, *, uploader: str | None, coauthors: Collection[str] = (), readers: Collection[str] = ()
) -> Standings:
    """Give how a viewer stands to something of these people (user ids)."""
    if viewer is None:
        return frozenset({"anyone"})
    stands = {
        "anyone": True,
        "uploader": viewer.user_id == uploader,
        "coauthor": viewer.user_id in coauthors,
        "reader": viewer.user_id in readers,
        "admin": viewer.is_admin,
    }
    return frozenset(standing for standing, is_so in stands.items() if is_so)


def may(face: str, way: str, state: str, standings: Standings) -> bool:
    """Tell whether one who stands so may see data in this state on this way."""
    return not standings.isdisjoint(_table()[face]["ways"][way][state])


def may_see_entry(
    document: Mapping[str, Any],
    viewer: User | None,
    *,
    face: str = "v0",
    way: str = "entry",
    held: bool | None = None,
) -> bool:
    """Tell whether a viewer may see an indexed entry on a way.

    Parameters
    ----------
    held : bool, optional
        Whether the data are kept back, where that may differ from what the record says of its embargo.
    """
    with_embargo = bool(document.get("with_embargo")) if held is None else held
    standings = standings_of(
        viewer,
        uploader=document.get("uploader", {}).get("user_id"),
        coauthors=[person["user_id"] for person in document.get("authors", ())],
        readers=[person["user_id"] for person in document.get("owners", ())],
    )
    state = state_of(published=bool(document.get("published")), with_embargo=with_embargo)
    return may(face, way, state, standings)


@dataclass(frozen=True)
class FileStates:
    """What of an upload's files is public.

    Attributes
    ----------
    published : bool
    embargoed : set of str
        Mainfiles under embargo.
    open_folders : set of str
        Folders of the calculations without embargo; what lies beside one of them is public, too. What lies beside no
        calculation is not.
    """

    published: bool
    embargoed: Collection[str]
    open_folders: Collection[str]

    def state_of(self, file: RawFile) -> str:
        """Give the state of a file."""
        held = file.path in self.embargoed or file.folder not in self.open_folders or is_potcar(file.path)
        return state_of(published=self.published, with_embargo=held)


def file_states(calcs: Collection[Calc], *, published: bool) -> FileStates:
    """Work out what of the files of an upload with these calculations is public."""
    held = {calc.mainfile for calc in calcs if is_held(calc)}
    return FileStates(published, held, {calc.folder for calc in calcs if calc.mainfile not in held})


@dataclass(frozen=True)
class FileAccess:
    """What one who stands so may read of an upload's files on a way of v0."""

    files: FileStates
    way: str
    standings: Standings

    def allows(self, file: RawFile) -> bool:
        """Tell whether one file may be read; listings and zips hold those alone."""
        return may("v0", self.way, self.files.state_of(file), self.standings)

    @property
    def tells(self) -> bool:
        """Whether it may be told what is there and what is not: of a published upload to everybody."""
        return self.files.published or may("v0", self.way, "staging", self.standings)
