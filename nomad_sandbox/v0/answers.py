"""The forms of v0's answers: JSON as it is written there, and its two shapes of errors.

Knows Flask's responses. It must not know operations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import default_exceptions
from werkzeug.http import HTTP_STATUS_CODES


class Refusal(Exception):
    """An error answer.

    Attributes
    ----------
    status : int
    message : str or None
        Why; most errors have it.
    description : str or None
        Instead of the general text of the status; errors about queries and owners have only this.
    errors : dict or None
        What is wrong with each field.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        description: str | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or description or str(status))
        self.status = status
        self.message = message
        self.description = description
        self.errors = errors


def invalid_payload(errors: Mapping[str, str]) -> Refusal:
    """Give the refusal of a body or of parameters that do not fit the document."""
    return Refusal(400, "Input payload validation failed", errors=errors)


def need_login() -> Refusal:
    """Give the refusal of an operation that nobody may call without a login."""
    return Refusal(401, "Authentication is required for this endpoint")


def json_answer(data: Any, status: int = 200) -> Response:
    """Give data as v0 writes it: indented by two, a newline at the end."""
    body = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Response(body, status, content_type="application/json")


def without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the keys without a value, as v0's models do."""
    return {key: value for key, value in data.items() if value is not None}


def error_answer(refusal: Refusal) -> Response:
    """Give an error as v0 writes it: compact, keys in order."""
    code = refusal.status
    general = default_exceptions[code].description if code in default_exceptions else None
    body: dict[str, Any] = {
        "code": code,
        "name": HTTP_STATUS_CODES.get(code, "Error"),
        "description": refusal.description or general or "No description available",
        "message": refusal.message,
        "errors": refusal.errors,
    }
    if code == 500:
        body["description"] = "No description available"
    text = json.dumps(without_none(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Response(text, code, content_type="application/json")


def apply_mask(data: Any, fields: str) -> Any:
    """Keep only some keys, as the ``X-Fields`` header asks for: ``a,b{c,d}``, ``*`` for all others.

    Examples
    --------
    >>> apply_mask({"a": 1, "b": {"c": 2, "d": 3}}, "{b{c}}")
    {'b': {'c': 2}}
    """
    tree, _ = _parse_mask(fields.strip().removeprefix("{"), 0)
    return _keep(data, tree)


def _parse_mask(text: str, start: int) -> tuple[dict[str, Any], int]:
    tree: dict[str, Any] = {}
    name, at = "", start
    while at < len(text):
        char = text[at]
        if char == "{":
            tree[name.strip()], at = _parse_mask(text, at + 1)
            name = ""
        elif char in ",}":
            if name.strip():
                tree[name.strip()] = None
            name = ""
            if char == "}":
                return tree, at
        else:
            name += char
        at += 1
    if name.strip():
        tree[name.strip()] = None
    return tree, at


def _keep(data: Any, tree: Mapping[str, Any]) -> Any:
    if isinstance(data, list):
        return [_keep(item, tree) for item in data]
    if not isinstance(data, dict):
        return data
    names = [*data] if "*" in tree else [name for name in data if name in tree]
    return {name: _keep(data[name], tree[name]) if tree.get(name) else data[name] for name in names}
