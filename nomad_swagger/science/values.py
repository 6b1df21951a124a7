"""Values of an archive by path, and the archive itself: a dict that knows whose it is.

Knows nested dicts and lists. It must not know NOMAD's sections.

A path has a step for each level, joined by slashes: ``section_run/0/section_system/-1/atom_labels``. A number is an
index of a list, a negative one from its end, and ``*`` is every item. A reference as NOMAD writes it,
``#/run/0/system/1``, is a path too. Where a list should be is something else, 0, -1 and ``*`` take it for the only
item: NOMAD's versions differ in whether a section that is there once is a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from nomad_swagger import display
from nomad_swagger.science.units import converted, factor

EVERY = "*"

_RAISE: Any = object()
_NUMBER = re.compile(r"-?\d+", re.ASCII)
_ONLY = (0, -1)
_NAMED = 12  # names that a message lists


class NothingThere(KeyError):
    """An archive has nothing at a path: a ``KeyError`` whose message reads well."""

    def __str__(self) -> str:
        return str(self.args[0])


class Archive(dict[str, Any]):
    """An archive: a plain dict, and whose it is. ``archive["run/-1/program"]``, with a slash, is a path.

    Attributes
    ----------
    entry_id, upload_id : str
        Empty where they are not known.
    required : dict or None
        Of a part: what was asked for.
    about : dict
        What a listing told of the entry, where it came from one; NOMAD's words.

    Examples
    --------
    >>> archive = Archive({"run": [{"calculation": [{"energy": 3.204353268e-19}]}]}, entry_id="x")
    >>> archive.at("run/-1/calculation/-1/energy", "eV")
    2.0
    """

    def __init__(
        self,
        content: Mapping[str, Any] | None = None,
        *,
        entry_id: str = "",
        upload_id: str = "",
        required: Any = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(content or {})
        self.entry_id, self.upload_id, self.required, self.about = entry_id, upload_id, required, about or {}

    def at(self, path: str, unit: str | None = None, *, default: Any = _RAISE) -> Any:
        """Give what is at a path; see :func:`value`."""
        return value(self, path, unit, default=default)

    def __missing__(self, key: str) -> Any:
        if "/" in key:
            return self.at(key)
        raise KeyError(key)

    def copy(self) -> Archive:
        """Give a shallow copy that knows whose it is, too."""
        return Archive(self, entry_id=self.entry_id, upload_id=self.upload_id, required=self.required, about=self.about)

    def _repr_html_(self) -> str:
        title = f"Archive of entry {self.entry_id}" if self.entry_id else "Archive"
        return display.facts(title, {name: described(content) for name, content in self.items()})


def value(archive: Any, path: str, unit: str | None = None, *, default: Any = _RAISE) -> Any:
    """Give what an archive has at a path.

    Parameters
    ----------
    archive : dict
    path : str
        Steps joined by slashes; a number indexes a list, ``*`` gives a list of what is below every item.
    unit : str, optional
        For numbers, which NOMAD gives in SI units: ``eV``, ``angstrom``, ``eV/angstrom`` …
    default : object, optional
        Given as it is where there is nothing; below a ``*``, for each item that lacks the rest of the path.

    Raises
    ------
    KeyError
        The path leads nowhere; the message says where it ends, and what is there instead.
    UsageError
        No such unit, or nothing that could be in it.

    Examples
    --------
    >>> archive = {"section_run": [{"section_system": [{"atom_labels": ["O"]}, {"atom_labels": ["H", "H"]}]}]}
    >>> value(archive, "section_run/0/section_system/-1/atom_labels")
    ['H', 'H']
    >>> value(archive, "section_run/0/section_system/*/atom_labels/0")
    ['O', 'H']
    """
    if unit is not None:
        factor(unit)  # a wrong unit is wrong wherever the path leads
    steps = steps_of(path)

    def below(here: Any, done: tuple[str, ...]) -> Any:
        for step in steps[len(done) :]:
            if step == EVERY and not (isinstance(here, Mapping) and step in here):
                items = here if is_list(here) else [here]
                return [below(item, (*done, str(number))) for number, item in enumerate(items)]
            if not _has(here, step):
                if default is not _RAISE:
                    return default
                raise NothingThere(_message(getattr(archive, "entry_id", ""), done, step, here))
            here = _child(here, step)
            done = (*done, step)
        return here if unit is None else converted(here, unit)

    return below(archive, ())


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[str, ...]:
    """Give the steps of a path; none for the empty path, which is the archive itself.

    Examples
    --------
    >>> steps_of("#/run/0/system")
    ('run', '0', 'system')
    """
    bare = path.removeprefix("#").strip("/")
    return tuple(bare.split("/")) if bare else ()


def index_of(step: str) -> int | None:
    """Give the index that a step is; None for a name and for ``*``."""
    return int(step) if _NUMBER.fullmatch(step) else None


def is_list(thing: Any) -> bool:
    """Tell whether something is indexed by numbers."""
    kind = type(thing)
    if kind is list or kind is dict or kind is str or kind is float:  # what JSON brings: an abstract class asks slowly
        return kind is list
    return isinstance(thing, Sequence) and not isinstance(thing, (str, bytes))


def described(thing: Any) -> str:
    """Say in a few words what something in an archive is.

    Examples
    --------
    >>> described([1, 2]), described({"a": 1, "b": 2}), described("Si2")
    ('a list of 2', 'a section of a, b', "'Si2'")
    """
    if isinstance(thing, Mapping):
        names = [str(name) for name in list(thing)[:_NAMED]]
        more = ", …" if len(thing) > _NAMED else ""
        return f"a section of {', '.join(names)}{more}" if names else "an empty section"
    if is_list(thing):
        return f"a list of {len(thing)}" if thing else "an empty list"
    text = repr(thing)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _has(here: Any, step: str) -> bool:
    if (type(here) is dict or isinstance(here, Mapping)) and step in here:
        return True
    number = index_of(step)
    if is_list(here):
        return number is not None and -len(here) <= number < len(here)
    return number in _ONLY


def _child(here: Any, step: str) -> Any:
    if (type(here) is dict or isinstance(here, Mapping)) and step in here:
        return here[step]
    return here[int(step)] if is_list(here) else here


def _message(owner: str, done: tuple[str, ...], step: str, here: Any) -> str:
    whose = f"entry {owner}: " if owner else ""
    where = f"{'/'.join(done)!r} is" if done else "the archive is"
    return f"{whose}nothing at {'/'.join((*done, step))!r}: {where} {described(here)}"
