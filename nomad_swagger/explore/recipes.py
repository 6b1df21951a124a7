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
from nomad_swagger.errors import UnknownArgument
from nomad_swagger.explore.command_line import command_line, flow_command
from nomad_swagger.explore.curl import curl
from nomad_swagger.explore.flow_requests import FlowRequest, flow_request
from nomad_swagger.explore.ingredients import Ingredients, hidden_arguments, ingredients
from nomad_swagger.explore.login import logs_in
from nomad_swagger.explore.python_bravado import python_bravado
from nomad_swagger.explore.python_requests import python_requests
from nomad_swagger.explore.wget import wget
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
        ``tag.operation``; or a helper: ``search``, ``upload``, ``uploads``, ``publish``, ``delete``, ``download``,
        ``archive``, ``whoami``, as the request that it sends.
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
    nomad = client_of(client).nomad
    login = arguments.pop("Authorization", None) is not None
    flow = flow_request(nomad, operation, arguments)
    call = flow.call if flow else prepared(nomad, operation, arguments)
    return render(nomad, call, style=style, login=login, flow=flow)


def render(
    nomad: Nomad, call: PreparedCall, *, style: str, login: bool = False, flow: FlowRequest | None = None
) -> str:
    """Write a prepared call down in a style.

    Parameters
    ----------
    nomad : Nomad
    call : PreparedCall
    style : str
        One of ``STYLES``.
    login : bool
        With the token even where the call works without.
    flow : FlowRequest, optional
        The helper that the call was made by, for its own command.
    """
    spec = nomad.spec
    login = login or logs_in(nomad, call) or _gave_token(call)
    made_of = ingredients(spec, call, login=login)
    if flow is not None and flow.save_as:
        made_of = replace(made_of, save_as=flow.save_as)
    if style in _PLAIN:
        return _PLAIN[style](made_of)
    if style == "nomad-swagger" and flow is not None:
        return flow_command(made_of, spec, nomad.api_url, flow.words)
    write = command_line if style == "nomad-swagger" else python_bravado
    return write(made_of, spec, nomad.api_url, spec.operation(call.operation), hidden_arguments(spec, call))


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
