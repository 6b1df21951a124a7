"""``recipe``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nomad_swagger.cli.descriptions import describe_server
from nomad_swagger.cli.options import Server, key_values, offered, server_options
from nomad_swagger.cli.output import say
from nomad_swagger.cli.values import read_value
from nomad_swagger.errors import UsageError
from nomad_swagger.words import Style

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec

STYLES = ("curl", "wget", "requests", "bravado", "nomad-swagger")
# What a helper's word without `=` means.
_TARGETS = {
    "upload": "source",
    "publish": "upload_id",
    "delete": "upload_id",
    "edit": "what",
    "put": "source",
    "remove": "what",
    "process": "upload_id",
    "archive": "entry_id",
    "create_dataset": "name",
    "add_to_dataset": "dataset",
    "remove_from_dataset": "dataset",
    "delete_dataset": "dataset",
    "assign_doi": "dataset",
}


@click.command()
@click.argument("operation", metavar="OP", shell_complete=offered("operation_names"))
@click.argument("words", metavar="[KEY=VALUE]...", nargs=-1, shell_complete=offered("parameter_words"))
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@server_options
def recipe(server: Server, operation: str, words: tuple[str, ...], style: Style) -> None:
    """Print a call in another tool's words; nothing is sent. Secrets are $NOMAD_TOKEN.

    OP is an operation, or a helper: search, upload, uploads, publish, delete, edit, put, remove, process,
    create_dataset, add_to_dataset, remove_from_dataset, delete_dataset, assign_doi, download, archive, whoami. What a
    helper has to look up first is a request of its own.

    \b
    nomad-swagger recipe repo.search atoms=Si atoms=O --style requests
    nomad-swagger recipe upload example.zip
    nomad-swagger recipe put OUTCAR upload_id=…
    """
    from nomad_swagger.explore.recipes import recipe as explore
    from nomad_swagger.flows.plans import PLANNERS

    spec = describe_server(server)
    if operation in PLANNERS and spec.generation:
        arguments = _of_helper(operation, words)
    else:
        arguments = _of_operation(spec, operation, words)
    say(explore(spec, operation, style=style, **arguments), exact=True)


def _of_helper(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    targets = [word for word in words if "=" not in word]
    given = key_values(word for word in words if "=" in word)
    if not targets:
        return given
    if len(targets) > 1:
        raise UsageError(f"one at a time: {', '.join(targets)}")
    if name == "download":
        upload_id, _, path = targets[0].partition("/")
        return {**given, "upload_id": upload_id, "path": path} if path else {**given, "upload_id": upload_id}
    if name not in _TARGETS:
        raise UsageError(f"{targets[0]!r} is not key=value, such as elements=Si")
    return {**given, _TARGETS[name]: targets[0]}


def _of_operation(spec: Spec, name: str, words: tuple[str, ...]) -> dict[str, Any]:
    operation = spec.operation(name)
    given = key_values(words)
    parameters = {p.name: p for p in operation.parameters}
    return {key: read_value(parameters[key], value) if key in parameters else value for key, value in given.items()}
