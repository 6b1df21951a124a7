"""The command line as pages, read from click: a page for each command, with those below it."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator

import click

from nomad_swagger.cli.main import COMMANDS, cli
from nomad_swagger.cli.options import console_options

PROGRAM = "nomad-swagger"
FOLDER = "reference/command-line"
_PLAIN = re.compile(r"([\\*_<>\[\]#|$])")


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give each command below a group, with the words that call it."""
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=PROGRAM)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield (*path, name), found
                yield from commands(found, (*path, name))


def pages() -> dict[str, str]:
    """Give the pages by their place."""
    made = {f"{FOLDER}/index.md": _index()}
    for name in COMMANDS:
        below = [(path, command) for path, command in commands() if path[0] == name]
        parts = [f"# {name}\n"]
        for path, command in below:
            parts.append(_about(path, command))
        made[f"{FOLDER}/{name}.md"] = "\n".join(parts)
    return made


def options(command: click.Command) -> list[click.Option]:
    """Give the options that are shown."""
    context = click.Context(console_options(command))
    return [option for option in command.get_params(context) if isinstance(option, click.Option) and not option.hidden]


def _index() -> str:
    rows = "\n".join(f"| [{name}]({name}.md) | {text} |" for name, (_, text) in COMMANDS.items())
    shared = "\n".join(_option(option, cli) for option in options(cli))
    tree = "\n".join(COMMANDS)
    return (
        "# The command line\n\n"
        f"{_prose(inspect.cleandoc(cli.help or ''))}\n\n"
        "`nomad-swagger help COMMAND` says the same as these pages, which are made from it. Exit codes are with the "
        "[errors](../errors.md#exit-codes).\n\n"
        f"| command | does |\n|---|---|\n{rows}\n\n"
        "## Options of all\n\n"
        "The commands that speak to a server take these, before or behind the command; the streams' own "
        "(`--quiet`, `--no-progress`, `--log-file`) and `--help` every command does.\n\n"
        f"{shared}\n\n"
        f"```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )


def _about(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join([PROGRAM, *path]))
    usage = context.get_usage().removeprefix("Usage: ")
    shared = {option.opts[-1] for option in options(cli)}
    own = [option for option in options(command) if option.opts[-1] not in shared]
    others = [option.opts[-1] for option in options(command) if option.opts[-1] in shared]
    parts = [f"## {' '.join(path)}\n" if len(path) > 1 else "", f"```text\n{_one_line(usage)}\n```\n"]
    parts.append(_prose(inspect.cleandoc(command.help or "")) + "\n")
    parts += [f"{_option(option, command)}\n" for option in own]
    if others:
        names = ", ".join(f"`{name}`" for name in others)
        parts.append(f"[As all commands](index.md#options-of-all): {names}.\n")
    return "\n".join(part for part in parts if part)


def _one_line(usage: str) -> str:
    return re.sub(r"\s*\n\s+", " ", usage)


def _option(option: click.Option, command: click.Command) -> str:
    shown = option.get_help_record(click.Context(command))
    names, text = shown if shown else (", ".join(option.opts), option.help or "")
    return f"`{names}`\n: {_escaped(text) or 'The format of what is printed.'}\n"


def _prose(text: str) -> str:
    """Turn click's text into Markdown: of what click keeps line by line, command lines become blocks of text."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text):
        plain = paragraph.replace("\b", "").strip("\n")
        if "\b" not in paragraph:
            parts.append(_escaped(" ".join(plain.split())))
        else:
            parts += _kept(inspect.cleandoc(plain).splitlines())
    return "\n\n".join(part for part in parts if part)


def _kept(lines: list[str]) -> Iterator[str]:
    """Give blocks of what was typed, or is aligned, and paragraphs of the lines between."""
    for typed, group in itertools.groupby(lines, _is_typed()):
        kept = list(group)
        yield "```text\n" + "\n".join(kept) + "\n```" if typed else _escaped(" ".join(kept).strip())


def _is_typed() -> Callable[[str], bool]:
    """Give what tells of each line, one after the other, whether it is typed."""
    going_on = False

    def tell(line: str) -> bool:
        nonlocal going_on
        typed = going_on or line.startswith((PROGRAM, "{")) or "  " in line
        going_on = typed and line.endswith("\\")
        return typed

    return tell


def _escaped(text: str) -> str:
    """Keep Markdown from reading stars, angle brackets and the like in text that is none; options become code."""
    pieces = re.split(r"(`[^`]+`|(?<![\w-])--[a-z][\w-]*)", text)
    return "".join(as_code(piece) if piece[:1] in ("`", "-") else _PLAIN.sub(r"\\\1", piece) for piece in pieces)


def as_code(text: str) -> str:
    """Give text as code, once."""
    return text if text.startswith("`") or not text.startswith("--") else f"`{text}`"
