"""The one ``requests.Session`` that carries everything.

Closes traps of requests: a ``~/.netrc`` entry would replace the Authorization header (here it never does, while proxies
and CA variables of the environment keep working); on a redirect to another host requests drops Authorization alone, and
other secrets (an API key in a header) would go along; and a pool of 10 warns when 16 threads call.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from nomad_swagger.errors import UsageError
from nomad_swagger.settings import APP, POOL_SIZE
from nomad_swagger.transport.origin import same_origin, shown
from nomad_swagger.version import __version__

log = logging.getLogger(__name__)

# What may go to another host on a redirect: everything else could be a secret of somebody's authenticator.
_PUBLIC_HEADERS = frozenset({"accept", "accept-encoding", "connection", "if-range", "range", "user-agent"})


# What requests asks the environment for, in both spellings: as long as that stays, so does the answer.
_ASKED = [
    *(spelled for name in ("http", "https", "all", "no") for spelled in (f"{name}_proxy", f"{name}_proxy".upper())),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUEST_METHOD"),
]
_SYSTEM_KNOWS_PROXIES = sys.platform in ("darwin", "win32")  # and may change its mind while we run
_REMEMBERED_HOSTS = 32

_SECRETS = re.compile(r"((?:token|password|code|secret|signature)[\w-]*=)[^&\s\"]+", re.IGNORECASE)


class _WithoutSecrets(logging.Filter):
    """Takes secrets out of the addresses that urllib3 writes at DEBUG, query included."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_SECRETS.sub(r"\1***", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


class _Session(requests.Session):
    """A session that knows its process: a child begins its own connections, for on its parent's it would get answers
    that are not its own. What the parent had is forgotten and not closed, since it is still in use there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._process = os.getpid()
        self._told: set[str] = set()
        self._merged: dict[tuple[object, ...], Mapping[str, Any]] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[misc]  # the stubs do not know of it
        self._process, self._told, self._merged = os.getpid(), set(), {}

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        self._begin_anew_in_a_child()
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        self._begin_anew_in_a_child()
        return super().send(request, **settings)

    def _begin_anew_in_a_child(self) -> None:
        if self._process != os.getpid():
            self._process = os.getpid()
            self.cookies = RequestsCookieJar()  # the old one's lock may have been held by a thread of the parent
            _mount(self)

    def merge_environment_settings(  # type: ignore[override]  # the stubs want types that requests does not have
        self, url: str, proxies: Any, stream: bool, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """Give what requests gives; it goes through the whole environment twice, for every request."""
        place = urlsplit(url)
        said = (*(proxies or {}).items(), verify, cert, *map(os.environ.get, _ASKED))
        key = (place.scheme, place.netloc, said)
        known = None if _SYSTEM_KNOWS_PROXIES else self._merged.get(key)
        if known is None:
            known = super().merge_environment_settings(url, proxies, stream, verify, cert)
            self._merged = {**(self._merged if len(self._merged) < _REMEMBERED_HOSTS else {}), key: known}
        return {**known, "proxies": dict(known["proxies"] or {}), "stream": stream}

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        if same_origin(prepared_request.url or "", response.url):
            return
        host = urlsplit(prepared_request.url or "").hostname or "another host"
        if "Authorization" in prepared_request.headers and host not in self._told:
            self._told.add(host)  # once; and no more of the address, which may be a signed one
            log.warning("%s redirects to %s: the login does not go along", shown(response.url), host)
        for name in list(prepared_request.headers):
            if name.lower() not in _PUBLIC_HEADERS:
                del prepared_request.headers[name]


def user_agent() -> str:
    """Give the User-Agent: who we are, and with which version."""
    return f"{APP}/{__version__} python-requests/{requests.__version__}"


def make_session(*, ca_file: str = "", proxy: str = "") -> requests.Session:
    """Make the session that a client uses for all its requests.

    Parameters
    ----------
    ca_file : str
        A PEM file with the authorities to trust; empty means what the environment says, else requests' own.
    proxy : str
        A proxy's URL for both schemes; empty means what the environment says.

    Raises
    ------
    UsageError
        There is no such file.
    """
    if ca_file and not Path(ca_file).exists():
        raise UsageError(f"there is no file {ca_file} with certificates to trust (ca_file in the profile)")
    their_log = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _WithoutSecrets) for known in their_log.filters):
        their_log.addFilter(_WithoutSecrets())
    session = _Session()
    session.auth = _untouched  # an auth of its own keeps requests from looking into ~/.netrc
    session.headers["User-Agent"] = user_agent()
    if ca_file:
        session.verify = ca_file
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    _mount(session)
    return session


def _mount(session: requests.Session) -> None:
    adapter = HTTPAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def _untouched(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
