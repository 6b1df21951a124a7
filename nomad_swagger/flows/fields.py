"""Which fields of NOMAD's answers to keep: asked of the server where that is safe, and done here in any case.

A record must stay readable, so what it is read from is always asked for; and what a server would refuse as unknown, or
take for more than was meant, is left to us.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from nomad_swagger.flows.record_rules import paths_of
from nomad_swagger.generations.generation import Generation

if TYPE_CHECKING:
    from nomad_swagger.client.nomad import Nomad


def filtered(item: Any, include: tuple[str, ...], exclude: tuple[str, ...], prefix: str = "") -> Any:
    """Give NOMAD's answer with the fields that were asked for; a name stands for all that is below it."""
    if not isinstance(item, Mapping):
        return item
    kept: dict[str, Any] = {}
    for key, value in item.items():
        path = prefix + key
        if _names_it(path, exclude):
            continue
        if not include or _names_it(path, include):
            kept[key] = filtered(value, (), exclude, f"{path}.")
        elif isinstance(value, Mapping) and any(name.startswith(f"{path}.") for name in include):
            kept[key] = filtered(value, include, exclude, f"{path}.")
    return kept


def excluded_there(nomad: Nomad, exclude: tuple[str, ...]) -> list[str]:
    """Give the names that the server itself may leave out: none that a record is read from.

    v0 leaves out all that begins with a name, so ``up`` would take ``upload_id`` along; v1 refuses a name that it does
    not know.
    """
    needed = _needed(nomad.generation)
    known = nomad.vocabulary
    return [
        name
        for name in exclude
        if "*" not in name and (name in known or not known) and not any(path.startswith(name) for path in needed)
    ]


def included_there(nomad: Nomad, include: tuple[str, ...]) -> list[str]:
    """Give what to ask the server for, if it is to send only some fields; empty for all.

    A name that the vocabulary lacks may be of somebody's own schema or a mistyped one: then everything is asked for.
    """
    known = nomad.vocabulary
    asked: list[str] = []
    for name in include:
        below = [name] if name.endswith("*") else [*_own(name, known), *_section(name, known)]
        if not below:
            return []
        asked += below
    needed = [part for path in _needed(nomad.generation) for part in (*_own(path, known), *_section(path, known))]
    return sorted({*asked, *needed}) if asked else []


def _own(name: str, known: Collection[str]) -> list[str]:
    return [name] if name in known else []


def _section(name: str, known: Collection[str]) -> list[str]:
    return [f"{name}.*"] if any(other.startswith(f"{name}.") for other in known) else []


def _needed(generation: Generation) -> list[str]:
    return [path for rule in generation.records["entry"].values() for path in paths_of(rule)]


def _names_it(path: str, patterns: tuple[str, ...]) -> bool:
    return path in patterns or any(fnmatchcase(path, pattern) for pattern in _globs(patterns))


@cache
def _globs(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if any(character in pattern for character in "*?["))
