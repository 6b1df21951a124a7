"""The language in which a query requires parts of archives: keys with indices and ranges, the same on every generation.

``{"section_run": {"section_system[-1]": {"atom_labels": "*"}}}``. Knows keys and lists, and NOMAD's own oddities with
them. It must not know HTTP; what a directive like ``"*"`` means beyond v0, the face of v1 knows.

Source: NOMAD 0.8.6 ``nomad/archive.py``, NOMAD 1.4.3 ``nomad/archive/query.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEY = re.compile(r"([\s\w\-]+)(\[([-?0-9]*)(:([-?0-9]*))?\])?")


class NotUnderstood(ValueError):
    """A requirement that cannot be understood, or does not fit what is there."""


class BadKey(NotUnderstood):
    """A name that is not ``name``, ``name[index]`` or ``name[first:last]``.

    Attributes
    ----------
    key : str
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"invalid key format: {key}")
        self.key = key


class BadNumber(BadKey):
    """The form is right, and an index is no number. (NOMAD's pattern lets ``?`` and lone signs through.)"""


class NoList(NotUnderstood):
    """An index for what is no list."""


class Unforeseen(NotUnderstood):
    """What NOMAD does not think of, and stumbles over: names below a number, nothing in the place of a directive."""


@dataclass(frozen=True)
class Key:
    """A name with what is wanted of a list.

    Attributes
    ----------
    name : str
    index : int or None
        One item; None for all of them, or for those of `span`.
    span : pair of int or None
        First, and the one behind the last; None for the end.
    """

    name: str
    index: int | None = None
    span: tuple[int, int | None] | None = None

    @property
    def wants_list(self) -> bool:
        """Whether only a list has what is wanted."""
        return self.index is not None or self.span is not None


def parse_key(text: str) -> Key:
    """Read a key.

    Raises
    ------
    BadKey

    Examples
    --------
    >>> parse_key("section_system[-2:]")
    Key(name='section_system', index=None, span=(-2, None))
    """
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise BadKey(text)
    name, brackets, first, colon, last = found.groups()
    if brackets is None:
        return Key(name)
    try:
        start, end = int(first) if first else None, int(last) if last else None
    except ValueError as error:
        raise BadNumber(text) from error
    return Key(name, span=(start or 0, end)) if colon else Key(name, index=start)


def _inside(index: int, length: int) -> int:
    return max(-length, index) if index < 0 else min(length, index)


def take(section: Mapping[str, Any], key: Key) -> Any:
    """Give what a key names in a section; of a list always a list, also where one item is wanted.

    A negative index before the first item gives the first one; a range whose ends are equal gives one item, not none.

    Raises
    ------
    KeyError, IndexError
        It is not there.
    NoList
    """
    value = section[key.name]
    if not isinstance(value, list):
        if key.wants_list:
            raise NoList(f"cannot use list key on none list {key.name}")
        return value
    length = len(value)
    if key.index is not None:
        return [value[_inside(key.index, length)]]
    if key.span is None:
        return value
    start, end = _inside(key.span[0], length), None if key.span[1] is None else _inside(key.span[1], length)
    return [value[start]] if start == end else value[start:end]


def cut(archive: Any, required: Any) -> Any:
    """Give the required part of an archive as v0 does; what is not there is left out.

    Only a dict asks for less than everything: any other word than ``"*"`` means the same as that.

    Raises
    ------
    NotUnderstood

    Examples
    --------
    >>> cut({"a": [{"b": 1, "c": 2}, {"b": 3}]}, {"a[-1]": {"b": "*"}})
    {'a': [{'b': 3}]}
    """
    if not isinstance(required, Mapping):
        return archive
    part: dict[str, Any] = {}
    for text, below in required.items():
        key = parse_key(text)
        if not isinstance(archive, Mapping):
            raise Unforeseen(f"{key.name} is required of {archive!r}, which is no section")
        try:
            value = take(archive, key)
        except (KeyError, IndexError):
            continue
        part[key.name] = [cut(item, below) for item in value] if isinstance(value, list) else cut(value, below)
    return part
