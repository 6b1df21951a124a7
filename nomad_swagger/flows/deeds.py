"""What every deed has in common: its plan is made of verbs, somebody may have to agree, each request is sent once.

Knows when an answer leaves open whether the deed was done; what shows that it was, is the deed's own to know.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nomad_swagger.advice import python_words
from nomad_swagger.calls.plan import Plan, Step
from nomad_swagger.errors import ApiError, NoCredentials, NomadError, ServerError, TransportError
from nomad_swagger.transport.call import Body

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient

log = logging.getLogger(__name__)

OPEN = (TransportError, ApiError)
"""Among these errors are those that leave open whether something was done; :func:`is_open` tells which."""


def step_of(
    client: NomadClient,
    verb: str,
    arguments: Mapping[str, Any],
    words: str,
    *,
    native: Mapping[str, Any] | None = None,
    body: Body | None = None,
    **more: Any,
) -> Step:
    """Give a verb's request as a step of a plan, marked by the generation where it cannot be taken back.

    Parameters
    ----------
    client : NomadClient
    verb : str
    arguments, native, body
        As for ``client.nomad.prepare_verb``.
    words : str
        What it does.
    **more
        Fields of :class:`Step`.
    """
    call = client.nomad.prepare_verb(verb, arguments, native=native, body=body)
    return Step(call, words, verb, irreversible=client.nomad.is_irreversible(call), **more)


def plan_of(client: NomadClient, deed: str, words: str, steps: Sequence[Step], **more: Any) -> Plan:
    """Give a plan at this client's server, by its user; ``more`` are fields of :class:`Plan`."""
    nomad = client.nomad
    user = nomad.login.who or ("" if nomad.login.kind == "anonymous" else nomad.login.kind)
    return Plan(deed, words, tuple(steps), server=nomad.api_url, user=user, **more)


def agree(client: NomadClient, plan: Plan) -> None:
    """Let whoever watches over this client agree to a plan; what they raise keeps it from being done."""
    if client.nomad.consent is not None:
        client.nomad.consent(plan)


def give(client: NomadClient, step: Step) -> Any:
    """Send a step's request, once, and give its JSON.

    Raises
    ------
    ApiError
        NOMAD refuses, or what answers is not NOMAD.
    TransportError
    """
    return client.nomad.json(step.call)


def is_open(error: BaseException) -> bool:
    """Tell whether an error leaves open if the deed was done: no answer, a server's failure, or none of NOMAD's.

    A refusal (4xx) does not.
    """
    if isinstance(error, ApiError):
        return isinstance(error, ServerError) or error.status < 400
    return isinstance(error, TransportError)


def add_words(error: NomadError, words: str) -> None:
    """Add what the flow knows to a message about the wire."""
    error.args = (f"{error.happened.rstrip('.')}. {words}", *error.args[1:])


def need_login(client: NomadClient, what: str) -> None:
    """Refuse, before anything is sent, what nobody may do anonymously.

    Raises
    ------
    NoCredentials
    """
    if client.nomad.transport.authenticator is None:
        message = f"{what} needs a login"
        raise NoCredentials(message, advice=python_words(NoCredentials, message))
