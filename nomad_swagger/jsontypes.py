"""Values of which only JSON's shape is known, taken apart one step at a time.

What a server, a document or a file says is an ``object`` until somebody has looked. These look, and give what mypy can
follow from there on. They must not know what a value means.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence


def as_object(value: object) -> Mapping[str, object]:
    """Give the value if it is a JSON object, else an empty one.

    Examples
    --------
    >>> as_object({"a": 1}), as_object(None), as_object([1])
    ({'a': 1}, {}, {})
    """
    return value if isinstance(value, Mapping) else {}


def as_dict(value: object) -> dict[str, object]:
    """Give the value if it is a JSON object that may be written into, else a new one.

    Examples
    --------
    >>> as_dict({"a": 1}), as_dict(True)
    ({'a': 1}, {})
    """
    return value if isinstance(value, dict) else {}


def as_items(value: object) -> Sequence[object]:
    """Give the value if it is a list, else none; text is no list.

    Examples
    --------
    >>> as_items([1, 2]), as_items("ab"), as_items(None)
    ([1, 2], (), ())
    """
    return value if isinstance(value, (list, tuple)) else ()


def as_text(value: object) -> str:
    """Give the value if it is text, else an empty one.

    Examples
    --------
    >>> as_text("a"), as_text(1)
    ('a', '')
    """
    return value if isinstance(value, str) else ""


def object_inside(holder: MutableMapping[str, object], key: str) -> dict[str, object]:
    """Give the object under a key, to be written into; one that is not there is put there.

    Raises
    ------
    TypeError
        Something else is there.

    Examples
    --------
    >>> body = {}
    >>> object_inside(body, "pagination")["page_size"] = 10
    >>> body
    {'pagination': {'page_size': 10}}
    """
    found = holder.setdefault(key, {})
    if not isinstance(found, dict):
        raise TypeError(f"{key!r} holds {type(found).__name__}, so nothing can be put inside it")
    return found
