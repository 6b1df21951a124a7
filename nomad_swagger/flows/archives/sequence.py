"""The archives of a query, as a sequence that is fetched while one works.

Entries come in the order of their ids, on every NOMAD, so that the id of the last one is where to go on after a break.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from nomad_swagger import display
from nomad_swagger.errors import IncompleteTransfer, NomadError, NomadWarning, NotFound
from nomad_swagger.flows.archives.columns import MissingPath, checked
from nomad_swagger.flows.archives.in_order import in_order, listed
from nomad_swagger.flows.archives.pages import ArchivePages, Page, pages_ahead
from nomad_swagger.flows.deeds import add_words
from nomad_swagger.flows.quantities import Query
from nomad_swagger.flows.records import Entry
from nomad_swagger.light import dataclass
from nomad_swagger.science.required import required_for
from nomad_swagger.science.values import Archive
from nomad_swagger.words import Missing, Owner

if TYPE_CHECKING:
    import pandas

    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.flows.archives.training import TrainingSet
    from nomad_swagger.generations.generation import Generation
    from nomad_swagger.science.atoms import FrameChoice

Progress = Callable[[int, int], None]
"""Called with the number of entries done, and of all."""

_PAGE_SIZE, _PAGE_SIZE_WHOLE = 100, 10  # whole archives may be of many MB each
WARN: Missing = "warn"
RAISE: Missing = "raise"
_NAMED = 10  # missing entries that a message names


@dataclass(eq=False)
class Archives(Sequence[Archive]):
    """The archives of a query; made by :func:`archives`.

    Attributes
    ----------
    cursor : str
        Where the last iteration is: the id of the last entry it has given. ``archives(…, resume=cursor)`` goes on
        behind it, also in another process.
    absent : dict of str to str
        Entries that the last iteration could not give, each with the reason.
    """

    _client: NomadClient = field(repr=False)
    query: Query
    owner: Owner
    required: Any = None
    limit: int | None = None
    page_size: int | None = None
    resume: str = ""
    missing: Missing = WARN
    progress: Progress | None = field(default=None, repr=False)
    telling: str = field(default="", repr=False)
    cursor: str = field(default="", init=False)
    absent: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.cursor = self.resume
        self._known: list[Entry] = []
        self._rest = self._entries()
        self._kept: dict[int, dict[str, Archive]] = {}

    @property
    def api_url(self) -> str:
        """Give the server."""
        return self._client.nomad.api_url

    @property
    def generation(self) -> Generation:
        """Give what is known of the server's kind."""
        return self._client.nomad.generation

    @cached_property
    def total(self) -> int:
        """Give the number of entries that the query finds, whatever ``limit`` and ``resume`` say."""
        return self._listing.total

    def __len__(self) -> int:
        """Give the number of entries, those without an archive among them."""
        if self.resume:
            self._know(None)
            return len(self._known)
        return self.total if self.limit is None else min(self.total, self.limit)

    @overload
    def __getitem__(self, index: int) -> Archive: ...
    @overload
    def __getitem__(self, index: slice) -> list[Archive]: ...
    def __getitem__(self, index: int | slice) -> Archive | list[Archive]:
        """Give the archive of the entry at an index, or those of a slice.

        Raises
        ------
        IndexError
        NotFound
            The entry has no archive.
        """
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index if index >= 0 else len(self) + index
        self._know(number + 1)
        if not 0 <= number < len(self._known):
            raise IndexError(f"index {index} of {len(self)} archives")
        page_number = number // self._size
        if page_number not in self._kept:
            self._kept[page_number] = self._page_at(page_number)
        entry_id = self._known[number].entry_id
        if entry_id not in self._kept[page_number]:
            raise NotFound(f"entry {entry_id} has no archive to give", status=404, detail="no archive")
        return self._kept[page_number][entry_id]

    def __iter__(self) -> Iterator[Archive]:
        self.cursor, self.absent, received = self.resume, {}, 0
        try:
            for page in self._pages():
                for archive in page.archives:
                    received += 1
                    self.cursor = archive.entry_id
                    yield archive
        except NomadError as error:
            if received:
                add_words(error, f"Got {received} archives; resume={self.cursor!r} goes on behind them.")
            raise
        self._reconcile(received)

    def to_pandas(
        self, columns: Mapping[str, str | tuple[str, str]], *, missing_path: MissingPath = "raise"
    ) -> pandas.DataFrame:
        """Give one row for each archive, with values of it as columns; only these are fetched.

        Parameters
        ----------
        columns : mapping of str to str, or to (str, str)
            Column → path in the archive (``section_run/-1/program_name``), or path and unit. A column whose name ends
            in a unit (``energy_eV``, ``volume_angstrom3``) is given in it; NOMAD's own values are SI.
        missing_path : {"raise", "warn"}
            What to do about a path that leads nowhere in any of the first archives, which is mostly a mistyped one.

        Returns
        -------
        pandas.DataFrame
            With the entry's id as index. A value that an archive lacks is NaN, or NA.

        Raises
        ------
        UsageError
            A path that no archive has; the message names the nearest that there is.

        Examples
        --------
        >>> found.to_pandas({"energy_eV": "run/-1/calculation/-1/energy/total/value"})   # doctest: +SKIP
        """
        from nomad_swagger.science.frames import archives_frame

        paths = [path if isinstance(path, str) else path[0] for path in columns.values()]
        found = self._requiring(required_for(*paths))
        wanted = dict(zip(columns, paths, strict=True))
        return archives_frame(checked(found, self._client, wanted, self._size, missing_path), columns)

    def to_extxyz(
        self, path: str | Path, *, frames: FrameChoice = "all", shard: int | None = None, overwrite: bool = False
    ) -> TrainingSet:
        """Write a training set: every computed frame with energy, forces, stress, and where it is from.

        Parameters
        ----------
        path : path
        frames : {"all", "last", "representative"}, int or slice
            Of each archive, as for :func:`to_ase`.
        shard : int, optional
            Begin a new file (``name-00001.extxyz``) after so many frames.
        overwrite : bool
            Replace files of these names.

        Returns
        -------
        TrainingSet
            The files, and what is in them and what was left out. A run that broke off goes on when it is done again.

        Raises
        ------
        UsageError
            Such a file is there already, or another process writes it.

        Examples
        --------
        >>> archives(client, dataset="my steels").to_extxyz("steels.extxyz")               # doctest: +SKIP
        """
        from nomad_swagger.flows.archives.training import write_frames

        return write_frames(self, Path(path), frames=frames, shard=shard, overwrite=overwrite)

    def _repr_html_(self) -> str:
        rows = [[entry.entry_id, entry.upload_id] for entry in itertools.islice(self._entries(), _NAMED)]
        return display.grid(f"the archives of {len(self)} entries", ("entry_id", "upload_id"), rows)

    @cached_property
    def _size(self) -> int:
        wanted = self.page_size or (_PAGE_SIZE_WHOLE if self.required in (None, "*") else _PAGE_SIZE)
        return min(wanted, self._client.nomad.verb("archives").most_entries)

    @property
    def _source(self) -> ArchivePages:
        return ArchivePages(self._client, self.owner, self.required)

    def _requiring(self, required: Any) -> Archives:
        return self if self.required is not None else replace(self, required=required)

    def _entries(self) -> Iterator[Entry]:
        self._listing = listed(self._client, self.query, owner=self.owner, after=self.resume, telling=self.telling)
        return in_order(self._listing, limit=self.limit, after=self.resume)

    def _know(self, count: int | None) -> None:
        """List entries until so many are known; all for None."""
        wanted = None if count is None else max(count - len(self._known), 0)
        self._known += itertools.islice(self._rest, wanted)

    def _page_at(self, number: int) -> dict[str, Archive]:
        begin = number * self._size
        self._know(begin + self._size)
        found = self._source.get(self._known[begin : begin + self._size])
        return {archive.entry_id: archive for archive in found.archives}

    def _pages(self) -> Iterator[Page]:
        done = 0
        for page in pages_ahead(self._source, self._entries(), self._size):
            yield page
            done += len(page.archives) + len(page.missing)
            self.absent |= page.missing
            if self.progress is not None:
                self.progress(done, self.total)

    def _reconcile(self, received: int) -> None:
        """Say what is missing, the way the caller chose.

        Raises
        ------
        IncompleteTransfer
        """
        listed_ones = received + len(self.absent)
        # from where a resumed run began, no server tells how many are left
        unlisted = 0 if self.resume else max(len(self) - listed_ones, 0)
        if not self.absent and not unlisted:
            return
        first = [f"{entry_id}: {reason}" for entry_id, reason in itertools.islice(self.absent.items(), _NAMED)]
        first += [f"and {len(self.absent) - _NAMED} more"] if len(self.absent) > _NAMED else []
        first += [f"{unlisted} are counted by the server and not listed: ask again"] if unlisted else []
        self.tell_missing(received, listed_ones + unlisted, first)

    def tell_missing(self, received: int, expected: int, reasons: Sequence[str]) -> None:
        """Warn, or raise, as the caller chose.

        Raises
        ------
        IncompleteTransfer
        """
        message = f"{expected - received} of {expected} entries have no archive to give: {'; '.join(reasons)}"
        if self.missing == RAISE:
            raise IncompleteTransfer(message, received=received, expected=expected, missing=self.absent)
        warnings.warn(message, NomadWarning, stacklevel=4)
