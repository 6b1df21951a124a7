"""An operation in a few words: what ``client.repo.search?`` and a notebook show.

Knows what fits on a screen; ``nomad_swagger.describe`` tells the rest.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from nomad_swagger import display
from nomad_swagger.apispec.operations import Operation, Parameter, python_name

_WIDTH = 88
# Beyond that many, optional parameters are only named.
_MANY = 20


def operation_text(operation: Operation) -> str:
    """Give the docstring of an operation, with its parameters by their Python names."""
    return "\n".join(_lines(operation)) + "\n"


def operation_html(operation: Operation) -> str:
    """Give the operation as a notebook shows it."""
    title = f"{operation.full_name} ({operation.method} {operation.path})"
    rows = [(python_name(p.name), _kind(p), p.required, p.description) for p in _ordered(operation)]
    about = display.facts(title, {"what it does": operation.description or operation.summary})
    return about + display.grid(f"{len(rows)} parameters", ("name", "type", "required", "meaning"), rows)


def _lines(operation: Operation) -> Iterator[str]:
    yield f"[{operation.method}] {operation.summary or operation.full_name}"  # as bravado begins it
    if operation.description:
        yield ""
        yield from textwrap.wrap(operation.description, _WIDTH)
    yield ""
    yield f"{operation.path}; all about it: nomad_swagger.describe(client, {operation.full_name!r})"
    parameters = _ordered(operation)
    shown = parameters if len(parameters) <= _MANY else [p for p in parameters if p.required]
    if shown:
        yield from ("", "Parameters", "----------")
    for parameter in shown:
        yield f"{python_name(parameter.name)} : {_kind(parameter)}{'' if parameter.required else ', optional'}"
        yield from textwrap.wrap(parameter.description, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    rest = [python_name(p.name) for p in parameters if p not in shown]
    if rest:
        yield ""
        yield from textwrap.wrap(f"Optional: {', '.join(rest)}", _WIDTH, subsequent_indent="    ")


def _ordered(operation: Operation) -> list[Parameter]:
    return sorted(operation.parameters, key=lambda parameter: not parameter.required)


def _kind(parameter: Parameter) -> str:
    return f"list of {parameter.item_type}" if parameter.type == "array" else parameter.type
