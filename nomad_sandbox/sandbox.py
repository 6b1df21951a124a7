"""A small real NOMAD on this machine.

Puts store, accounts, processing and faces together, and serves them from threads of this process.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import TracebackType

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.addresses import HOST, KEYCLOAK_PATH, V0_7, V0_8, V1
from nomad_sandbox.app import make_app
from nomad_sandbox.conditions import Conditions, Gate, Rate
from nomad_sandbox.day_counts import DayCounts
from nomad_sandbox.faults import Faults, read_faults
from nomad_sandbox.limits import Limits
from nomad_sandbox.login import REALM_PATH
from nomad_sandbox.processing import Processing
from nomad_sandbox.reader import Reader
from nomad_sandbox.scrolls import Scrolls
from nomad_sandbox.services import Services
from nomad_sandbox.storage import Storage
from nomad_sandbox.store import Store
from nomad_sandbox.synthetic import add_entries
from nomad_sandbox.tokens import Tokens
from nomad_sandbox.v0.version import load_versions
from nomad_sandbox.wire import NomadServer

REMEMBERED_REQUESTS = 10_000


def _check_port(port: int) -> None:
    """Raise the system's own error for a taken port: cheroot would, and leave a socket open."""
    if port:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))


class Sandbox:
    """An embedded NOMAD, a context manager.

    Parameters
    ----------
    port : int
        0 for any free one.
    data : Path, optional
        Folder that keeps everything; a temporary one that is removed at the end without it.
    token_ttl_s : int
        Lifetime of an access token.
    local_folder : Path, optional
        The only folder whose files may be uploaded by ``local_path``.
    limits : Limits
        How many unpublished uploads a user may have, and how big one may be.
    storage_gateway : bool
        Send downloads of what is public to a signed address on another port, as a NOMAD with remote storage does.
    rate : Rate, optional
        How often one address may ask; `conditions.CENTRAL` is what nomad-lab.eu says of itself.
    latency_s : float
        Before each answer.
    faults : iterable of str
        What shall go wrong, as `nomad_sandbox.faults` reads it.
    seed : int, optional
        Of the faults' chances; another one each time without it.
    sleep : callable
        Waits for a number of seconds, in each intermediate state of a process.

    Attributes
    ----------
    requests : deque of (method, path, status)
        The last answers, for tests of clients; 0 stands for a reset in the place of an answer.
    faults : Faults
        What is planned to go wrong; it can be changed while the sandbox runs.

    Examples
    --------
    >>> with Sandbox() as sandbox:
    ...     sandbox.api_url.endswith("/prod/rae/api")
    True
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data: Path | None = None,
        token_ttl_s: int = 300,
        local_folder: Path | None = None,
        limits: Limits | None = None,
        storage_gateway: bool = False,
        rate: Rate | None = None,
        latency_s: float = 0.0,
        faults: Iterable[str] = (),
        seed: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._asked_port = port
        self._data = data
        self._token_ttl_s = token_ttl_s
        self._local_folder = local_folder
        self._temporary: Path | None = None
        self._limits = limits or Limits()
        self._has_gateway = storage_gateway
        self._rate = rate
        self._latency_s = latency_s
        self._sleep = sleep
        self._server: NomadServer | None = None
        self._gateway: NomadServer | None = None
        self._threads: list[threading.Thread] = []
        self.faults: Faults = read_faults(faults, seed=secrets.randbits(32) if seed is None else seed)
        self.requests: deque[tuple[str, str, int]] = deque(maxlen=REMEMBERED_REQUESTS)
        self.port = port
        self._versions = load_versions()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """The API 0.7.9, which the tutorials were written for."""
        return self.url + V0_7.base_path

    @property
    def api_url_08(self) -> str:
        """The API 0.8.6."""
        return self.url + V0_8.base_path

    @property
    def api_url_v1(self) -> str:
        """The API v1, of NOMAD 1.4.3."""
        return self.url + V1.base_path

    @property
    def keycloak_url(self) -> str:
        """The login server."""
        return f"{self.url}{KEYCLOAK_PATH}/"

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._services.store

    @property
    def accounts(self) -> Accounts:
        """The users."""
        return self._services.accounts

    def add_entries(
        self,
        count: int,
        *,
        username: str = "leonard",
        without_archive: Collection[int] = (),
        file_bytes: int = 0,
    ) -> str:
        """Put synthetic published entries with small archives into the store, and give their upload_id.

        Parameters
        ----------
        count : int
        username : str
            Whose they are.
        without_archive : collection of int
            Which of them (0 is the first) have no archive.
        file_bytes : int
            How big the mainfile of each is; none has a raw file without it.
        """
        return add_entries(
            self.store,
            self.accounts,
            count,
            username=username,
            without_archive=without_archive,
            file_bytes=file_bytes,
        )

    def prepare(self) -> None:
        """Bind the port and open the data; `start` and `serve_forever` do it, where it is not done yet.

        Raises
        ------
        OSError
            The port is taken, or the folder cannot be written.
        """
        _check_port(self._asked_port)
        self._conditions = Conditions(self.faults, Gate(self._rate), self._latency_s)
        server = self._make_server(self._asked_port)
        gateway = self._make_server(0) if self._has_gateway else None
        try:
            server.prepare()
            self.port = server.bind_addr[1]
            if gateway is not None:
                gateway.prepare()
            if self._data is None:
                self._temporary = Path(tempfile.mkdtemp(prefix="nomad-sandbox-"))
            self._services = self._open(self._data or self._temporary or Path(), gateway)
        except BaseException:
            server.stop()
            if gateway is not None:
                gateway.stop()
            raise
        server.wsgi_app = make_app(self._services, self._versions.values(), self.requests.append)
        if gateway is not None:
            gateway.wsgi_app = self._services.storage
        self._services.processing.start()
        self._server, self._gateway = server, gateway

    def _make_server(self, port: int) -> NomadServer:
        return NomadServer((HOST, port), conditions=self._conditions, record=self.requests.append)

    def _open(self, folder: Path, gateway: NomadServer | None) -> Services:
        store = Store(folder)
        accounts = Accounts(store)
        return Services(
            store=store,
            accounts=accounts,
            tokens=Tokens(store, accounts, issuer=self.url + REALM_PATH, lifetime_s=self._token_ttl_s),
            processing=Processing(store, accounts, Reader(), sleep=self._sleep),
            scrolls=Scrolls(),
            day_counts=DayCounts(store),
            local_folder=self._local_folder,
            limits=self._limits,
            storage=None if gateway is None else Storage(store, f"http://{HOST}:{gateway.bind_addr[1]}"),
        )

    def start(self) -> Sandbox:
        """Serve from threads of this process, and come back."""
        if self._server is None:
            self.prepare()
        assert self._server is not None
        self._serve(self._server)
        self._serve(self._gateway)
        return self

    def _serve(self, server: NomadServer | None) -> None:
        if server is not None:
            thread = threading.Thread(target=server.serve, name="sandbox", daemon=True)
            thread.start()
            self._threads.append(thread)

    def serve_forever(self) -> None:
        """Serve until interrupted."""
        if self._server is None:
            self.prepare()
        assert self._server is not None
        self._serve(self._gateway)
        try:
            self._server.serve()
        finally:
            self.stop()

    def stop(self) -> None:
        """End everything; data in a temporary folder is removed."""
        servers, self._server, self._gateway = (self._server, self._gateway), None, None
        if servers[0] is None:
            return
        self._conditions.closing.set()
        for server in servers:
            if server is not None:
                server.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads.clear()
        self._services.processing.stop()
        self._services.store.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary)
            self._temporary = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
