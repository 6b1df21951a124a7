"""The steps of a run over a mirror that nobody else writes: list, bring what is open, tidy."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nomad_swagger.errors import NomadError, TransferError
from nomad_swagger.flows.listing import lists_all
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors import entries
from nomad_swagger.mirrors.executors import Hands, Threads, Width, paced, width_of
from nomad_swagger.mirrors.layout import ARCHIVES, METADATA, TRIES, Layout
from nomad_swagger.mirrors.ledger import FAILED, Book, Item
from nomad_swagger.mirrors.listing import Listing
from nomad_swagger.mirrors.loop import Loop, first_failures
from nomad_swagger.mirrors.orders import Order
from nomad_swagger.mirrors.tidy import tidy
from nomad_swagger.mirrors.totals import Progress, Totals, totals_of, with_items
from nomad_swagger.mirrors.work import check_room
from nomad_swagger.transfers.space import Room

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

_LOOK_AT_WIDTH_S = 5.0
_TELL_S = 1.0


@dataclass
class Run:
    """One run over a mirror that nobody else writes."""

    client: NomadClient
    layout: Layout
    book: Book
    room: Callable[[Path], Room]
    progress: Progress
    sleep: Callable[[float], None] = time.sleep
    _told: float = 0.0

    def totals(self) -> Totals:
        """Give how far it is."""
        return totals_of(self.layout.folder, self.book)

    def list(self, *, anew: bool, update: bool) -> None:
        """Bring the ledger up to date with what the server has."""
        folder = self.layout.folder

        def seen(done: int, total: int) -> None:
            check_room(folder, self.room)
            self.progress(Totals(folder, listed=done, entries=total))

        listing = Listing(self.client, self.layout, self.book, seen)
        if update:
            listing.update()
        elif anew or listing.due:
            listing.everything()

    def work(self, executor: Executor | None, jobs: int) -> None:
        """Bring what is open.

        Raises
        ------
        TransferError
            Some of it did not come.
        """
        if self.layout.wanted.files != "none" and not lists_all(self.client):
            log.info(
                "this server lists no upload as a whole: what is beside no entry comes with the upload's zip alone"
            )
        shutil.rmtree(self.layout.folder / TRIES, ignore_errors=True)
        self.book.take_back()
        own = executor or Threads(jobs)
        hands = Hands(self.client, self.room)
        widths = _Widths(own)
        before = self.totals()
        try:
            with paced(self.client, widths.now.share(self.rate)) if widths.now.processes else nullcontext():
                Loop(
                    self.book,
                    own,
                    hands,
                    lambda item, last: self._order(item, last, widths.now),
                    lambda: widths.now.at_once,
                    self._still_known,
                    lambda: self._tell(before, hands),
                    self.sleep,
                ).run()
        except BaseException:
            hands.stop.set()
            raise
        finally:
            if executor is None:
                own.shutdown(wait=False)
        tidy(self.layout, self.book)
        failed = {item.key: item.error for item in self.book.items(FAILED)}
        if failed:
            of = sum(found.items for found in self.book.sums().values())
            raise TransferError(f"{len(failed)} of {of} items did not come: {first_failures(failed)}.")

    @property
    def rate(self) -> float:
        """Give the server's polite rate; 0 for none."""
        return self.client.nomad.profile.requests_per_s

    def _order(self, item: Item, last: bool, width: Width) -> Order:
        wanted = self.layout.wanted
        rows: tuple[tuple[str, str], ...] = ()
        if item.kind in (ARCHIVES, METADATA):
            column = "archive" if item.kind == ARCHIVES else "metadata"
            rows = tuple((one.entry_id, one.upload_id) for one in entries.of(self.book, column, int(item.what)))
        elif wanted.files == "entries":
            rows = tuple((one.entry_id, one.upload_id) for one in entries.of(self.book, "upload_id", item.what))
        mend = tuple(file.path for file in self.book.files(item=item.key, changed=True))
        return Order(
            item,
            str(self.layout.folder),
            wanted.owner,
            wanted.files,
            wanted.include,
            wanted.exclude,
            rows,
            mend,
            last,
            width.share(self.rate),
        )

    def _still_known(self) -> bool:
        if self.client.nomad.transport.authenticator is None:
            return True
        try:
            self.client.nomad.ask("whoami", {})
        except NomadError:
            return False
        return True

    def _tell(self, before: Totals, hands: Hands) -> None:
        now = time.monotonic()
        if now - self._told >= _TELL_S:
            self._told, told = now, with_items(before, self.book)
            self.progress(replace(told, size_bytes=told.size_bytes + hands.moving_bytes))


class _Widths:
    """How wide an executor is, looked at now and then: a cluster grows and shrinks while it works."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._seen, self._at = executor, width_of(executor), time.monotonic()

    @property
    def now(self) -> Width:
        """Give the width as last seen."""
        if time.monotonic() - self._at > _LOOK_AT_WIDTH_S:
            self._seen, self._at = width_of(self._executor), time.monotonic()
        return self._seen
