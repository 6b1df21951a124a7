"""The dashboard: Swagger UI for one NOMAD, served on 127.0.0.1 for one person.

Puts the page, the proxy and the gate together, serves them from threads of this process, and opens the browser.
Prints nothing.
"""

from __future__ import annotations

import logging
import threading
import webbrowser
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from cheroot.wsgi import Server

from nomad_swagger.apispec.model import Spec
from nomad_swagger.dashboard.app import App
from nomad_swagger.dashboard.assets import load_assets
from nomad_swagger.dashboard.gate import HOST, Gate
from nomad_swagger.dashboard.page import Facts
from nomad_swagger.dashboard.proxy import Proxy
from nomad_swagger.errors import UsageError
from nomad_swagger.settings import READ_TIMEOUT_S

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

_THREADS = 12  # a browser opens six connections to one host


class Dashboard:
    """The pages of one NOMAD, a context manager.

    Parameters
    ----------
    source : NomadClient or Spec
        A client: "Try it out" calls its server with its login. A description alone is shown, and nothing is called.
    port : int
        0 for any free one.

    Raises
    ------
    UsageError
        Swagger UI is not installed (``[dashboard]``), or the port is taken.

    Examples
    --------
    >>> from nomad_swagger.apispec.load import load_spec
    >>> with Dashboard(load_spec("nomad-0.8.6")) as dashboard:
    ...     dashboard.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self, source: NomadClient | Spec, *, port: int = 0) -> None:
        self._asked_port = port
        self._assets = load_assets()
        if isinstance(source, Spec):
            self._facts, self._proxy = Facts(source), None
        else:
            nomad = source.nomad
            self._facts = Facts(nomad.spec, nomad.api_url, nomad.login)
            self._proxy = Proxy(nomad.api_url, nomad.transport, nomad.spec)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._gate = Gate(port)

    @property
    def url(self) -> str:
        """The page. Keep it to yourself: whoever has it can act with your login."""
        return self._gate.url

    def start(self) -> Dashboard:
        """Serve from threads of this process, and come back.

        Raises
        ------
        UsageError
            The port is taken.
        """
        server = _Server((HOST, self._asked_port), None, numthreads=_THREADS, server_name=HOST)
        server.timeout = READ_TIMEOUT_S
        server.shutdown_timeout = 1
        try:
            server.prepare()
        except OSError as error:
            raise UsageError(f"port {self._asked_port} cannot be used: {error}; try another, or 0 for any") from error
        self._gate = Gate(server.bind_addr[1])
        server.wsgi_app = App(self._gate, self._facts, self._assets, self._proxy)
        self._server = server
        self._thread = threading.Thread(target=server.serve, name="dashboard", daemon=True)
        self._thread.start()
        return self

    def open(self, browse: Callable[[str], bool] = webbrowser.open) -> bool:
        """Show the page in a browser, by a URL that is good once; tell whether there is one."""
        return browse(self._gate.url_of(self._gate.tickets.issue()))

    def serve_forever(self) -> None:
        """Wait until Ctrl-C, then stop."""
        if self._thread is None:
            self.start()
        try:
            while self._thread is not None and self._thread.is_alive():
                self._thread.join(timeout=1)
        except KeyboardInterrupt:
            log.info("interrupted")
        finally:
            self.stop()

    def stop(self) -> None:
        """End everything."""
        server, self._server = self._server, None
        if server is None:
            return
        server.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def __enter__(self) -> Dashboard:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class _Server(Server):
    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Log what cheroot would write to stderr."""
        log.log(level, "%s", msg, exc_info=traceback and log.isEnabledFor(logging.DEBUG))
