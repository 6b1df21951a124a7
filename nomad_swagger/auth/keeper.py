"""One token for many threads, renewed in time and by one of them at once.

Knows ages and locks. How a new token is had is handed in; it must not know passwords or servers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import copy
from typing import TypeAlias

from nomad_swagger.auth.tokens import Grant, leeway_s
from nomad_swagger.errors import LoginRefused, NomadError

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
    """

    def __init__(self, renewal: Renewal, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._renewal = renewal
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
        return self._clock() - asked_at < leeway_s(grant.lifetime_s)

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
        asked_at = self._clock()
        self._failure = None
        try:
            grant = self._renewal(self._held[0] if self._held else None)
        except NomadError as error:
            self._failure = error
            if isinstance(error, LoginRefused):
                self._held = None  # what led to a refusal is not used again
            raise
        finally:
            self._flights += 1
        self._held = grant, asked_at
        return grant.access_token
