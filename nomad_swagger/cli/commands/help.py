"""``help``."""

from __future__ import annotations

import click

from nomad_swagger.cli.options import offered
from nomad_swagger.cli.output import say
from nomad_swagger.errors import UnknownOperation


@click.command("help")
@click.argument("words", metavar="[COMMAND]...", nargs=-1, shell_complete=offered("command_names"))
@click.pass_context
def help_(ctx: click.Context, /, words: tuple[str, ...]) -> None:
    """Say what a command does and takes: nomad-swagger help dataset create."""
    at = ctx.find_root()
    for word in words:
        group = at.command
        found = group.get_command(at, word) if isinstance(group, click.Group) else None
        if found is None:
            known = group.list_commands(at) if isinstance(group, click.Group) else ()
            raise UnknownOperation(word, known, where=f"as a command; `{at.command_path} --help` lists them")
        at = click.Context(found, parent=at, info_name=word)
    say(at.get_help())
