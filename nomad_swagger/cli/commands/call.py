"""``call``: one command per operation, with options made from the API description when it is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from nomad_swagger.cli.descriptions import describe_offline, describe_server, server_of
from nomad_swagger.cli.options import OneFormat, Server, console_options, server_options
from nomad_swagger.errors import NomadError
from nomad_swagger.explore.meanings import meaning, option_name, short_meaning
from nomad_swagger.screen.plain import plain

if TYPE_CHECKING:
    from nomad_swagger.apispec.model import Spec
    from nomad_swagger.apispec.operations import Operation, Parameter

# With more parameters than this, each is explained in one sentence.
_MANY = 25
_TYPES: dict[str, click.ParamType[Any]] = {"integer": click.INT, "number": click.FLOAT, "boolean": click.BOOL}


class _Operations(click.Group):
    """The operations of whatever description the command line names, before or behind the operation's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            return list(describe_offline(server_of(ctx)).operations)
        except NomadError:
            return []  # nobody named a server: `call --help` says how

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        try:
            return command_of(describe_offline(server_of(ctx)).operation(cmd_name))
        except NomadError:
            return None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Give the operations that begin like this, from the table: a command of each would take long to make."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from nomad_swagger.cli.completion import operation_names

        return operation_names(ctx, None, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Operations"):
            formatter.write_text("nomad-swagger ops lists them; nomad-swagger call OP --help shows one's options.")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, *rest = args
        server = server_of(ctx, rest)
        if ctx.resilient_parsing:  # completion
            try:
                return name, command_of(describe_offline(server).operation(name)), rest
            except NomadError:
                return None, None, rest
        spec = describe_server(server)
        ctx.meta[__name__] = spec
        return name, command_of(spec.operation(name)), rest


@click.group(cls=_Operations, subcommand_metavar="OP [OPTIONS]...")
@server_options
def call() -> None:
    """Call any operation; its parameters are options. Gives its JSON, or its file.

    \b
    nomad-swagger call repo.search --atoms Si --atoms O --per_page 3
    nomad-swagger call repo.search --help --spec nomad-0.8.6
    """


def command_of(operation: Operation) -> click.Command:
    """Make the command of an operation."""

    @server_options
    def run(server: Server, **given: Any) -> None:
        _run(server, operation, given)

    command = click.command(
        operation.full_name,
        cls=_Command,
        params=[*_options(operation), *_own_options()],
        help=f"{operation.description or operation.summary}\n\n{operation.method} {operation.path}",
        short_help=operation.summary,
        epilog="Its answer and more: nomad-swagger describe " + operation.full_name,
    )(run)
    return console_options(command)


class _Command(click.Command):
    """A command whose help was written by strangers."""

    def get_help(self, ctx: click.Context) -> str:
        return plain(super().get_help(ctx), lines=True)


def _own_options() -> list[click.Parameter]:
    return [
        click.Option(["--to", "own_to"], metavar="FILE", help="Where a file goes; '-' for standard output."),
        click.Option(["-o", "--output", "own_format"], type=OneFormat("json"), help="json; a file goes --to."),
        click.Option(["--yes", "-y", "own_yes"], is_flag=True, help="Do not ask, where it cannot be taken back."),
        click.Option(["--curl", "own_curl"], is_flag=True, help="Print the call as a curl command and send nothing."),
        click.Option(["--dry-run", "own_dry_run"], is_flag=True, help="Print the request and send nothing."),
    ]


def _options(operation: Operation) -> Iterator[click.Parameter]:
    many = len(operation.parameters) > _MANY
    for number, parameter in enumerate(operation.parameters):
        on_its_own: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if parameter.type == "boolean" else {}
        yield click.Option(
            [option_name(parameter), f"value_{number}"],
            type=_type(parameter),
            required=parameter.required,
            multiple=parameter.type == "array",
            metavar="JSON|@FILE|-" if parameter.location == "body" else None,
            help=short_meaning(parameter) if many else meaning(parameter),
            **on_its_own,
        )


def _type(parameter: Parameter) -> click.ParamType[Any]:
    if parameter.location == "body":
        return click.STRING
    if parameter.type == "file":
        return click.Path()
    if parameter.enum and all(isinstance(value, str) for value in parameter.enum):
        return click.Choice(list(parameter.enum))
    return _TYPES.get(parameter.item_type or parameter.type, click.STRING)


def _run(server: Server, operation: Operation, given: dict[str, Any]) -> None:
    from nomad_swagger.cli.calling import print_recipe, print_request, send

    own = {name: given.pop(f"own_{name}") for name in ("to", "format", "curl", "dry_run", "yes")}
    reads_stdin = "-" in given.values()
    arguments = _arguments(operation, given)
    if own["curl"]:
        print_recipe(_spec(server), operation, arguments)
    elif own["dry_run"]:
        print_request(server, _spec(server), operation, arguments)
    else:
        from nomad_swagger.cli.consent import Consent

        consent = Consent(yes=own["yes"], stdin_is_read=reads_stdin)
        send(server, consent, operation, arguments, own["to"])


def _spec(server: Server) -> Spec:
    spec: Spec | None = click.get_current_context().meta.get(__name__)
    return spec or describe_server(server)


def _arguments(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    from nomad_swagger.cli.values import read_body

    arguments: dict[str, Any] = {}
    for number, parameter in enumerate(operation.parameters):
        value = given[f"value_{number}"]
        if value is None or value == ():
            continue
        if parameter.location == "body":
            value = read_body(value)
        arguments[parameter.name] = list(value) if parameter.type == "array" else value
    return arguments
