"""A small real NOMAD on this machine.

Puts store, accounts, processing and faces together, and serves them from threads of this process.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

from cheroot.wsgi import Server

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.app import make_app
from nomad_sandbox.day_counts import DayCounts
from nomad_sandbox.login import BASE_PATH, REALM_PATH
from nomad_sandbox.processing import Processing
from nomad_sandbox.reader import Reader
from nomad_sandbox.scrolls import Scrolls
from nomad_sandbox.services import Services
from nomad_sandbox.store import Store
from nomad_sandbox.synthetic import add_entries
from nomad_sandbox.tokens import Tokens
from nomad_sandbox.v0.version import load_versions
from nomad_sandbox.v1.document import BASE_PATH as V1_PATH
from nomad_sandbox.wire import CloseDelimitedConnection

HOST = "127.0.0.1"
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

    Attributes
    ----------
    requests : deque of (method, path, status)
        The last answers, for tests of clients.

    Examples
    --------
    >>> with Sandbox() as sandbox:
    ...     sandbox.api_url.endswith("/prod/rae/api")
    True
    """

    def __init__(
        self, *, port: int = 0, data: Path | None = None, token_ttl_s: int = 300, local_folder: Path | None = None
    ) -> None:
        self._asked_port = port
        self._data = data
        self._token_ttl_s = token_ttl_s
        self._local_folder = local_folder
        self._temporary: Path | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
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
        return self.url + self._versions["0.7.9"].base_path

    @property
    def api_url_08(self) -> str:
        """The API 0.8.6."""
        return self.url + self._versions["0.8.6"].base_path

    @property
    def api_url_v1(self) -> str:
        """The API v1, of NOMAD 1.4.3."""
        return self.url + V1_PATH

    @property
    def keycloak_url(self) -> str:
        """The login server."""
        return f"{self.url}{BASE_PATH}/"

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._services.store

    @property
    def accounts(self) -> Accounts:
        """The users."""
        return self._services.accounts

    def add_entries(self, count: int, *, username: str = "leonard", without_archive: Collection[int] = ()) -> str:
        """Put synthetic published entries with small archives into the store, and give their upload_id.

        Parameters
        ----------
        count : int
        username : str
            Whose they are.
        without_archive : collection of int
            Which of them (0 is the first) have no archive.
        """
        return add_entries(self.store, self.accounts, count, username=username, without_archive=without_archive)

    def prepare(self) -> None:
        """Bind the port and open the data; `start` and `serve_forever` do it, where it is not done yet.

        Raises
        ------
        OSError
            The port is taken, or the folder cannot be written.
        """
        _check_port(self._asked_port)
        server = Server((HOST, self._asked_port), None, numthreads=16, request_queue_size=128)
        server.ConnectionClass = CloseDelimitedConnection
        server.shutdown_timeout = 1
        try:
            server.prepare()
            self.port = server.bind_addr[1]
            if self._data is None:
                self._temporary = Path(tempfile.mkdtemp(prefix="nomad-sandbox-"))
            self._services = self._open(self._data or self._temporary or Path())
        except BaseException:
            server.stop()
            raise
        server.wsgi_app = make_app(self._services, self._versions.values(), self.requests)
        self._services.processing.start()
        self._server = server

    def _open(self, folder: Path) -> Services:
        store = Store(folder)
        accounts = Accounts(store)
        return Services(
            store=store,
            accounts=accounts,
            tokens=Tokens(store, accounts, issuer=self.url + REALM_PATH, lifetime_s=self._token_ttl_s),
            processing=Processing(store, accounts, Reader()),
            scrolls=Scrolls(),
            day_counts=DayCounts(store),
            local_folder=self._local_folder,
        )

    def start(self) -> Sandbox:
        """Serve from threads of this process, and come back."""
        if self._server is None:
            self.prepare()
        assert self._server is not None
        self._thread = threading.Thread(target=self._server.serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve until interrupted."""
        if self._server is None:
            self.prepare()
        assert self._server is not None
        try:
            self._server.serve()
        finally:
            self.stop()

    def stop(self) -> None:
        """End everything; data in a temporary folder is removed."""
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)
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
