"""The same call in other tools' words, made from the very request that would be sent.

Knows the styles by name. A recipe needs neither a server nor a login: the secret is ``$NOMAD_TOKEN``. It is there where
the call needs a login, and in a recipe by a client that is logged in also where NOMAD looks at who asks.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from nomad_swagger import settings
from nomad_swagger.apispec.model import Spec
from nomad_swagger.calls.plan import Plan, Step
from nomad_swagger.errors import AuthError, TransportError, Unauthorized, UnknownArgument
from nomad_swagger.explore.command_line import command_line, command_words, flow_command
from nomad_swagger.explore.curl import curl
from nomad_swagger.explore.ingredients import Ingredients, hidden_arguments, ingredients
from nomad_swagger.explore.login import logs_in
from nomad_swagger.explore.python_bravado import python_bravado
from nomad_swagger.explore.python_requests import python_requests
from nomad_swagger.explore.repeated import looped
from nomad_swagger.explore.wget import wget
from nomad_swagger.flows.plans import PLANNERS, plan_for
from nomad_swagger.transport.call import PreparedCall
from nomad_swagger.words import Style

if TYPE_CHECKING:
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.client.nomad import Nomad

STYLES: tuple[Style, ...] = get_args(Style)

_PLAIN: Mapping[str, Callable[[Ingredients], str]] = {"curl": curl, "wget": wget, "requests": python_requests}


def recipe(client: NomadClient | Spec, operation: str, *, style: Style = "curl", **arguments: Any) -> str:
    r"""Give a call as something to paste elsewhere: a command, or a whole Python script.

    Parameters
    ----------
    client : NomadClient or Spec
        With a description that came from no server, the address is that of an embedded NOMAD. By a client that is
        logged in the recipe logs in where NOMAD looks at who asks: it gives what the client gives.
    operation : str
        ``tag.operation``; or a helper: ``search``, ``upload``, ``uploads``, ``publish``, ``delete``, ``edit``, ``put``,
        ``remove``, ``process``, ``create_dataset``, ``add_to_dataset``, ``remove_from_dataset``, ``delete_dataset``,
        ``assign_doi``, ``download``, ``archive``, ``whoami``, as the requests that it sends, one after the other. What
        it has to look up first (somebody's user id) a client asks the server for; without one it is a request of its
        own.
    style : {"curl", "wget", "requests", "bravado", "nomad-swagger"}
    **arguments
        What the operation or the helper takes. A file is given by its path, and need not be there yet. What is given
        as ``Authorization`` is never shown: it says that the recipe should log in.

    Returns
    -------
    str
        Runs as it is, with ``NOMAD_TOKEN`` in the environment where it logs in.

    Raises
    ------
    UnknownOperation, UnknownArgument
        The message offers the nearest.
    UsageError
        A value does not fit, or the tool cannot do it.

    Examples
    --------
    >>> from nomad_swagger.apispec.load import load_spec
    >>> print(recipe(load_spec("nomad-0.8.6"), "info.get_info", style="wget"))
    wget -nv -O - --content-on-error \
      --header='Accept: application/json' \
      http://127.0.0.1:8008/prod/rae/api/info/
    """
    if style not in STYLES:
        raise UnknownArgument(style, STYLES, where="as a style")
    made = client_of(client)
    nomad = made.nomad
    login = arguments.pop("Authorization", None) is not None
    if operation in PLANNERS and nomad.spec.generation:
        return render_plan(nomad, _planned(made, operation, arguments, look=made is client), style=style, login=login)
    return render(nomad, prepared(nomad, operation, arguments), style=style, login=login)


def render_plan(nomad: Nomad, plan: Plan, *, style: str, login: bool = False) -> str:
    """Write a plan down in a style: our own command, or each of its requests."""
    if style == "nomad-swagger":
        last = ingredients(nomad.spec, plan.steps[-1].call, login=_logs_in(nomad, plan.steps[-1].call, login))
        return flow_command(last, nomad.spec, nomad.api_url, [*command_words(plan.command)])
    signed = login or any(_logs_in(nomad, step.call, login) for step in plan.steps)
    pieces = [
        render(
            nomad,
            step.call,
            style=style,
            login=signed if step.looks or step.waits else login,  # what is one's own, others do not see
            save_as=plan.save_as if step is plan.steps[-1] else "",
        )
        for step in plan.steps
    ]
    if len(pieces) == 1:
        return pieces[0]
    shell = style in ("curl", "wget")
    texts = [
        f"# {number}. {_said(step)}\n{looped(piece, step.waits, shell=shell) if step.waits else piece}"
        for number, (step, piece) in enumerate(zip(plan.steps, pieces, strict=True), 1)
    ]
    return "\n\n".join(texts)


def _planned(client: NomadClient, helper: str, arguments: Mapping[str, Any], *, look: bool) -> Plan:
    """Give a helper's plan; where the server cannot be asked, what it would tell has placeholders."""
    if look:
        try:
            return plan_for(client, helper, arguments)
        except (TransportError, AuthError, Unauthorized):
            pass
    return plan_for(client, helper, arguments, look=False)


def _said(step: Step) -> str:
    return f"{step.words}: gives {step.stands_for}, which stands below" if step.stands_for else step.words


def render(nomad: Nomad, call: PreparedCall, *, style: str, login: bool = False, save_as: str = "") -> str:
    """Write a prepared call down in a style.

    Parameters
    ----------
    nomad : Nomad
    call : PreparedCall
    style : str
        One of ``STYLES``.
    login : bool
        With the token even where the call works without.
    save_as : str
        The file that its answer goes to, where that is not the call's to say.
    """
    spec = nomad.spec
    made_of = ingredients(spec, call, login=_logs_in(nomad, call, login))
    if save_as:
        made_of = replace(made_of, save_as=save_as)
    if style in _PLAIN:
        return _PLAIN[style](made_of)
    operation, given = spec.operation(call.operation), hidden_arguments(spec, call)
    if style == "nomad-swagger":
        return command_line(made_of, spec, nomad.api_url, operation, given, yes=nomad.is_irreversible(call))
    return python_bravado(made_of, spec, nomad.api_url, operation, given)


def _logs_in(nomad: Nomad, call: PreparedCall, login: bool) -> bool:
    return login or logs_in(nomad, call) or _gave_token(call)


def prepared(nomad: Nomad, operation: str, arguments: Mapping[str, Any]) -> PreparedCall:
    """Prepare an operation's call, with files named by their paths; they are not opened."""
    found = nomad.spec.operation(operation)
    files = {p.name for p in found.parameters if p.type == "file"}
    return nomad.prepare(
        found.full_name,
        {
            name: _NamedFile(str(value)) if name in files and isinstance(value, (str, Path)) else value
            for name, value in arguments.items()
        },
    )


def client_of(source: NomadClient | Spec) -> NomadClient:
    """Give a client to prepare calls with; for a mere description one that nobody is logged in with."""
    if not isinstance(source, Spec):
        return source
    from nomad_swagger.auth import Login
    from nomad_swagger.client.connect import build
    from nomad_swagger.transport.send import Transport

    placed = source if source.url else replace(source, url=_here(source))
    return build(placed, Transport(), Login("anonymous", "anonymous"), settings.Profile())


def _here(spec: Spec) -> str:
    """Give the address that an embedded NOMAD of this description would have."""
    path = urlsplit(str(spec.swagger.get("basePath", ""))).path.rstrip("/")
    return f"http://{settings.SANDBOX_HOST}:{settings.SANDBOX_PORT}{path}"


def _gave_token(call: PreparedCall) -> bool:
    return any(name.lower() == "authorization" for name, _ in call.headers)


class _NamedFile(io.BytesIO):
    """Stands for a file on disk in a call that is only written down.

    Examples
    --------
    >>> _NamedFile("example.zip").name
    'example.zip'
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
