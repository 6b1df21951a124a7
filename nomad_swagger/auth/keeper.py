"""One token for many threads, renewed in time and by one of them at once.

Knows ages and locks. How a new token is had is handed in; it must not know passwords or servers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from copy import copy
from typing import TypeAlias

from nomad_swagger.auth.tokens import Grant, leeway_s
from nomad_swagger.errors import ConnectionLost, LoginRefused, NomadError

log = logging.getLogger(__name__)

_PATIENCE_S = 120.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 10.0

Renewal: TypeAlias = Callable[[Grant | None], Grant]


class TokenKeeper:
    """Keeps a token fresh.

    Parameters
    ----------
    renewal : callable
        Gives the next grant from the last one (None for the first). Called by one thread at a time.
    clock : callable
        Seconds that only grow. A computer that slept may have a clock that slept too: a server that then refuses the
        token is what ``renew`` is for.
    sleep : callable
    """

    def __init__(
        self,
        renewal: Renewal,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._renewal = renewal
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[Grant, float] | None = None  # a grant and when it was asked for, swapped as one
        self._flights = 0
        self._failure: NomadError | None = None

    def token(self) -> str:
        """Give a token with life left in it, after getting a new one where needed.

        Threads that come while one is being fetched wait for it and share what comes of it, also a failure.

        Raises
        ------
        AuthError, TransportError, ApiError
            No token could be had.
        """
        fresh = self._fresh()
        return fresh if fresh is not None else self._fetched(self._fresh)

    def renew(self, stale_token: str) -> bool:
        """Get another token because a server refused this one before its time.

        Returns
        -------
        bool
            Whether there is another token now, so that the request is worth a second try. A token younger than the
            leeway is not replaced: its successor would be refused for the same reason.

        Raises
        ------
        AuthError, TransportError, ApiError
            No token could be had.
        """

        def successor() -> str | None:
            held = self._held
            return held[0].access_token if held is not None and held[0].access_token != stale_token else None

        if successor() is None:
            if self._just_granted():
                return False
            return self._fetched(successor) != stale_token
        return True

    def _fresh(self) -> str | None:
        if self._held is None:
            return None
        grant, asked_at = self._held
        left_s = asked_at + grant.lifetime_s - self._clock()
        return grant.access_token if left_s > leeway_s(grant.lifetime_s) else None

    def _just_granted(self) -> bool:
        if self._held is None:
            return False
        grant, asked_at = self._held
        return grant.is_new and self._clock() - asked_at < leeway_s(grant.lifetime_s)

    def _fetched(self, wanted: Callable[[], str | None]) -> str:
        """Give the token of the flight under way, or of one of our own."""
        seen = self._flights
        with self._lock:
            found = wanted()
            if found is not None:
                return found
            if self._flights != seen and self._failure is not None:
                raise copy(self._failure) from self._failure
            return self._fly()

    def _fly(self) -> str:
        self._failure = None
        try:
            grant, asked_at = self._renewed(self._held[0] if self._held else None)
        except NomadError as error:
            self._failure = error
            if isinstance(error, LoginRefused):
                self._held = None  # what led to a refusal is not used again
            raise
        finally:
            self._flights += 1
        self._held = grant, asked_at
        return grant.access_token

    def _renewed(self, last: Grant | None) -> tuple[Grant, float]:
        """Give a grant and when it was asked for; a login server that is away for a while is waited for.

        Only by a job that runs already, and only where the request cannot have arrived: a refresh token that comes
        twice ends the session.
        """
        begin, pause_s = self._clock(), _FIRST_PAUSE_S
        while True:
            asked_at = self._clock()
            try:
                return self._renewal(last), asked_at
            except ConnectionLost as error:
                if last is None or asked_at - begin > _PATIENCE_S or not _never_arrived(error):
                    raise
                log.warning("%s Trying again in %.0f s.", error, pause_s)
            self._sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _never_arrived(error: ConnectionLost) -> bool:
    from nomad_swagger.transport.send import never_sent

    return never_sent(error.__cause__)
