"""Which new name an old one became.

Knows how NOMAD renames. Surest first: a quantity gets or loses a prefix (``optimade.elements`` is
``dft.optimade.elements``); a word becomes the name of a group (``dataset`` is ``datasets.name``); a plural becomes a
singular (``paths`` is ``path``); words are put in between (``uploads_after`` is ``uploads_grouped_after``); the one
name that a group lost is the one that it got. It must not know what the names stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

_Names = tuple[str, ...]
_MANY = 250_000  # pairs beyond which nothing is guessed; NOMAD's widest step (0.7.9 to 0.8.6) has 4,000


def pair_names(gone: Iterable[str], new: Iterable[str]) -> dict[str, _Names]:
    """Give the likely new names of those that are gone; two where it cannot be told.

    Examples
    --------
    >>> pair_names(["labels.type", "paths", "x"], ["dft.labels.type", "path", "y"])
    {'labels.type': ('dft.labels.type',), 'paths': ('path',)}
    """
    old_names, new_names = sorted(gone), sorted(new)
    pairs: dict[str, _Names] = {}
    if len(old_names) * len(new_names) > _MANY:
        return pairs
    for rule in (_prefixed, _named, _singular, _widened):
        taken = {name for names in pairs.values() for name in names}
        free = [name for name in new_names if name not in taken]
        for name in old_names:
            if name not in pairs and (found := rule(name, free)):
                pairs[name] = found
    taken = {name for names in pairs.values() for name in names}
    return pairs | _only_ones([n for n in old_names if n not in pairs], [n for n in new_names if n not in taken])


def _prefixed(name: str, new: Sequence[str]) -> _Names:
    longer = _shortest([other for other in new if other.endswith(f".{name}")], lambda other: other.count("."))
    shorter = [other for other in new if name.endswith(f".{other}")]
    return (longer if len(longer) <= 2 else ()) or tuple(shorter[:1])


def _named(name: str, new: Sequence[str]) -> _Names:
    return tuple(other for other in (f"{name}.name", f"{name}s.name") if other in new)[:1]


def _singular(name: str, new: Sequence[str]) -> _Names:
    return tuple(other for other in (name.removesuffix("s"), name.removesuffix("es")) if other in new)[:1]


def _widened(name: str, new: Sequence[str]) -> _Names:
    words = _words(name)
    holding = [other for other in new if len(_words(other)) <= len(words) + 2 and _in_order(words, _words(other))]
    found = _shortest(holding, lambda other: len(_words(other)))
    return found if len(found) == 1 else ()


def _words(name: str) -> list[str]:
    return re.split(r"[._-]", name)


def _in_order(words: Sequence[str], within: Sequence[str]) -> bool:
    left = iter(within)
    return all(word in left for word in words)


def _shortest(names: Sequence[str], length: Callable[[str], int]) -> _Names:
    least = min(map(length, names), default=0)
    return tuple(name for name in names if length(name) == least)


def _only_ones(gone: list[str], new: list[str]) -> dict[str, tuple[str, ...]]:
    """Pair the one name that a dotted group lost with the one that it gained."""

    def grouped(names: list[str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name in names:
            group, dot, _ = name.rpartition(".")
            if dot:
                groups.setdefault(group, []).append(name)
        return groups

    new_groups = grouped(new)
    return {
        names[0]: tuple(new_groups[group])
        for group, names in grouped(gone).items()
        if len(names) == 1 and len(new_groups.get(group, ())) == 1
    }
