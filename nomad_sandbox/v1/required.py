"""Cut an archive down to what v1's ``required`` says: directives, and references with what they refer to.

Knows v1's directives and which quantities of the sandbox's archives are references. It must not know HTTP.

Source: NOMAD 1.4.3 ``nomad/archive/required.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nomad_sandbox.required import NotUnderstood, Unforeseen, parse_key, take

RESOLVE_IN_PLACE = "resolve-inplace"
_RESOLVED = "include-resolved"
_WHOLE = frozenset({"*", "include"})
_REFERENCES = frozenset({"system_ref", "method_ref"})


class UnknownDirective(NotUnderstood):
    """A word that is no directive; also ``exclude``, which NOMAD 1.4.3 documents and refuses."""


@dataclass
class _Reading:
    """One archive that is read.

    Attributes
    ----------
    beside : dict
        Sections that references lead to, at their places in the archive; without it they stand where the reference
        stood.
    """

    root: Mapping[str, Any]
    in_place: bool
    beside: dict[str, Any] = field(default_factory=dict)


def cut(archive: Mapping[str, Any], required: Any) -> dict[str, Any]:
    """Give the required part of an archive; what is not there, and what no archive could have, is left out.

    ``m_ref_archives`` is there in every answer; the sandbox has no references from one entry to another, so it is
    empty. Sections that a reference leads to are put at their places, but a section of the same first name that was
    required besides takes that place: that is so in NOMAD, too.

    Raises
    ------
    NotUnderstood
    """
    in_place = False
    if isinstance(required, Mapping):
        in_place = bool(required.get(RESOLVE_IN_PLACE))
        required = {name: below for name, below in required.items() if name != RESOLVE_IN_PLACE}
    reading = _Reading(archive, in_place)
    part = _cut(archive, required, reading)
    return {**reading.beside, **part, "m_ref_archives": {}}


def _cut(item: Any, required: Any, reading: _Reading) -> Any:
    if isinstance(required, str):
        if required == _RESOLVED:
            return _follow(item, required, reading) if isinstance(item, str) else _with_targets(item, reading)
        if required in _WHOLE:
            return item
        raise UnknownDirective(f"unknown directive {required}")
    if not isinstance(required, Mapping):
        raise Unforeseen(f"{required!r} is neither a directive nor names")
    if isinstance(item, str):
        return _follow(item, required, reading)
    part: dict[str, Any] = {}
    for text, below in required.items():
        key = parse_key(text)
        if not isinstance(item, Mapping):
            raise Unforeseen(f"{key.name} is required of {item!r}, which is no section")
        try:
            value = take(item, key)
        except (KeyError, IndexError):
            continue
        if isinstance(value, list):
            part[key.name] = [_cut(one, below, reading) for one in value]
        else:
            part[key.name] = _cut(value, below, reading)
    return part


def _with_targets(item: Any, reading: _Reading) -> Any:
    """Give a whole section, and see to it that what it refers to is there as well."""
    if isinstance(item, list):
        return [_with_targets(one, reading) for one in item]
    if not isinstance(item, Mapping):
        return item
    return {
        name: _follow(value, _RESOLVED, reading) if name in _REFERENCES else _with_targets(value, reading)
        for name, value in item.items()
    }


def _follow(reference: str, required: Any, reading: _Reading) -> Any:
    """Give the target in the place of a reference, or put it beside and give the reference in the old form."""
    if not reference.startswith(("#/", "/")):
        return reference
    path = reference.removeprefix("#")
    steps = [int(step) if step.isdigit() else step for step in path.strip("/").split("/")]
    target: Any = reading.root
    for step in steps:
        target = target[step]
    found = _cut(target, required, reading)
    if reading.in_place:
        return found
    _put(reading.beside, steps, found)
    return path


def _put(root: dict[str, Any], steps: Sequence[str | int], value: Any) -> None:
    """Put a value at its place, with nulls for the items of lists before it."""
    at: Any = root
    for i, step in enumerate(steps):
        if isinstance(step, int):
            at.extend([None] * (step + 1 - len(at)))
        if i == len(steps) - 1:
            at[step] = value
            return
        below = at[step] if isinstance(step, int) else at.get(step)
        if below is None:
            below = at[step] = [] if isinstance(steps[i + 1], int) else {}
        at = below
