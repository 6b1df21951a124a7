"""Quoting for a POSIX shell, with secrets left in their variables, and long commands over several lines."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from nomad_swagger.explore.secret import Secret, Text

_WIDTH = 100


def quoted(*parts: Text) -> str:
    """Give texts, joined, as one word of a shell; ``"…$NOMAD_TOKEN"`` where a secret is among them.

    Examples
    --------
    >>> quoted("a b"), quoted("token=", Secret())
    ("'a b'", '"token=$NOMAD_TOKEN"')
    """
    if not any(isinstance(part, Secret) for part in parts):
        return shlex.quote("".join(str(part) for part in parts))
    inside = "".join(
        f"{_escaped(part.prefix)}${part.variable}" if isinstance(part, Secret) else _escaped(part) for part in parts
    )
    return f'"{inside}"'


def file_word(path: Path | str) -> str:
    """Give a path as one word that no command takes for an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def command(*groups: str) -> str:
    """Join groups of words, quoted already, on one line; or one group per line where that gets too long.

    Examples
    --------
    >>> command("curl -L", "-o download.zip", "http://127.0.0.1/")
    'curl -L -o download.zip http://127.0.0.1/'
    """
    line = " ".join(groups)
    return line if len(line) <= _WIDTH and "\n" not in line else " \\\n  ".join(groups)


def _escaped(text: str) -> str:
    return re.sub(r'([\\$`"])', r"\\\1", text)
