"""Get and put values by dotted path in nested dicts and lists; a key that itself holds dots wins over descending."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any


def get(data: Any, path: str, default: Any = None) -> Any:
    """Give the value at ``path``, or ``default`` where the path leads nowhere.

    Examples
    --------
    >>> get({"a": [{"b": 1}]}, "a.0.b")
    1
    """
    head, _, rest = path.partition(".")
    if isinstance(data, Mapping):
        if path in data:
            return data[path]
        return get(data[head], rest, default) if rest and head in data else default
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)) and head.isdecimal() and int(head) < len(data):
        return get(data[int(head)], rest, default) if rest else data[int(head)]
    return default


def put(data: MutableMapping[str, Any], path: str, value: Any) -> None:
    """Set ``path`` to ``value``, making the dicts on the way.

    Examples
    --------
    >>> body = {}
    >>> put(body, "pagination.page_size", 10)
    >>> body
    {'pagination': {'page_size': 10}}
    """
    head, _, rest = path.partition(".")
    if rest:
        put(data.setdefault(head, {}), rest, value)
    else:
        data[head] = value
