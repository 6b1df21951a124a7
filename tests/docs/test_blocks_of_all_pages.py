"""Every block on every page is code that its language takes, and every command line names options that there are.

The how-tos, tutorials and README are run besides; the guide's blocks are not, since many are one line of several ways.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from docs.site import command_line
from docs.site.stage import Stage
from nomad_swagger.cli.main import cli

BLOCK = re.compile(r"^```(?:\{code-block\} )?(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# their options come from the operation that is named
OF_OPERATIONS = {"call"}


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    for place, text in Stage().pages.items():
        if place.endswith(".md") and not place.startswith("reference/command-line/"):
            yield from ((place, code) for language, code in BLOCK.findall(text) if language in languages)


def command_lines() -> Iterator[tuple[str, str]]:
    for place, code in blocks("console", "shell", "bash"):
        for line in code.replace("\\\n", " ").splitlines():
            for found in re.finditer(r"(?:^|[$(|]\s*)nomad-swagger (.*)", line):
                yield place, found[1]


def words_of(line: str) -> list[str]:
    """Give the words of one command: up to a pipe, a redirection or the bracket that ends it."""
    words = shlex.shlex(re.sub(r"\$\([^()]*\)", "VALUE", line), posix=True, punctuation_chars="|<>;&)")
    words.whitespace_split, words.commenters = True, "#"
    found: list[str] = []
    for word in words:
        if re.fullmatch(r"[|<>;&)]+", word):
            break
        found.append(word)
    return found


def unknown(words: list[str]) -> list[str]:
    """Give what no command, or no option of it, is."""
    at: click.Command = cli
    while isinstance(at, click.Group) and words and not words[0].startswith("-"):
        if at.name in OF_OPERATIONS:
            return []
        below = at.get_command(click.Context(at), words[0])
        if below is None:
            return [words[0]]
        at, words = below, words[1:]
    known = {name for one in command_line.options(at) for name in (*one.opts, *one.secondary_opts)}
    asked = [word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]
    return [word for word in asked if word not in known]


def test_every_command_line_names_commands_and_options_that_there_are() -> None:
    lines = list(command_lines())
    assert len(lines) > 100
    wrong = {f"{place}: {line}": lost for place, line in lines if (lost := unknown(words_of(line)))}
    assert wrong == {}


def test_every_block_of_python_is_python() -> None:
    found = list(blocks("python"))
    assert len(found) > 30
    for place, code in found:
        try:
            ast.parse(code)
        except SyntaxError as error:
            pytest.fail(f"{place}: {error}\n{code}")


def test_a_wrong_option_and_a_wrong_command_are_found() -> None:
    assert unknown(words_of("serch elements=Si")) == ["serch"]
    assert unknown(words_of("dataset create x --nonsense 3 | grep -v y")) == ["--nonsense"]
    assert unknown(words_of("upload - --wait > file  # --nonsense")) == []
