"""The one rule about asking: what cannot be taken back, or touches more than one upload, is agreed to first.

It hangs on the plan of the deed, so every command obeys it alike. Knows terminals; what a plan is about is the plan's.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nomad_swagger.calls.plan import Plan
from nomad_swagger.cli.output import confirm, note, show_plan
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

F = TypeVar("F", bound=Callable[..., Any])

_STDIN = "-"


class Consent:
    """Agrees to plans for a client: asks on a terminal, refuses without one, and shows where only that is wanted.

    Parameters
    ----------
    yes : bool
        ``--yes``: everything is agreed to.
    dry_run : bool
        ``--dry-run``: the plan is shown, and nothing is done.
    stdin_is_read : bool
        Standard input is something else than the answers to questions.
    once : bool
        What was agreed to first holds for what follows.
    """

    def __init__(
        self, *, yes: bool = False, dry_run: bool = False, stdin_is_read: bool = False, once: bool = True
    ) -> None:
        self.yes, self.dry_run, self.stdin_is_read, self.once = yes, dry_run, stdin_is_read, once
        self._client: NomadClient | None = None
        self._agreed = False

    def watch(self, client: NomadClient) -> NomadClient:
        """Let this consent be asked before each deed of a client."""
        self._client = client
        client.nomad.consent = self
        return client

    def __call__(self, plan: Plan) -> None:
        """Agree to a plan, or keep it from being done.

        Raises
        ------
        UsageError
            It wants asking, and nobody can be asked.
        click.Abort
            The answer was no.
        click.exceptions.Exit
            It was only to be shown.
        """
        if self._agreed:
            return
        if self.dry_run:
            assert self._client is not None
            show_plan(self._client.nomad, plan)
            raise click.exceptions.Exit(0)
        if plan.asks and not self.yes:
            self._ask(plan)
        for words in plan.notes:
            note(f"note: {words}")
        self._agreed = self.once

    def _ask(self, plan: Plan) -> None:
        if self.stdin_is_read or not sys.stdin.isatty():
            raise UsageError(f"{plan.headline} There is nobody to ask: say --yes. Nothing was sent.")
        if not _answered(f"{plan.headline} Go on?"):
            raise click.Abort()


def deed_options(command: F) -> F:
    """Add ``--yes`` and ``--dry-run``; the command gets a ``consent``."""

    @click.option("--yes", "-y", is_flag=True, help="Do not ask.")
    @click.option("--dry-run", is_flag=True, help="Show what would be sent, and change nothing.")
    @functools.wraps(command)
    def wrapped(*, yes: bool, dry_run: bool, **given: Any) -> Any:
        consent = Consent(yes=yes, dry_run=dry_run, stdin_is_read=_reads_stdin(given.values()))
        return command(consent=consent, **given)

    return wrapped  # type: ignore[return-value]


def _reads_stdin(values: Any) -> bool:
    return any(value == _STDIN or (isinstance(value, tuple) and _STDIN in map(str, value)) for value in values)


def _answered(question: str) -> bool:
    """Ask where a person sees it, also when standard error is a file, and give whether the answer was yes."""
    try:
        return confirm(question)
    except OSError as error:
        raise UsageError(f"{question} There is no place to ask: say --yes. Nothing was sent.") from error
