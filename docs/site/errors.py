"""Errors, exit codes and advice as a page, from the code's own tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from nomad_swagger import advice, errors
from nomad_swagger.cli.exit_codes import MEANINGS, exit_code

_NO_ADVICE = "—"


def page(about: str) -> str:
    """Give the page.

    Parameters
    ----------
    about : str
        What the guide says of errors.
    """
    codes = "\n".join(f"| {code} | {_with_code(words)} | {_kinds(code)} |" for code, words in MEANINGS.items())
    return (
        f"# Errors and exit codes\n\n{about}\n\n"
        f"## Exit codes\n\n| code | meaning | errors |\n|---:|---|---|\n{codes}\n\n"
        "An error has the code of its own class, else of the nearest above it. A description that is missing since the "
        "network is has 6.\n\n"
        f"## The tree\n\n```text\n{_tree()}\n```\n\n"
        "## Each of them\n\n```{eval-rst}\n.. py:currentmodule:: nomad_swagger\n\n"
        + "\n".join(_directive(kind) for kind in all_errors())
        + "```\n\n"
        "## What to try\n\n"
        "Below an error stand the next commands; in Python the message ends with what to try. The first row that "
        "fits wins. *words* are what the message has, as a regular expression; capitals stand for what was "
        "typed.\n\n"
        f"{_advice()}\n"
    )


def all_errors() -> Iterator[type[errors.NomadError]]:
    """Give every error, each after the one that it is a kind of."""
    yield errors.NomadError
    yield from _below(errors.NomadError)


def _below(kind: type[errors.NomadError]) -> Iterator[type[errors.NomadError]]:
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            if not below.__name__.startswith("_"):
                yield below
            yield from _below(below)


def _kinds(code: int) -> str:
    """Give the errors of a code, without those whose parent has the same one."""

    def parents_differ(kind: type[errors.NomadError]) -> bool:
        return all(not _may_be_made(base) or _code(base) != code for base in kind.__bases__)

    found = [kind for kind in all_errors() if _code(kind) == code and parents_differ(kind)]
    return ", ".join(f"[{kind.__name__}](#{_anchor(kind)})" for kind in found)


def _may_be_made(kind: type) -> bool:
    return issubclass(kind, errors.NomadError)


def _code(kind: type[BaseException]) -> int:
    return exit_code(kind.__new__(kind))


def _anchor(kind: type[errors.NomadError]) -> str:
    return f"nomad_swagger.{_public(kind)}"


def _public(kind: type[errors.NomadError]) -> str:
    import nomad_swagger

    return kind.__name__ if kind.__name__ in nomad_swagger.__all__ else f"errors.{kind.__name__}"


def _directive(kind: type[errors.NomadError]) -> str:
    return f".. autoexception:: nomad_swagger.{_public(kind)}\n   :show-inheritance:\n"


def _tree() -> str:
    return inspect.cleandoc((errors.__doc__ or "").split("::\n", 1)[1])


def _advice() -> str:
    rows = []
    for row in advice.table():
        what = " · ".join(filter(None, [", ".join(row.error), ", ".join(map(str, row.status)), *_conditions(row)]))
        tries = "<br>".join(f"`{_typed(line)}`" for line in row.tries)
        shell = "<br>".join(filter(None, [_cell(row.shell), tries])) or _NO_ADVICE
        rows.append(f"| {what} | {shell} | {_cell(row.python) or _NO_ADVICE} |")
    return "| error | in the shell | in Python |\n|---|---|---|\n" + "\n".join(rows)


def _typed(line: str) -> str:
    """Give a command to try, with capitals for what an error fills in; the server stands there as it was typed."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), line.replace("{server}", ""))


def _with_code(text: str) -> str:
    return re.sub(r"(`[^`]+`)|(--[a-z][a-z-]*)", lambda found: found[1] or f"`{found[2]}`", text)


def _conditions(row: advice.Row) -> Iterator[str]:
    if row.words:
        words = row.words.replace("|", "`, `").replace("\\\\", "\\")
        yield f"words: `{words}`"
    if row.command:
        yield f"command: {', '.join(row.command)}"
    if row.login:
        yield f"login: {', '.join(row.login)}"


def _cell(text: str) -> str:
    plain = " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")
    return _with_code(plain)
