"""How much a sandbox holds, counted once a day as on the real server: a new upload does not show at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from nomad_sandbox.store import Store

LIFETIME_S = 24 * 3600.0


@dataclass(frozen=True)
class Counts:
    """Numbers of things in a store."""

    n_entries: int
    n_uploads: int
    n_quantities: int
    n_calculations: int


def count_all(store: Store) -> Counts:
    """Count now."""

    def total(quantity: str) -> int:
        return int(store.value("SELECT coalesce(sum(value), 0) FROM terms WHERE quantity = ?", (quantity,)))

    return Counts(
        n_entries=int(store.value("SELECT count(*) FROM entries")),
        n_uploads=int(store.value("SELECT count(*) FROM uploads")),
        n_quantities=total("dft.n_quantities"),
        n_calculations=total("dft.n_calculations"),
    )


class DayCounts:
    """Counts that are at most a day old."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: tuple[float, Counts] | None = None

    def get(self) -> Counts:
        """Give the counts."""
        with self._lock:
            if self._taken is None or self._clock() - self._taken[0] > LIFETIME_S:
                self._taken = (self._clock(), count_all(self._store))
            return self._taken[1]
