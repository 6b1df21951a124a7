"""A server of one test after the other at one URL, so that a description that is known of it is known for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar


class Server(Protocol):
    """Listens from when it is made."""

    @property
    def port(self) -> int: ...


S = TypeVar("S", bound=Server)
_PORTS: dict[object, int] = {}


def at_its_port(make: Callable[[int], S], kind: object = None) -> S:
    """Give a server at the port that the last one of its kind had in this process, or at a new one where that is taken.

    Parameters
    ----------
    make : callable
        Makes one at a port; 0 is any.
    kind : hashable, optional
        ``make`` itself, if nothing else is said.
    """
    kind = kind or make
    try:
        server = make(_PORTS.get(kind, 0))
    except OSError:  # somebody else has it by now
        server = make(0)
    _PORTS[kind] = server.port
    return server
