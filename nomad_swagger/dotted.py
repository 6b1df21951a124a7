"""Get and put values by dotted path in nested dicts and lists.

``get({"a": [{"b": 1}]}, "a.0.b")`` is 1. A dict key that itself holds dots wins over descending, since v0 names
quantities like ``dft.code_name`` both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from nomad_swagger.jsontypes import object_inside


def get(data: object, path: str, default: object = None) -> Any:
    """Give the value at ``path``, or ``default`` where the path leads nowhere.

    Parameters
    ----------
    data : nested dicts and lists
    path : str
        Steps joined by dots; a number indexes a list; the empty path is ``data`` itself.
    default : any

    Examples
    --------
    >>> get({"data": {"upload_id": "x"}}, "data.upload_id")
    'x'
    """
    if not path:
        return data
    if isinstance(data, (dict, Mapping)):  # the dict first: asking an ABC takes as long as all the rest
        if path in data:
            return data[path]
        head, _, rest = path.partition(".")
        return get(data[head], rest, default) if rest and head in data else default
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        head, _, rest = path.partition(".")
        try:
            return get(data[int(head)], rest, default)
        except (ValueError, IndexError):
            return default
    return default


def first(data: object, paths: Iterable[str], default: object = None) -> Any:
    """Give the first value that is there and not None among several paths.

    Examples
    --------
    >>> first({"dft": {"code_name": "VASP"}}, ["code_name", "dft.code_name"])
    'VASP'
    """
    for path in paths:
        value = get(data, path)
        if value is not None:
            return value
    return default


def put(data: MutableMapping[str, object], path: str, value: object) -> None:
    """Set ``path`` to ``value``, making the dicts on the way.

    Examples
    --------
    >>> body = {}
    >>> put(body, "pagination.page_size", 10)
    >>> body
    {'pagination': {'page_size': 10}}
    """
    head, _, rest = path.partition(".")
    if not rest:
        data[head] = value
        return
    put(object_inside(data, head), rest, value)
