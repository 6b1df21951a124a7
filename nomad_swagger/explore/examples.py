"""One call in two spellings: as Python with our client, and as a command.

Knows how values are quoted for Python and for a POSIX shell, and how ``call`` spells its options.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from keyword import iskeyword
from pathlib import Path

from nomad_swagger.apispec.operations import Operation, python_name
from nomad_swagger.explore.meanings import option_name
from nomad_swagger.explore.secret import Secret, Text
from nomad_swagger.explore.shell import quoted


def python_call(operation: Operation, arguments: Mapping[str, object]) -> str:
    """Give ``client.<tag>.<operation>(…).response().result``."""
    return f"client.{operation.full_name}({keywords(operation, arguments)}).response().result"


def keywords(operation: Operation, arguments: Mapping[str, object]) -> str:
    """Give arguments as a Python call has them; names that are no identifiers go as ``**{…}``."""
    named, odd = [], {}
    for name, value in arguments.items():
        parameter = operation.parameter(name)
        text = f'open({literal(str(value))}, "rb")' if parameter and parameter.type == "file" else literal(value)
        spelled = python_name(name)
        if spelled.isidentifier() and not iskeyword(spelled):
            named.append(f"{spelled}={text}")
        else:
            odd[name] = text
    if odd:
        named.append("**{" + ", ".join(f"{literal(name)}: {text}" for name, text in odd.items()) + "}")
    return ", ".join(named)


def literal(value: object) -> str:
    """Give a value as Python source; text with double quotes where that needs no escape.

    Examples
    --------
    >>> literal({"atoms": ["Si"]})
    '{"atoms": ["Si"]}'
    """
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text and "\\'" not in text else text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, date):  # a datetime is one too
        return f"{type(value).__name__}.fromisoformat({literal(value.isoformat())})"
    if isinstance(value, float) and repr(value) in ("nan", "inf", "-inf"):
        return f'float("{value!r}")'
    return repr(value) if value is None or isinstance(value, (bool, int, float, bytes)) else literal(str(value))


def shell_call(operation: Operation, arguments: Mapping[str, object]) -> str:
    """Give ``call <tag>.<operation> --name value``, quoted for a POSIX shell."""
    return " ".join(["call", operation.full_name, *option_words(operation, arguments)])


def option_words(operation: Operation, arguments: Mapping[str, object]) -> Iterator[str]:
    """Give ``--name value`` for each argument, quoted; a :class:`Secret` stays in its variable."""
    for name, value in arguments.items():
        parameter = operation.parameter(name)
        if parameter is None:
            continue  # a credential, which the command takes from its own login
        option = option_name(parameter)
        if parameter.location == "body":
            yield f"{option} {shlex.quote(json_text(value))}"
            continue
        for item in value if parameter.type == "array" and isinstance(value, Iterable) else [value]:
            text = shell_text(item)
            dash = isinstance(text, str) and text.startswith("-")
            yield f"{option}{'=' if dash else ' '}{quoted(text)}"


def shell_text(value: object) -> Text:
    """Give a value as an option takes it."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def json_text(value: object) -> str:
    """Give a body as JSON; times as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=_json)


def _json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path) or not isinstance(value, Iterable):
        return str(value)
    return list(value)
