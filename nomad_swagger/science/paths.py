"""The paths of an archive: what there is to ask for, and what somebody may have meant who asked for nothing.

A place in a list is written ``*``, since all of its items are alike. It must not know NOMAD's sections.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nomad_swagger.light import dataclass
from nomad_swagger.science.layouts import si_unit
from nomad_swagger.science.values import EVERY, index_of, is_list, steps_of

_WORD = re.compile(r"[A-Za-z]+|\d+")
_SHORTEST_LIKENESS = 0.45
_LEAF_BONUS = 0.05
_EXAMPLE_CHARACTERS = 40


@dataclass(frozen=True)
class ArchivePath:
    """What an archive has at a path, looked at where it has it first.

    Attributes
    ----------
    path : str
        With ``*`` for each place in a list of sections.
    type : {"number", "integer", "text", "truth", "mixed", "nothing"}
    shape : tuple of int
        Of an array; empty for one value.
    unit : str
        SI, of what :func:`to_ase` reads; empty where an archive does not tell. NOMAD's own numbers are all in SI units.
    example : str
        The value, or the first one of an array, cut short.
    """

    path: str
    type: str
    shape: tuple[int, ...]
    unit: str
    example: str


def paths_of(archive: Mapping[str, Any], word: str = "") -> list[ArchivePath]:
    """Give what an archive has, in its own order, each kind of path once.

    Parameters
    ----------
    archive : dict
    word : str, optional
        Those alone that have it in them, upper or lower case alike.

    Examples
    --------
    >>> archive = {"run": [{"system": [{"labels": ["Si", "Si"]}, {"labels": ["O"]}]}]}
    >>> [(found.path, found.type, found.shape) for found in paths_of(archive)]
    [('run/*/system/*/labels', 'text', (2,))]
    """
    found: dict[str, ArchivePath] = {}
    for path, thing in _leaves(archive, ()):
        if path not in found and word.lower() in path.lower():
            shape, item = _shape(thing)
            example = str(item)
            cut = f"{example[:_EXAMPLE_CHARACTERS]}…" if len(example) > _EXAMPLE_CHARACTERS else example
            found[path] = ArchivePath(path, _type(item), shape, si_unit(path), cut)
    return list(found.values())


def nearest_path(archive: Mapping[str, Any], path: str) -> str:
    """Give the path of an archive that is most like one that leads nowhere in it; empty where none is like it.

    Parameters
    ----------
    archive : dict
    path : str
        Its places in lists are kept where the found path has lists, too.

    Examples
    --------
    >>> nearest_path({"run": [{"energy": {"total": 1.0, "free": 2.0}}]}, "run/-1/energy/totl")
    'run/-1/energy/total'
    """
    wanted = "/".join(EVERY if _is_place(step) else step for step in steps_of(path))
    known = dict.fromkeys(candidate for leaf, _ in _leaves(archive, ()) for candidate in _upwards(leaf))
    leaves = {leaf for leaf, _ in _leaves(archive, ())}
    likeness = {one: _likeness(wanted, one) + _LEAF_BONUS * (one in leaves) for one in known}
    best = max(likeness, key=lambda candidate: likeness[candidate], default="")
    if not best or likeness[best] < _SHORTEST_LIKENESS:
        return ""
    places = iter([step for step in steps_of(path) if _is_place(step)])
    return "/".join(next(places, "-1") if step == EVERY else step for step in best.split("/"))


def _is_place(step: str) -> bool:
    return step == EVERY or index_of(step) is not None


def _likeness(wanted: str, candidate: str) -> float:
    """Give how alike two paths are, by letters and by words: generations have other words in another order."""
    letters = difflib.SequenceMatcher(None, wanted, candidate, autojunk=False).ratio()
    ours, theirs = ({word.lower() for word in _WORD.findall(text)} for text in (wanted, candidate))
    words = len(ours & theirs) / max(len(ours | theirs), 1)
    return max(letters, (letters + words) / 2)


def _upwards(path: str) -> Iterator[str]:
    """Give a path, and those of the sections that it is in."""
    steps = path.split("/")
    for end in range(len(steps), 0, -1):
        if steps[end - 1] != EVERY:
            yield "/".join(steps[:end])


def _leaves(thing: Any, done: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        for name, below in thing.items():
            yield from _leaves(below, (*done, str(name)))
    elif is_list(thing) and any(isinstance(item, Mapping) for item in thing):
        for item in thing:
            yield from _leaves(item, (*done, EVERY))
    elif done:
        yield "/".join(done), thing


def _shape(thing: Any) -> tuple[tuple[int, ...], Any]:
    """Give the shape of nested lists, by their first items, and the first item of all."""
    shape: list[int] = []
    while is_list(thing):
        shape.append(len(thing))
        if not thing:
            return tuple(shape), None
        thing = thing[0]
    return tuple(shape), thing


def _type(item: Any) -> str:
    kinds: Iterable[tuple[type, str]] = ((bool, "truth"), (int, "integer"), (float, "number"), (str, "text"))
    return next((name for kind, name in kinds if isinstance(item, kind)), "nothing" if item is None else "mixed")
