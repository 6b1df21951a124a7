"""Make a mirror, or go on with one.

Here is what a caller says; ``steps`` does it. Each has a module of its own: ``layout`` the folder, ``ledger`` what has
come, ``listing`` what there is, ``loop`` and ``executors`` who brings it, ``work`` how.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import NomadError, TransferError, UsageError
from nomad_swagger.flows.deeds import add_words
from nomad_swagger.flows.search import search
from nomad_swagger.mirrors.layout import LAYOUT, FilesOf, Layout, Wanted, alone, open_layout, read_layout
from nomad_swagger.mirrors.ledger import Book
from nomad_swagger.mirrors.steps import Run
from nomad_swagger.mirrors.totals import Progress, Totals
from nomad_swagger.transfers.names import patterns
from nomad_swagger.transfers.space import NoRoom, Room, is_full, room_of
from nomad_swagger.words import Owner

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


def mirror(
    client: NomadClient,
    query: Mapping[str, Any] | None,
    to: str | Path,
    *,
    executor: Executor | None = None,
    owner: Owner | None = None,
    files: FilesOf | None = None,
    archives: bool | None = None,
    include: Sequence[str] | str | None = None,
    exclude: Sequence[str] | str | None = None,
    update: bool = False,
    jobs: int = 4,
    room: Callable[[Path], Room] = room_of,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Totals:
    """Copy what a query finds into a folder, and go on where an earlier run of it stopped.

    Parameters
    ----------
    client : NomadClient
    query : mapping or None
        As for :func:`search`: ``{"elements": ["Si"], "code": "VASP"}``. None goes on with what the folder is a mirror
        of, without listing again what is listed.
    to : path
        The folder: a new one, an empty one, or a mirror of the same query. Foreign files in it are left alone.
    executor : concurrent.futures.Executor, optional
        Who brings it; by default ``jobs`` threads. Processes and clusters make clients of their own, with their own
        login (store or environment), and see the folder under the same name.
    owner : str, optional
        As for :func:`search`. This and what follows stays as it is in a mirror that is there, unless it is given.
    files : {"stored", "entries", "none"}, optional
        All files of the uploads that have hits (by default), the files of the hits alone, or none.
    archives : bool, optional
        Archives, too, as sharded JSON lines.
    include, exclude : sequence of str, optional
        Patterns for files.
    update : bool
        Ask only for what was processed since the last listing, where the server can tell.
    jobs : int
        Threads, without an executor.
    room : callable
        Looks at the folder's disk.
    progress : callable, optional
        Told the :class:`Totals` about once a second.
    sleep : callable
        For tests.

    Returns
    -------
    Totals

    Raises
    ------
    UsageError
        The folder is something else, or a mirror of another query.
    NoRoom
        The disk is about to be full. The message has the line to type to go on, as those of the next three have.
    AuthError, Unauthorized
        The login ran out, and could not be renewed.
    TransferError
        Some items did not come, also not when they were tried again; or another process writes this mirror.
    TransportError, ApiError
        The server cannot be reached, or fails at everything.

    Examples
    --------
    >>> mirror(client, {"code": "VASP", "elements": ["Ti", "O"]}, "titania", archives=True)   # doctest: +SKIP
    """
    if query is not None and not isinstance(query, Mapping):
        raise UsageError(f"a mirror is made of a query, such as {{'elements': ['Si']}}, not of {type(query).__name__}")
    folder = Path(to).absolute()
    given: dict[str, Any] = {"owner": owner, "files": files, "archives": archives}
    given |= {"include": None if include is None else patterns(include)}
    given |= {"exclude": None if exclude is None else patterns(exclude)}
    layout = open_layout(folder, _wanted(client, folder, query, given))
    with alone(folder):
        run = Run(client, layout, Book(layout.ledger), room, progress or (lambda totals: None), sleep)
        with _saying_how_to_go_on(layout):
            run.list(anew=query is not None, update=update)
            run.work(executor, jobs)
        return run.totals()


@contextmanager
def _saying_how_to_go_on(layout: Layout) -> Iterator[None]:
    try:
        try:
            yield
        except OSError as error:
            if not is_full(error):
                raise
            raise NoRoom(f"{layout.folder}: the disk is full: {error}.") from error
        except sqlite3.Error as error:
            raise TransferError(f"{layout.ledger} cannot be written: {error}.") from error
    except NomadError as error:
        add_words(error, f"What came is kept. To go on: {layout.go_on}")
        raise


def _wanted(client: NomadClient, folder: Path, query: Mapping[str, Any] | None, given: Mapping[str, Any]) -> Wanted:
    """Give what a mirror is to be of: as it is there, with what is said now.

    Raises
    ------
    UsageError
    """
    said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if query is None or (folder / LAYOUT).exists():
        there = read_layout(folder).wanted
        asked = there.query if query is None else dict(query)
        return replace(there, server=client.nomad.api_url, query=asked, **said)
    search(client, owner=said.get("owner", "public"), query=query)  # what it does not know, it says before anything
    return Wanted(client.nomad.api_url, dict(query), **said)
