"""What ``call`` does with an operation and its arguments: send it, or print it instead."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nomad_swagger.cli.consent import Consent
from nomad_swagger.cli.options import Server
from nomad_swagger.cli.output import note, say, say_bytes, show_json, show_plan, transfer_bar
from nomad_swagger.errors import UsageError

if TYPE_CHECKING:
    import requests

    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.apispec.operations import Operation
    from nomad_swagger.client.client import NomadClient
    from nomad_swagger.transport.call import PreparedCall


def print_recipe(spec: Spec, operation: Operation, arguments: dict[str, Any]) -> None:
    """Print the call as a curl command."""
    from nomad_swagger.explore.recipes import recipe

    say(recipe(spec, operation.full_name, style="curl", **arguments), exact=True)


def print_request(server: Server, spec: Spec, operation: Operation, arguments: dict[str, Any]) -> None:
    """Print what would be sent; secrets stay in their variables.

    What changes something says also where and as whom; nothing is sent, so what it touches is not counted.
    """
    from nomad_swagger.explore.recipes import client_of, prepared
    from nomad_swagger.explore.requests_as_text import request_text
    from nomad_swagger.flows.calling import plan_call

    nomad = client_of(spec).nomad
    call = prepared(nomad, operation.full_name, arguments)
    if call.repeatable:
        say(request_text(nomad, call))
    else:
        show_plan(nomad, plan_call(_named(server, spec), call, look=False))


def send(server: Server, consent: Consent, operation: Operation, arguments: dict[str, Any], output: str | None) -> None:
    """Send the call and give its answer: JSON on standard output, a file where it should go."""
    from nomad_swagger.flows.calling import plan_call
    from nomad_swagger.flows.deeds import agree

    client = server.client(consent)
    with ExitStack() as opened:
        for parameter in operation.parameters:
            if parameter.type == "file" and parameter.name in arguments:
                path = Path(arguments[parameter.name])
                if not path.is_file():
                    raise UsageError(f"--{parameter.name}: no file {path}")
                arguments[parameter.name] = opened.enter_context(path.open("rb"))
        prepared = client.nomad.prepare(operation.full_name, arguments)
        if prepared.binary and output is None and sys.stdout.isatty():
            raise UsageError("the answer is a file: say where it goes with --to FILE, or pipe it")
        agree(client, plan_call(client, prepared, look=not consent.yes))
        streamed = prepared.binary or output is not None
        _give(client.nomad.send(prepared, stream=streamed), prepared, output, streamed=streamed)


def _named(server: Server, spec: Spec) -> NomadClient:
    """Give a client that knows who would call, where a server is named; nothing is sent."""
    from nomad_swagger.client.connect import connect
    from nomad_swagger.explore.recipes import client_of

    try:
        return connect(server.url, profile=server.profile, spec=spec)
    except UsageError:  # nobody named one
        return client_of(spec)


def _give(response: requests.Response, call: PreparedCall, output: str | None, *, streamed: bool) -> None:
    from nomad_swagger.transfers.fetch import save

    if output not in (None, "-"):
        assert output is not None
        with transfer_bar(output) as progress:
            save(call, response, Path(output), progress=progress)
        note(f"saved as {output}")
    elif streamed:
        from nomad_swagger.settings import CHUNK_BYTES

        with response:
            say_bytes(response.iter_content(CHUNK_BYTES))
    else:
        _show(response)


def _show(response: requests.Response) -> None:
    import json

    try:
        answer = json.loads(response.content)
    except ValueError:
        say(response.text, exact=True)  # a log, or a message: as it is
    else:
        show_json(answer)
