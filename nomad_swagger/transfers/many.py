"""Many transfers at once: as many threads as connections, an end within a second, memory that stays flat.

The threads are daemons, and nobody waits for one that hangs on a silent server: whoever stops goes on at once, and
what such a thread has of a file stays a part. Must not know what is transferred.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

from nomad_swagger.transfers.fetch import Stopped

T = TypeVar("T")
R = TypeVar("R")

_LOOK_S = 0.1  # how long Ctrl-C may have to wait for us
_LAST_WORDS_S = 0.2  # for threads that are between two blocks when all is to end


def in_threads(
    work: Callable[[T], R], items: Iterable[T], jobs: int, *, stop: threading.Event | None = None
) -> Generator[R, None, None]:
    """Do work for items in several threads, and give the results in the order in which they come.

    The first failure ends all: the others are stopped, and it is raised.

    Parameters
    ----------
    work : callable
        Looks at ``stop`` now and then, and raises :class:`Stopped`.
    items : iterable
        Taken one by one, when a thread is free.
    jobs : int
        Threads.
    stop : threading.Event, optional
        Set when all is to end: by a failure, Ctrl-C, or a caller who has enough.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    stop = stop or threading.Event()
    run = _Run(work, iter(items), stop, 2 * jobs)
    threads = [threading.Thread(target=run.worker, daemon=True, name=f"transfer-{n}") for n in range(jobs)]
    for thread in threads:
        thread.start()
    try:
        yield from run.results(jobs)
        if stop.is_set():
            raise Stopped
    except BaseException:
        stop.set()
        raise
    finally:
        run.drain()
        end = time.monotonic() + _LAST_WORDS_S
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0))


class _Run(Generic[T, R]):
    def __init__(self, work: Callable[[T], R], items: Iterator[T], stop: threading.Event, room: int) -> None:
        self._work, self._items, self._stop = work, items, stop
        self._out: queue.Queue[tuple[R | None, BaseException | None] | None] = queue.Queue(room)
        self._next = threading.Lock()
        self._over = False

    def worker(self) -> None:
        try:
            while not self._stop.is_set():
                with self._next:  # one thread at a time takes from what may be a generator
                    items = list(islice(self._items, 1))
                if not items:
                    break
                self._give((self._work(items[0]), None))
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for us
            self._give((None, error))
        self._give(None)

    def results(self, jobs: int) -> Iterator[R]:
        while jobs:
            try:
                given = self._out.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if given is None:
                jobs -= 1
                continue
            value, error = given
            if error is not None:
                raise error
            yield value  # type: ignore[misc]  # None only beside an error

    def drain(self) -> None:
        """Nobody reads any more: let no thread wait for that."""
        self._over = True

    def _give(self, result: tuple[R | None, BaseException | None] | None) -> None:
        while not self._over:
            try:
                self._out.put(result, timeout=_LOOK_S)
            except queue.Full:
                continue
            return
