"""The table of advice, ``advice.yaml``: what happened, what is known → what to try, in Python's words and the shell's.

Knows the table's keys and which row fits; who says it is no business of its. Keys of a row, of which those that are
there must all fit, the first row that does so wins:

``error``    a class of :mod:`nomad_swagger.errors`, or several
``status``   of an answer, or several
``words``    a regular expression that the message has, in any case
``command``  the command that was typed, or several (shell alone)
``login``    who calls: ``anonymous`` (it was typed), ``token`` or ``password`` (environment), ``other`` (shell alone)
``python``   what to try, for who calls a function
``shell``    what to try, for who typed a command
``try``      the next commands to type: see :mod:`nomad_swagger.cli.advice`
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from nomad_swagger.light import dataclass


@dataclass(frozen=True)
class Row:
    """One row of the table; the module's docstring explains the fields."""

    error: Sequence[str] = ()
    status: Sequence[int] = ()
    words: str = ""
    command: Sequence[str] = ()
    login: Sequence[str] = ()
    python: str = ""
    shell: str = ""
    tries: Sequence[str] = ()

    def fits(self, kinds: Sequence[str], message: str, status: int) -> bool:
        """Tell whether this row is about such an error, whoever calls."""
        return (
            (not self.error or any(kind in self.error for kind in kinds))
            and (not self.status or status in self.status)
            and (not self.words or re.search(self.words, message, re.IGNORECASE | re.DOTALL) is not None)
        )


def kinds_of(error: type[BaseException]) -> list[str]:
    """Give the names of an error's class and of those above it."""
    return [kind.__name__ for kind in error.__mro__]


def python_words(kind: type[BaseException], message: str, status: int = 0) -> str:
    """Give what to try, in Python's words, for an error that is about to be raised; empty for nothing."""
    kinds = kinds_of(kind)
    return next((row.python for row in table() if row.python and row.fits(kinds, message, status)), "")


@cache
def table() -> tuple[Row, ...]:
    """Give the rows, in their order."""
    from nomad_swagger.disk import read_yaml  # late: where nothing goes wrong, nothing is read

    text = files("nomad_swagger").joinpath("advice.yaml").read_text("utf-8")
    return tuple(_row(entry) for entry in read_yaml(text))


def _row(entry: Mapping[str, Any]) -> Row:
    given: dict[str, Any] = {
        key: value if key in ("words", "python", "shell") else _listed(value) for key, value in entry.items()
    }
    return Row(tries=given.pop("try", ()), **given)


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
