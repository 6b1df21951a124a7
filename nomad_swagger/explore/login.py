"""Who may call an operation: nobody without a login, everybody, or everybody with more to see for those logged in.

The document says "needs a login" for both the first and the last; the generation's data tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nomad_swagger.apispec.access import asks_who_calls, generation_of, needs_login
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, type_at
from nomad_swagger.generations.generation import Generation

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad
    from nomad_swagger.transport.call import PreparedCall


def logs_in(nomad: Nomad, call: PreparedCall) -> bool:
    """Tell whether a call written down should log in.

    It should where it fails otherwise. By a client that is logged in it should also where the answer depends on who
    asks: that client sends its login, and anybody else gets less.
    """
    operation = nomad.spec.operation(call.operation)
    if needs_login(nomad.spec, operation, dict(call.arguments)):
        return True
    known = generation_of(nomad.spec)
    return nomad.login.kind != "anonymous" and known is not None and asks_who_calls(nomad.spec, operation)


def access_words(spec: Spec, operation: Operation) -> str:
    """Give in a sentence who may call an operation."""
    if needs_login(spec, operation):
        return "Needs a login."
    known = generation_of(spec)
    if known is None or operation.full_name not in known.login_optional:
        return "Everybody, without a login."
    special = list(_special_values(spec, operation, known))
    more = f" Needs a login with {' or '.join(special)}." if special else ""
    return f"Everybody; with a login you also reach what is yours or shared with you.{more}"


def _special_values(spec: Spec, operation: Operation, known: Generation) -> Iterator[str]:
    """Give ``owner=user|shared`` for each place of the operation where such values need a login."""
    names = {parameter.name for parameter in operation.parameters}
    for where, values in known.login_values.items():
        head, _, field = where.partition("/")
        if head in names and (not field or type_at(spec, operation.full_name, where)):
            yield f"{where.rpartition('/')[2]}={'|'.join(values)}"
