"""Send a prepared call: login, retries, redirects, time-outs.

The only module that puts a request on the wire. ``exchange`` raises what requests raises (bravado's surface turns that
into bravado's own exceptions); ``send`` raises ours. Must not know NOMAD's operations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import field
from typing import Any, Protocol

import requests
from urllib3.exceptions import NewConnectionError

from nomad_swagger.errors import ApiError, AuthError
from nomad_swagger.light import dataclass
from nomad_swagger.settings import CONNECT_TIMEOUT_S, JSON_LIMIT_BYTES, MAX_REDIRECTS, READ_TIMEOUT_S
from nomad_swagger.transport.answer import read_json
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.transport.encode import encode
from nomad_swagger.transport.failures import error_of, timed_out, translated
from nomad_swagger.transport.origin import same_origin, shown
from nomad_swagger.transport.pace import Backoff, Pace
from nomad_swagger.transport.retry import RETRY_STATUSES, RetryPolicy
from nomad_swagger.transport.session import make_session

log = logging.getLogger(__name__)

_SAFE_METHODS = ("GET", "HEAD")
# The second is an answer that broke off in its middle.
_NO_ANSWER = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)


class Authenticator(Protocol):
    """What bravado calls an authenticator, of anyone."""

    def matches(self, url: str) -> bool:
        """Tell whether requests to this URL are for us."""

    def apply(self, request: requests.Request) -> requests.Request:
        """Put the credentials on the request."""


@dataclass
class Transport:
    """What carries every request of one client.

    Attributes
    ----------
    session : requests.Session
    authenticator : Authenticator or None
        Asked before each attempt, so that a retry goes out with a fresh token.
    connect_timeout_s, read_timeout_s : float
        The second is the longest silence between two chunks, never a limit for a whole transfer.
    policy : RetryPolicy
    pace : Pace
    backoff : Backoff
    is_public : callable or None
        Tells whether everybody gets the whole answer to a call, so that it goes on where a stored login does not.
    guard : callable or None
        Sees each call before it goes out; raises for one that may not.
    json_limit_bytes : int
        An answer in JSON that is longer is not read.
    """

    session: requests.Session = field(default_factory=make_session)
    authenticator: Authenticator | None = None
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    read_timeout_s: float = READ_TIMEOUT_S
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    pace: Pace = field(default_factory=Pace)
    backoff: Backoff = field(default_factory=Backoff)
    is_public: Callable[[PreparedCall], bool] | None = None
    guard: Callable[[PreparedCall], None] | None = None
    json_limit_bytes: int = JSON_LIMIT_BYTES

    def send(self, call: PreparedCall, *, stream: bool = False) -> requests.Response:
        """Give the answer to a call, or raise our error for it.

        With ``stream`` the body is still on the wire: close the response.

        Raises
        ------
        ApiError
            Of the class that fits the status.
        ConnectionLost, RequestTimeout
        """
        with translated(call.title):
            response = self.exchange(call, stream=stream)
            if response.status_code >= 300:
                raise self._refused(response, call)
        return response

    def json(self, call: PreparedCall) -> object:
        """Give the JSON of the answer to a call, or raise our error for it.

        Raises
        ------
        ApiError
            Of the class that fits the status; or the answer is no JSON, too long or nested too deep.
        ConnectionLost, RequestTimeout
            The first also for an answer that was cut, as often as it was asked for.
        """
        found: list[object] = []

        def read(response: requests.Response) -> None:
            found.append(read_json(call, response, self.json_limit_bytes))

        with translated(call.title):
            response = self.exchange(call, stream=True, read=read)
            with response:
                if response.status_code >= 300:
                    raise self._refused(response, call)
        return found[-1]

    def exchange(
        self,
        call: PreparedCall,
        *,
        stream: bool = False,
        timeout: tuple[float | None, float | None] | None = None,
        read: Callable[[requests.Response], None] | None = None,
    ) -> requests.Response:
        """Give the answer whatever its status, after the retries that the call allows: the one loop of retries.

        Parameters
        ----------
        call : PreparedCall
        stream : bool
        timeout : tuple of float, optional
        read : callable, optional
            Reads an answer that says success while it can still be asked for again.

        Raises
        ------
        requests.exceptions.RequestException
            No answer came, or a part of one.
        """
        if self.guard is not None:
            self.guard(call)
        limits = timeout or (self.connect_timeout_s, self.read_timeout_s)
        renewed = False
        attempt = 0
        while True:
            last = attempt >= self.policy.retries
            try:
                response, token = self._attempt(call, stream, limits)
                if read is not None and response.status_code < 300:
                    read(response)
            except _NO_ANSWER as error:
                if last or not _may_repeat(call, error):
                    raise
                pause_s, why = self.policy.pause_s(attempt), type(error).__name__
            else:
                if response.status_code == 401 and not renewed and self._renew(call, token):
                    renewed = True
                    response.close()
                    continue
                if last or not call.repeatable or response.status_code not in RETRY_STATUSES:
                    return response
                pause_s, why = self.policy.pause_s(attempt, response), f"status {response.status_code}"
                response.close()
            again = {"attempt": attempt, "pause_s": pause_s}  # for who tells a person: once will do
            log.warning("%s: %s, trying again in %.1f s", call.title, why, pause_s, extra=again)
            self.policy.sleep(pause_s)
            attempt += 1

    def _attempt(
        self, call: PreparedCall, stream: bool, limits: tuple[float | None, float | None]
    ) -> tuple[requests.Response, str]:
        request = self._with_login(encode(call), call)
        prepared = self.session.prepare_request(request)
        sent_token = str(prepared.headers.get("Authorization", ""))
        for _ in range(MAX_REDIRECTS + 1):
            self.pace.wait()
            self.backoff.wait()
            response = self.session.send(
                prepared, timeout=limits, allow_redirects=False, **self._settings(prepared.url or "", stream)
            )
            log.debug("%s %s: %s", call.method, shown(call.url), response.status_code)
            (self.backoff.refused if response.status_code in (429, 503) else self.backoff.answered)()
            following = _following(response, call)
            if following is None:
                return response, sent_token
            response.close()
            prepared = following
        raise requests.exceptions.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects", response=response)

    def _settings(self, url: str, stream: bool) -> dict[str, Any]:
        # What the profile says goes before what the environment says; requests has it the other way round.
        verify = self.session.verify if isinstance(self.session.verify, str) else None
        return dict(self.session.merge_environment_settings(url, dict(self.session.proxies), stream, verify, None))

    def _refused(self, response: requests.Response, call: PreparedCall) -> ApiError:
        return error_of(response, call, about_login=getattr(self.authenticator, "when_refused", ""))

    def _with_login(self, request: requests.Request, call: PreparedCall) -> requests.Request:
        if self.authenticator is None or not self.authenticator.matches(request.url):
            return request
        try:
            return self.authenticator.apply(request)
        except AuthError as error:
            if not self._goes_on_as_nobody(call, error):
                raise
            return request

    def _renew(self, call: PreparedCall, sent_token: str) -> bool:
        """Ask the authenticator for a new token when the server no longer likes the one that was sent.

        True also where there is none, and the call goes on without a login.
        """
        renew = getattr(self.authenticator, "renew", None)
        if renew is None or not sent_token.startswith("Bearer "):
            return False
        try:
            return bool(renew(sent_token.removeprefix("Bearer ")))
        except AuthError as error:
            if not self._goes_on_as_nobody(call, error):
                raise
            return True

    def _goes_on_as_nobody(self, call: PreparedCall, why: AuthError) -> bool:
        give_way = getattr(self.authenticator, "go_on_as_nobody", None)
        return give_way is not None and self.is_public is not None and self.is_public(call) and bool(give_way(why))


def _may_repeat(call: PreparedCall, error: requests.exceptions.RequestException) -> bool:
    """Tell whether to send a call again that brought no answer.

    A connection that never came up did nothing yet, so even an unrepeatable call may. A server that is silent for a
    minute is silent for another, and a certificate that is not trusted stays so.
    """
    if never_sent(error):
        return True
    return call.repeatable and not timed_out(error) and not isinstance(error, requests.exceptions.SSLError)


def never_sent(error: BaseException | None) -> bool:
    """Tell whether a failure of requests means that the connection never came up, so that nothing was done."""
    cause = getattr(error.args[0], "reason", None) if error is not None and error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(cause, NewConnectionError)


def _following(response: requests.Response, call: PreparedCall) -> requests.PreparedRequest | None:
    """Give the request that a redirect asks for, or None to take the answer as it is.

    A changing call follows only where method and body stay (307, 308) and the host too: a POST that comes back as a
    GET would look as if it had been done.
    """
    following = response.next
    if following is None:
        return None
    stays = response.status_code in (307, 308) and same_origin(following.url or "", response.url)
    return following if call.method in _SAFE_METHODS or stays else None
