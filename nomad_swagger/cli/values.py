"""From the words of a command line to the values of parameters, by the types that the document gives them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from nomad_swagger.apispec.operations import Parameter
from nomad_swagger.errors import UsageError

_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def read_value(parameter: Parameter, value: Any) -> Any:
    """Give the value that a parameter takes for a word, or for a list of words.

    Raises
    ------
    UsageError
        The word does not fit.

    Examples
    --------
    >>> read_value(Parameter("page", "query", "integer"), "2")
    2
    """
    if parameter.location == "body":
        return read_body(str(value))
    if parameter.type == "array":
        return [
            _scalar(parameter, parameter.item_type, word) for word in (value if isinstance(value, list) else [value])
        ]
    if isinstance(value, list):
        raise UsageError(f"{parameter.name} takes one value, not {len(value)}")
    return _scalar(parameter, parameter.type, value)


def read_body(text: str) -> Any:
    """Give a JSON body: the text itself, ``@file``, or ``-`` for standard input.

    Raises
    ------
    UsageError
        It is no JSON, or there is no such file.
    """
    where = "the body"
    if text == "-":
        where, text = "standard input", sys.stdin.read()
    elif text.startswith("@"):
        where = text[1:]
        try:
            text = Path(where).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{where}: cannot be read: {error}") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is no JSON: {error}. Give JSON, @FILE or -") from error


def _scalar(parameter: Parameter, kind: str, word: Any) -> Any:
    text = str(word)
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError as error:
        raise UsageError(f"{parameter.name}: {text!r} is no {kind}") from error
    if kind == "boolean":
        if text.lower() not in _YES + _NO:
            raise UsageError(f"{parameter.name}: {text!r} is neither true nor false")
        return text.lower() in _YES
    return text
