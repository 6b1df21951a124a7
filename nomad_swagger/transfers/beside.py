"""Look at the blocks of a file while they come, in a thread of its own, so that it need not be read again.

Must not know what is looked for.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from nomad_swagger.settings import CHUNK_BYTES

_HANDED_ON_BYTES = 2 << 20  # at once to the thread; with at most so many waiting:
_WAITING = 2
_SMALL_BYTES = 1 << 20  # read again at once


class Beside:
    """Hands blocks on to ``follow``, which gets them as an iterator in the thread, and may stop anywhere.

    Without ``patient`` a transfer never waits for it: where it cannot keep up it gets no more, and ``lost`` says so.
    """

    def __init__(self, follow: Callable[[Iterator[bytes]], None], *, patient: bool = True) -> None:
        self._follow, self._patient, self.lost = follow, patient, False
        self._thread: threading.Thread | None = None

    def feed(self, block: bytes | None) -> None:
        """Take the next block; None: it begins anew. What goes on in a middle is not looked at."""
        if block is None:
            self.end()
            self._waiting, self._size, self.lost = list[bytes](), 0, False
            self._blocks: queue.Queue[list[bytes] | None] = queue.Queue(_WAITING)
            self._thread = threading.Thread(target=self._run, daemon=True, name="beside-a-transfer")
            self._thread.start()
        elif self._thread is not None and not self.lost:
            self._waiting.append(block)
            self._size += len(block)
            if self._size >= _HANDED_ON_BYTES:
                self._hand_on()

    def end(self) -> None:
        """Wait until all that was fed has been looked at."""
        if self._thread is not None:
            self._patient, patient = True, self._patient
            self._hand_on()
            self._patient = patient
            self._blocks.put(None)
            self._thread.join()
            self._thread = None

    def _hand_on(self) -> None:
        try:
            self._blocks.put(self._waiting, block=self._patient)
        except queue.Full:
            self.lost = True
        self._waiting, self._size = [], 0

    def _run(self) -> None:
        blocks = self._from_queue()
        self._follow(blocks)
        for _ in blocks:  # let nobody wait at a full queue
            pass

    def _from_queue(self) -> Iterator[bytes]:
        while (blocks := self._blocks.get()) is not None:
            yield from blocks


class Digest:
    """The SHA-256 of a file that comes, where that is to be had for nothing: no transfer waits for it."""

    def __init__(self) -> None:
        self._beside = Beside(self._follow, patient=False)
        self._seen, self._sum = 0, ""

    def feed(self, block: bytes | None) -> None:
        """Take the next block; None: it begins anew."""
        self._beside.feed(block)

    def end(self) -> None:
        """Wait for what was fed."""
        self._beside.end()

    def of(self, path: Path) -> str:
        """Give the sum of the whole file; empty of a large one that did not come in one go, or too fast."""
        self.end()
        size = path.stat().st_size
        if self._sum and self._seen == size:
            return self._sum
        return sha256_of(path) if size <= _SMALL_BYTES else ""

    def _follow(self, blocks: Iterator[bytes]) -> None:
        self._seen, found = 0, hashlib.sha256()
        for block in blocks:
            found.update(block)
            self._seen += len(block)
        self._sum = found.hexdigest()


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK_BYTES):
            found.update(block)
    return found.hexdigest()
