"""``completion install`` and ``completion show``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from nomad_swagger.cli.lazy import LazyGroup, Table
from nomad_swagger.cli.options import without_server
from nomad_swagger.cli.output import note, say

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS: Table = {
    "install": ("completion", "Let TAB complete commands, search words, values and ids from the next shell on."),
    "show": ("completion", "Print the script, to be put somewhere else."),
}
_SHELL = click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)


@click.group(cls=LazyGroup, table=COMMANDS)
@without_server
def completion() -> None:
    """Completion with TAB for bash, zsh and fish."""


@click.command()
@_SHELL
def install(shell: str | None) -> None:
    """Write the script, and a line into .bashrc or .zshrc that reads it; again changes nothing."""
    from nomad_swagger.cli.shells import script_path, startup_file, this_shell
    from nomad_swagger.disk import make_private, write_atomically

    shell = shell or this_shell()
    path = script_path(shell)
    make_private(path.parent)
    write_atomically(path, _script(shell).encode())
    note(f"written: {path}")
    reads = startup_file(shell)
    if reads is not None:
        note(f"{reads} {'reads it now' if _add_line(reads, path) else 'reads it already'}")
    note(f"open a new {shell}, or: source {shlex.quote(str(path))}")


@click.command()
@_SHELL
def show(shell: str | None) -> None:
    """Print the script."""
    from nomad_swagger.cli.shells import this_shell

    say(_script(shell or this_shell()).rstrip("\n"))


def _script(shell: str) -> str:
    from nomad_swagger.cli.main import cli
    from nomad_swagger.cli.shells import SHELLS

    return SHELLS[shell](cli, {}, "nomad-swagger", "_NOMAD_SWAGGER_COMPLETE").source()


def _add_line(file: Path, script: Path) -> bool:
    """Add the line that reads the script, where it is not there; gives whether it was added."""
    line = f"[ -r {shlex.quote(str(script))} ] && . {shlex.quote(str(script))}"
    there = file.read_text("utf-8") if file.exists() else ""
    if line in there.splitlines():
        return False
    with file.open("a", encoding="utf-8") as end:
        end.write(f"{'' if there.endswith(chr(10)) or not there else chr(10)}{line}\n")
    return True
