"""``required``, NOMAD's way to ask for parts of an archive: checked, made from paths, and carried out on our side.

``{"section_run": {"section_system[-1]": {"atom_labels": "*"}}}``: a name may carry an index (``[-1]``) or a range
(``[0:3]``) of a list, and ``"*"`` takes all that is below. What is not there is left out, and a list stays a list.

Source: ``query_archive`` in ``nomad/archive.py`` of 0.8.6; ``nomad/archive/query.py`` and ``required.py`` of 1.4.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from nomad_swagger.errors import UsageError
from nomad_swagger.light import dataclass
from nomad_swagger.science.values import EVERY, described, index_of, is_list, steps_of

_NUMBER = r"-?\d+"
# NOMAD 2.0 takes no notice of a key with a blank before its bracket.
_KEY = re.compile(rf"(?P<name>[\w\-]+(?: [\w\-]+)*)(\[(?P<first>{_NUMBER})?(?P<range>:(?P<last>{_NUMBER})?)?\])?")
_ALL = "*"
_RESOLVED = "include-resolved"
_ENDS = (_ALL, "include", _RESOLVED)
_IN_PLACE = "resolve-inplace"


def check_required(required: Any) -> None:
    """Refuse a ``required`` that no NOMAD understands.

    Parameters
    ----------
    required : dict or str
        Nested names of sections and quantities, with ``"*"``, ``"include"`` or ``"include-resolved"`` at the ends. At
        the root there may be ``"resolve-inplace": True``, for servers that know it.

    Raises
    ------
    UsageError
        Names the place.

    Examples
    --------
    >>> check_required({"run[-1]": {"system": "*"}})
    """
    if isinstance(required, Mapping) and not isinstance(required.get(_IN_PLACE, False), bool):
        raise UsageError(f"required: {_IN_PLACE!r} is True or False, not {required[_IN_PLACE]!r}")
    wanted = _without_flag(required)
    if wanted == {}:
        raise UsageError("required is empty, which asks for nothing; '*' is all")
    _check(wanted, ())


def project(archive: Mapping[str, Any], required: Any) -> dict[str, Any]:
    """Cut an archive down to what is required, as the servers do that can.

    Parameters
    ----------
    archive : dict
        A whole one.
    required : dict or str
        As for :func:`check_required`. References are not resolved on our side.

    Raises
    ------
    UsageError
        It cannot be understood, wants references resolved, or does not fit the archive: an index for what is no list,
        names below what is no section.

    Examples
    --------
    >>> project({"run": [{"a": 1}, {"a": 2, "b": 3}]}, {"run[-1]": {"a": "*"}})
    {'run': [{'a': 2}]}
    """
    check_required(required)
    if isinstance(required, Mapping) and required.get(_IN_PLACE):
        raise UsageError(f"required: {_IN_PLACE!r} needs a server that resolves references, and this one cannot")
    return dict(_cut(archive, _without_flag(required), ""))


def moves_items(required: Any, names: Sequence[str]) -> bool:
    """Tell whether the items of a list stand elsewhere in the part than in the whole archive.

    Parameters
    ----------
    required : dict or str or None
    names : sequence of str
        Of the sections on the way to the list, and of the list itself.

    Examples
    --------
    >>> moves_items({"run[0]": {"system[-1]": "*"}}, ["run", "system"])
    True
    >>> moves_items({"run[0]": {"system[:3]": "*"}}, ["run", "system"])
    False
    """
    if not isinstance(required, Mapping) or not names:
        return False
    for text, below in _without_flag(required).items():
        key = _KEY.fullmatch(text)
        if key is None or key["name"] != names[0]:
            continue
        if len(names) == 1 and int(key["first"] or 0) != 0:
            return True
        if moves_items(below, names[1:]):
            return True
    return False


def required_for(*paths: str) -> Any:
    """Give the ``required`` that fetches just what some paths lead to.

    The paths mean the same in the part as in the whole archive: an index other than 0 and -1 becomes a range from the
    list's end, and where paths differ in the index, all that they need is fetched.

    Parameters
    ----------
    *paths : str
        As for :func:`nomad_swagger.science.values.value`.

    Returns
    -------
    dict or str
        ``"*"`` where a path is the whole archive.

    Raises
    ------
    UsageError
        A path that ``required`` has no words for.

    Examples
    --------
    >>> required_for("run/-1/system/0/atoms")
    {'run[-1]': {'system[0]': {'atoms': '*'}}}
    >>> required_for("run/0/system/-1/atoms", "run/0/system/2/type", "run/0/program/name")
    {'run[0]': {'system': {'atoms': '*', 'type': '*'}, 'program': {'name': '*'}}}
    """
    root = _Wanted()
    for path in paths:
        root.add(list(steps_of(path)), path)
    return root.required()


@dataclass
class _Wanted:
    """What paths want of a section: all of it, or names; and which items of the list that it is in."""

    whole: bool = False
    below: dict[str, _Wanted] = field(default_factory=dict)
    indices: set[int | None] = field(default_factory=set)

    def add(self, steps: list[str], path: str) -> None:
        if not steps:
            self.whole = True
            return
        name, *rest = steps
        key = _KEY.fullmatch(name)
        if key is None or key["name"] != name or index_of(name) is not None:
            raise UsageError(f"{path!r} cannot be fetched by itself: {name!r} is no name of a section or quantity")
        index = None
        if rest and _is_index(rest[0]):
            index = index_of(rest.pop(0))
            if rest and _is_index(rest[0]):
                rest = []  # there are no words for a list in a list
        child = self.below.setdefault(name, _Wanted())
        child.indices.add(index)
        child.add(rest, path)

    def required(self) -> Any:
        if self.whole:
            return _ALL
        return {f"{name}{_brackets(child.indices)}": child.required() for name, child in self.below.items()}


def _is_index(step: str) -> bool:
    return step == EVERY or index_of(step) is not None


def _brackets(indices: set[int | None]) -> str:
    """Give the index or range that has some items of a list, each where an index finds it in the whole list."""
    numbers = [index for index in indices if index is not None]
    if len(numbers) < len(indices) or min(numbers) < 0 <= max(numbers):
        return ""
    if indices in ({0}, {-1}):
        return f"[{numbers[0]}]"
    return f"[0:{max(numbers) + 1}]" if numbers[0] >= 0 else f"[{min(numbers)}:]"


def _without_flag(required: Any) -> Any:
    if not isinstance(required, Mapping):
        return required
    return {name: below for name, below in required.items() if name != _IN_PLACE}


def _check(required: Any, done: tuple[str, ...]) -> None:
    where = f" at {'/'.join(done)!r}" if done else ""
    if isinstance(required, Mapping):
        for key, below in required.items():
            if not isinstance(key, str) or _KEY.fullmatch(key) is None:
                raise UsageError(
                    f"required: {key!r}{where} is no name of a section or quantity; for a list it may have an index "
                    "([-1]) or a range ([0:3]) behind it"
                )
            _check(below, (*done, key))
    elif required not in _ENDS:
        raise UsageError(
            f"required: {required!r}{where}; say {', '.join(map(repr, _ENDS))} for all that is below, or a dict"
        )


def _cut(thing: Any, required: Any, where: str) -> Any:
    if required == _RESOLVED:
        raise UsageError(f"required: {_RESOLVED!r} needs a server that resolves references; say '*'")
    if not isinstance(required, Mapping) or thing is None:
        return thing
    if not isinstance(thing, Mapping):
        raise UsageError(f"required: {where!r} is {described(thing)}, and there is nothing below that; say '*'")
    part: dict[str, Any] = {}
    for text, below in required.items():
        key = _KEY.fullmatch(text)
        assert key is not None
        name = key["name"]
        place = f"{where}/{name}".lstrip("/")
        if name not in thing:
            continue
        if not is_list(thing[name]):
            if key["first"] or key["range"]:
                raise UsageError(f"required: {text!r}, but {place!r} is no list in this archive")
            part[name] = _cut(thing[name], below, place)
        elif (items := _chosen(thing[name], key)) is not None:
            part[name] = [_cut(item, below, place) for item in items]
    return part


def _chosen(items: list[Any], key: re.Match[str]) -> list[Any] | None:
    """Give the items that an index or a range takes; None where NOMAD leaves the list out.

    NOMAD brings every bound into the list first: -5 of three items is the first one, and a range that has nothing
    between its bounds is the one item at them.
    """
    if not key["first"] and not key["range"]:
        return items
    first = _bounded(int(key["first"] or 0), len(items))
    if key["range"] and not key["last"]:
        return items[first:]
    last = _bounded(int(key["last"]), len(items)) if key["range"] else first
    if first != last:
        return items[first:last]
    return [items[first]] if -len(items) <= first < len(items) else None


def _bounded(number: int, length: int) -> int:
    return max(-length, number) if number < 0 else min(length, number)
