"""Recipes for our own command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.calls.plan import Option, Word
from nomad_swagger.explore.examples import option_words
from nomad_swagger.explore.ingredients import Ingredients
from nomad_swagger.explore.shell import command, file_word, quoted
from nomad_swagger.settings import ENV_TOKEN


def command_line(
    made_of: Ingredients,
    spec: Spec,
    api_url: str,
    operation: Operation,
    arguments: Mapping[str, Any],
    *,
    yes: bool = False,
) -> str:
    """Give the call as ``nomad-swagger call``; ``arguments`` have secrets already replaced."""
    words = list(option_words(operation, arguments))
    if made_of.save_as:
        words.append(f"--to {file_word(made_of.save_as)}")
    if yes:  # what cannot be taken back, where nobody can be asked
        words.append("--yes")
    return command(f"{program(spec, api_url, login=_logs_in(made_of))} call {operation.full_name}", *words)


def command_words(words: Iterable[Word]) -> Iterator[str]:
    """Give the words of a command of ours, quoted for a shell.

    Examples
    --------
    >>> list(command_words(["publish", Option("comment", "two words"), Option("yes"), "-id"]))
    ['publish', "--comment 'two words'", '--yes', '-- -id']
    """
    for word in words:
        if isinstance(word, Option) and word.value is None:
            yield f"--{word.name}"
        elif isinstance(word, Option):
            assert word.value is not None
            yield f"--{word.name}{'=' if word.value.startswith('-') else ' '}{quoted(word.value)}"
        elif isinstance(word, Path):
            yield file_word(word)
        else:  # an id that begins with a dash is no option
            yield f"-- {quoted(word)}" if word.startswith("-") else quoted(word)


def flow_command(made_of: Ingredients, spec: Spec, api_url: str, words: list[str]) -> str:
    """Give a helper's own command; ``words`` are its name and its arguments, quoted already."""
    name, *arguments = words
    return command(f"{program(spec, api_url, login=_logs_in(made_of))} {name}", *arguments)


def program(spec: Spec, api_url: str, *, login: bool) -> str:
    """Give the beginning of a command: the token, the program, the server, and the description where it is pinned."""
    token = f'{ENV_TOKEN}="$NOMAD_TOKEN" ' if login else ""
    pinned = f" --spec {shlex.quote(spec.origin.where)}" if spec.origin.kind in ("snapshot", "file") else ""
    return f"{token}nomad-swagger --url {shlex.quote(api_url)}{pinned}"


def _logs_in(made_of: Ingredients) -> bool:
    return any(name == "Authorization" for name, _ in made_of.headers)
