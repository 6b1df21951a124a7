"""Copies of the original's words that no Swagger 2.0 tool will mistake for its own.

What Swagger 2.0 cannot say is kept under an ``x-`` key for people and for our own explorer. bravado walks into those
too: it follows every ``$ref``, and takes anything with a type and a title for a model. Knows which keys wake it;
it must not know where the copies go.
"""

from __future__ import annotations

AWAKE = frozenset({"x-model", "x-scope"})
"""Keys that bravado writes itself and trusts when it finds them."""

_SCHEMAS = "#/components/schemas/"


def inert(value: object) -> object:
    """Copy ``value`` with ``$ref`` renamed to ``x-ref`` and the title of a schema to ``x-title``.

    Examples
    --------
    >>> inert([{"$ref": "#/components/schemas/And"}])
    [{'x-ref': '#/definitions/And'}]
    """
    if isinstance(value, dict):
        model = _is_model(value)
        return {_name(str(key), item, model): _content(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [inert(item) for item in value]
    return value


def is_inert(value: object) -> bool:
    """Tell whether ``value`` can stand as it is."""
    if isinstance(value, dict):
        asleep = not _is_model(value) and not any(_wakes(key, item) for key, item in value.items())
        return asleep and all(map(is_inert, value.values()))
    if isinstance(value, list):
        return all(map(is_inert, value))
    return True


def _is_model(value: dict[object, object]) -> bool:
    return isinstance(value.get("title"), str) and ("allOf" in value or value.get("type") == "object")


def _wakes(key: object, item: object) -> bool:
    return (key == "$ref" and isinstance(item, str)) or key in AWAKE


def _name(key: str, item: object, model: bool) -> str:
    if _wakes(key, item):
        return "x-ref" if key == "$ref" else f"x-original-{key}"
    return "x-title" if model and key == "title" else key


def _content(key: object, item: object) -> object:
    if key == "$ref" and isinstance(item, str) and item.startswith(_SCHEMAS):
        return f"#/definitions/{item[len(_SCHEMAS) :]}"
    return inert(item)
