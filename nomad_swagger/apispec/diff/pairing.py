"""Which operation of the new document is which of the old one.

Knows the signs by which an operation is recognised, best first: same method and path; same method and path but for a
slash at the end; same name; same id under another tag; and, for what is then left, a path that is nearly the same
under the same tag. It must not know how operations differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher

from nomad_swagger.apispec.outline import Endpoint
from nomad_swagger.light import dataclass

_ALIKE = 0.85
_MANY = 20_000  # pairs beyond which nothing is guessed: two documents so different are not two versions of one


@dataclass(frozen=True)
class Pairs:
    """Operations side by side.

    Attributes
    ----------
    same : list of (old, new)
        One operation in both documents, under whatever name or path.
    gone, fresh : list
        Those that have no counterpart.
    """

    same: list[tuple[Endpoint, Endpoint]]
    gone: list[Endpoint]
    fresh: list[Endpoint]


def pair_operations(old: Sequence[Endpoint], new: Sequence[Endpoint]) -> Pairs:
    """Give the operations of two documents side by side."""
    same: list[tuple[Endpoint, Endpoint]] = []
    gone, fresh = list(old), list(new)
    for sign in _SIGNS:
        found = _by_sign(sign, gone, fresh)
        same.extend(found)
        gone, fresh = _without(gone, [a for a, _ in found]), _without(fresh, [b for _, b in found])
    found = _alike(gone, fresh)
    same.extend(found)
    return Pairs(same, _without(gone, [a for a, _ in found]), _without(fresh, [b for _, b in found]))


def _route(endpoint: Endpoint) -> Hashable:
    return endpoint.method, re.sub(r"{[^}]*}", "{}", endpoint.path)


def _route_without_slash(endpoint: Endpoint) -> Hashable:
    return endpoint.method, re.sub(r"{[^}]*}", "{}", endpoint.path).rstrip("/")


def _name(endpoint: Endpoint) -> Hashable:
    return endpoint.name


def _id_and_method(endpoint: Endpoint) -> Hashable:
    return endpoint.method, endpoint.name.split(".", 1)[1]


_SIGNS: tuple[Callable[[Endpoint], Hashable], ...] = (_route, _route_without_slash, _name, _id_and_method)


def _by_sign(
    sign: Callable[[Endpoint], Hashable], gone: Sequence[Endpoint], fresh: Sequence[Endpoint]
) -> list[tuple[Endpoint, Endpoint]]:
    def single(endpoints: Sequence[Endpoint]) -> dict[Hashable, Endpoint]:
        keys = [sign(endpoint) for endpoint in endpoints]
        counts = Counter(keys)
        return {key: endpoint for key, endpoint in zip(keys, endpoints, strict=True) if counts[key] == 1}

    olds, news = single(gone), single(fresh)
    return [(endpoint, news[key]) for key, endpoint in olds.items() if key in news]


def _without(endpoints: Sequence[Endpoint], taken: Sequence[Endpoint]) -> list[Endpoint]:
    ids = {id(endpoint) for endpoint in taken}
    return [endpoint for endpoint in endpoints if id(endpoint) not in ids]


def _alike(gone: Sequence[Endpoint], fresh: Sequence[Endpoint]) -> list[tuple[Endpoint, Endpoint]]:
    """Pair what is nearly the same on both sides, the nearest first."""
    if len(gone) * len(fresh) > _MANY:
        return []
    scored = [
        (SequenceMatcher(None, old.path, new.path, autojunk=False).ratio(), old, new)
        for old in gone
        for new in fresh
        if old.method == new.method
        and old.name.split(".")[0] == new.name.split(".")[0]
        and old.path.rstrip("/").count("/") == new.path.rstrip("/").count("/")
    ]
    pairs: list[tuple[Endpoint, Endpoint]] = []
    used: set[int] = set()
    for score, old, new in sorted(scored, key=lambda row: -row[0]):
        if score >= _ALIKE and not used & {id(old), id(new)}:
            used |= {id(old), id(new)}
            pairs.append((old, new))
    return pairs
