"""A plan as one reads it before saying yes: what, where, who, how much, and each request with what it must show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger.calls.plan import Plan, Step
from nomad_swagger.explore.requests_as_text import request_text

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


def plan_text(nomad: Nomad, plan: Plan) -> str:
    """Give a plan as text, for ``--dry-run``; secrets stay in their variables."""
    return "\n".join(_lines(nomad, plan))


def _lines(nomad: Nomad, plan: Plan) -> Iterator[str]:
    yield plan.headline
    yield from (f"Note: {words}." for words in plan.notes)
    if not plan.steps:
        yield "There is nothing to do."
    for number, step in enumerate(plan.steps, 1):
        yield ""
        yield f"{number}. {step.words}{_mark(step)}"
        yield ""
        yield from (f"   {line}" if line else "" for line in request_text(nomad, step.call).splitlines())
        if step.shows and step.changes:
            yield ""
            yield f"   then read back: {', '.join(f'{name} is {value!r}' for name, value in step.shows.items())}"
    yield ""
    yield "Nothing was sent."


def _mark(step: Step) -> str:
    said = [
        "cannot be taken back" if step.irreversible else "",
        "changes nothing yet" if step.tries else "",
        "again and again" if step.waits else "",
        f"gives {step.stands_for}, which stands below" if step.stands_for else "",
    ]
    words = "; ".join(filter(None, said))
    return f" ({words})" if words else ""
