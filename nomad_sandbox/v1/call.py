"""One call of one operation, as the handlers get it.

Knows who calls, what the parameters and the body are. It must not know what operations do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request, Response

from nomad_sandbox.accounts import User
from nomad_sandbox.services import Services
from nomad_sandbox.store import Store
from nomad_sandbox.v1.answers import Refusal
from nomad_sandbox.v1.checks import TRUE
from nomad_sandbox.v1.document import Document, Operation
from nomad_sandbox.v1.viewer import Viewer

Handler = Callable[..., Response]


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes
    ----------
    caller : Viewer
        Who calls, and by which kind of token.
    body : any
        The JSON body, checked; an empty dict without one.
    """

    services: Services
    document: Document
    operation: Operation
    request: Request
    caller: Viewer
    body: Any

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    @property
    def viewer(self) -> User | None:
        """Who calls, None for nobody."""
        return self.caller.user

    def user(self) -> User:
        """Give who calls.

        Raises
        ------
        Refusal
            401 where nobody is logged in.
        """
        if self.viewer is None:
            raise Refusal(401, "Authentication required.")
        return self.viewer

    def text(self, name: str) -> str | None:
        """Give a query parameter."""
        return self.request.args.get(name)

    def integer(self, name: str, default: int) -> int:
        """Give a query parameter that is a number."""
        return self.request.args.get(name, default, type=int)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give a query parameter that is true or false."""
        text = self.request.args.get(name)
        return default if text is None else text.lower() in TRUE

    def many(self, name: str) -> list[str]:
        """Give all values of a repeated query parameter."""
        return self.request.args.getlist(name)
