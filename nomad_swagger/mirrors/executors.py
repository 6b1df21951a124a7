"""Who does the work: threads here, or any :class:`concurrent.futures.Executor` that reaches further.

Workers elsewhere make a client of their own and read their own login (store or environment): what goes to them has no
secret in it. The server's rate is divided over their processes. Knows Dask as one such executor.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.errors import ConnectionLost, NoCredentials
from nomad_swagger.light import dataclass
from nomad_swagger.mirrors.layout import TRIES
from nomad_swagger.mirrors.orders import Brought, Order
from nomad_swagger.mirrors.work import Bench, bring
from nomad_swagger.settings import Profile
from nomad_swagger.transfers.space import Room
from nomad_swagger.transport.pace import Pace

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient


@dataclass(frozen=True)
class Place:
    """Which server a worker elsewhere talks to, and as whom; nothing of it is secret.

    Attributes
    ----------
    profile : Profile
        Without password and token.
    spec : str
        As for :func:`connect`.
    anonymous : bool
    """

    profile: Profile
    spec: str = "auto"
    anonymous: bool = True

    @classmethod
    def of(cls, client: NomadClient) -> Place:
        """Give the place of a client."""
        nomad = client.nomad
        origin = nomad.spec.origin
        bare = replace(nomad.profile, user="", password="", token="")
        spec = origin.where if origin.kind in ("snapshot", "file") else "auto"
        return cls(bare, spec, nomad.transport.authenticator is None)


@cache
def _client_at(place: Place) -> NomadClient:
    """Give this process's client for a place: made once, or each item would begin with a login.

    Raises
    ------
    NoCredentials
    """
    from nomad_swagger.client.connect import connect

    client = connect(profile=place.profile, spec=place.spec, anonymous=place.anonymous)
    if client.nomad.transport.authenticator is None and not place.anonymous:
        raise NoCredentials(
            f"the worker on {os.uname().nodename if hasattr(os, 'uname') else 'another machine'} has no login for "
            f"{place.profile.url}, and the run has one: store one there with `nomad-swagger login`, or set "
            "NOMAD_CLIENT_USER and NOMAD_CLIENT_PASSWORD (or NOMAD_CLIENT_ACCESS_TOKEN) for the workers"
        )
    return client


class Hands:
    """Does orders: in this process with its client, and elsewhere, where it comes without, with one made there."""

    def __init__(self, client: NomadClient, look: Callable[[Path], Room]) -> None:
        self._place, self._look = Place.of(client), look
        self.stop = threading.Event()
        self._bench: Bench | None = Bench(client, look, self.stop)

    def __getstate__(self) -> tuple[Place, Callable[[Path], Room]]:
        return self._place, self._look

    def __setstate__(self, state: tuple[Place, Callable[[Path], Room]]) -> None:
        self._place, self._look = state
        self.stop, self._bench = threading.Event(), None

    @property
    def moving_bytes(self) -> int:
        """Give how much has come of what is under way in this process."""
        return sum(list(self._bench.moving.values())) if self._bench is not None else 0

    def __call__(self, order: Order) -> Brought:
        """Do an order."""
        if self._bench is not None:
            return bring(self._bench, order)
        with _tried(order) as tries:
            client = _client_at(self._place)
            client.nomad.transport.pace.per_s = order.per_s
            return replace(bring(Bench(client, self._look), order), tries=tries)


@contextmanager
def _tried(order: Order) -> Iterator[int]:
    """Count how often workers began with an order: whoever runs them may start another one without a word to us."""
    name = hashlib.sha256(f"{order.item.key} {order.item.attempts}".encode()).hexdigest()[:16]
    path = Path(order.folder) / TRIES / name
    path.parent.mkdir(exist_ok=True)
    with path.open("ab", buffering=0) as file:
        file.write(b".")
        tries = path.stat().st_size
    yield tries
    path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Width:
    """How many orders an executor does at once, and in how many other processes; 0 for this one."""

    at_once: int
    processes: int = 0

    def share(self, per_s: float) -> float:
        """Give the rate of each process; this one lists meanwhile, and asks who it is."""
        return per_s / (self.processes + 1) if per_s else 0.0


class Threads(Executor):
    """Threads of this process that nobody waits for: whoever stops goes on at once."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._orders: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"mirror-{n}", daemon=True) for n in range(jobs)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Let a thread do it."""
        future: Future[Any] = Future()
        self._orders.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads after what they are at."""
        for _ in self._threads:
            self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            future, act = order
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(act())
            except BaseException as error:  # noqa: BLE001 - raised again for whoever reads the future
                future.set_exception(error)


def width_of(executor: Executor) -> Width:
    """Give how wide an executor is at the moment."""
    if isinstance(executor, Threads):
        return Width(executor.jobs)
    dask: Any = getattr(executor, "_client", None)
    if dask is not None and hasattr(dask, "nthreads"):
        threads = dask.nthreads()
        # more than there are threads, so that a cluster that grows with its work sees some
        return Width(2 * sum(threads.values()) + 2, max(len(threads), 1))
    workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return Width(workers, 0 if hasattr(executor, "_thread_name_prefix") else workers)


def dask_executor(address: str) -> Executor:
    """Give the executor of a Dask scheduler; needs the extra ``[distributed]``.

    Raises
    ------
    ConnectionLost
    """
    from distributed import Client

    try:
        executor: Executor = Client(address, timeout="30s").get_executor()  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ConnectionLost(
            f"there is no Dask scheduler at {address}: {error}. It looks like tcp://host:8786."
        ) from error
    return executor


@contextmanager
def paced(client: NomadClient, per_s: float) -> Iterator[None]:
    """Let a client keep a rate of its own for a while."""
    transport = client.nomad.transport
    before, transport.pace = transport.pace, Pace(per_s)
    try:
        yield
    finally:
        transport.pace = before
