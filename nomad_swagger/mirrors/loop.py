"""The loop of a run: items to workers, what comes back into the ledger, and when to stop.

An item whose worker failed or was lost goes back and is tried by another. Where everything fails, the loop waits,
longer each time, and stops in the end with what it was. Knows futures; it must not know what an item is.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import field

from nomad_swagger.errors import AuthError, NomadError, TransferError, Unauthorized
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.ledger import Book, Item
from nomad_swagger.mirrors.orders import Brought, Order
from nomad_swagger.transfers.fetch import Stopped
from nomad_swagger.transfers.space import NoRoom, is_full

log = logging.getLogger(__name__)

_TRIES = 3
_LOOK_S = 1.0
_LONGEST_PAUSE_S = 60.0
_PATIENCE = 10  # rounds of nothing but failures until a run stops: some minutes


@dataclass
class Loop:
    """One run over all items that are open.

    Parameters
    ----------
    book : Book
    executor : Executor
    work : callable
        Does an order.
    order : callable
        Gives the order for an item; told whether it is the last try.
    at_once : callable
        How many orders may be under way.
    still_known : callable
        Tells whether the server still knows who calls.
    told : callable
        Called once in a while.
    sleep : callable
        For tests.
    """

    book: Book
    executor: Executor
    work: Callable[[Order], Brought]
    order: Callable[[Item, bool], Order]
    at_once: Callable[[], int]
    still_known: Callable[[], bool]
    told: Callable[[], None]
    sleep: Callable[[float], None] = time.sleep
    _flying: dict[Future[Brought], Item] = field(default_factory=dict)
    _back: deque[Item] = field(default_factory=deque)
    _tries: dict[str, int] = field(default_factory=dict)
    _in_a_row: int = 0
    _end: BaseException | None = None

    def run(self) -> None:
        """Work until nothing is open; what failed for good stands in the ledger.

        Raises
        ------
        NoRoom, AuthError, Unauthorized, TransferError …
            Why it stopped before.
        """
        items = self.book.to_do()
        try:
            while self._top_up(items):
                done, _ = wait(self._flying, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    self._settle(self._flying.pop(future), future)
                self.told()
        except BaseException:
            for future in self._flying:
                future.cancel()
            raise
        if self._end is not None:
            raise self._end

    def _top_up(self, items: Iterator[Item]) -> bool:
        """Hand out what there are workers for; tells whether any work is under way."""
        free = self.at_once() - len(self._flying)
        given: list[Item] = []
        while self._end is None and len(given) < free:
            item = self._back.popleft() if self._back else next(items, None)
            if item is None:
                break
            given.append(item)
        if given:
            self.book.begin([item.key for item in given])
        for item in given:
            self._tries[item.key] = self._tries.get(item.key, 0) + 1
            begun = self.book.item(item.key) or item
            order = self.order(begun, self._tries[item.key] >= _TRIES)
            try:
                self._flying[self.executor.submit(self.work, order)] = begun
            except RuntimeError as error:  # of a pool that is broken or shut down
                self._stop(begun, TransferError(f"the workers are lost: {error}."))
        return bool(self._flying)

    def _settle(self, item: Item, future: Future[Brought]) -> None:
        if future.cancelled():
            self.book.failed(item.key, "stopped")
            return
        error = future.exception()
        if error is None:
            self._finish(item, future.result())
        elif isinstance(error, (Stopped, CancelledError)):
            self.book.failed(item.key, "stopped")
        elif isinstance(error, NoRoom) or (isinstance(error, OSError) and is_full(error)):
            self._stop(item, error if isinstance(error, NoRoom) else NoRoom(f"the disk is full: {error}."))
        elif isinstance(error, AuthError) or (isinstance(error, Unauthorized) and not self.still_known()):
            self._stop(item, error)
        elif isinstance(error, BrokenExecutor):
            self._stop(item, TransferError(f"the workers are lost: {error or type(error).__name__}."))
        elif isinstance(error, Exception):
            self._failed(item, error)
        else:
            self._stop(item, error)

    def _finish(self, item: Item, brought: Brought) -> None:
        self._in_a_row = 0
        self._tries.pop(item.key, None)
        self.book.finish(brought.item, brought.files, tries=brought.tries, absent=brought.absent)

    def _failed(self, item: Item, error: BaseException) -> None:
        self._in_a_row += 1
        width = max(self.at_once(), 1)
        hopeless = self._in_a_row <= 2 * width  # not all fail: it is this one
        final = self._tries[item.key] >= _TRIES and hopeless
        words = str(error) if isinstance(error, NomadError) else f"{type(error).__name__}: {error}"
        self.book.failed(item.key, words, final=final)
        log.warning("%s: %s%s", item.key, words, "" if final else " It is tried again.")
        if final:
            return
        self._back.append(item)
        if self._in_a_row > _PATIENCE * width:
            self._end = error
        elif self._in_a_row >= width:
            self.sleep(min(2.0 ** (self._in_a_row / width - 1), _LONGEST_PAUSE_S))

    def _stop(self, item: Item, error: BaseException) -> None:
        self.book.failed(item.key, str(error))
        self._end = self._end or error


def first_failures(failed: Mapping[str, str], most: int = 3) -> str:
    """Give the first of what failed, in words."""
    named = [f"{key}: {error.rstrip('.')}" for key, error in list(failed.items())[:most]]
    return "; ".join(named) + (f"; and {len(failed) - most} more" if len(failed) > most else "")
