"""A group of commands as a table: ``--help`` reads the table alone; a command's module is imported when it is run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from nomad_swagger.cli.failures import quiet_stdout
from nomad_swagger.cli.options import console_options

Table = Mapping[str, tuple[str, str]]
"""Command → (module below ``cli.commands``, what it does). The module's function has the command's name; one that
would hide a builtin has an underscore behind."""


class LazyGroup(click.Group):
    """A group whose commands are named in a table."""

    def __init__(self, *args: Any, table: Table, **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.table:
            return None
        module = importlib.import_module(f"nomad_swagger.cli.commands.{self.table[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"), None) or getattr(module, f"{cmd_name}_")
        return console_options(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whoever reads us may have enough (`| head`), of which click would make an error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            quiet_stdout()
            return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or offer the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.table:
            from nomad_swagger.errors import UnknownOperation

            raise UnknownOperation(args[0], self.table, where=f"as a command; `{ctx.command_path} --help` lists them")
        return super().resolve_command(ctx, args)
