"""The quantities that a NOMAD can search where its description does not name them: a list of ours, by version.

Knows the list's file; it must not know what a search does with a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from nomad_swagger.generations.own_data import read_own
from nomad_swagger.light import dataclass

_TYPES = {"boolean": "boolean", "double": "number", "integer": "integer", "long": "integer"}
"""The search index's types, as a description would call them; all others are written as words."""


@dataclass(frozen=True)
class Known:
    """A quantity that can be searched.

    Attributes
    ----------
    name : str
    type : {"string", "number", "integer", "boolean"}
        Of one value.
    many : bool
        One entry may have several values of it.
    """

    name: str
    type: str = "string"
    many: bool = False


@cache
def load_vocabulary(file: str, version: str) -> Mapping[str, Known]:
    """Give the quantities that a version can search, by name.

    Parameters
    ----------
    file : str
        As a generation's ``vocabulary`` names it.
    version : str
        As the description's ``info.version`` has it (``"v1, NOMAD 2.0.0"``). One older than the list counts as the
        list's first, and one that says no number as its last.

    Examples
    --------
    >>> load_vocabulary("v1-quantities.yaml", "v1, NOMAD 2.0.0")["results.material.n_elements"].type
    'integer'
    """
    lists: dict[str, list[dict[str, Any]]] = read_own("vocabulary", file)
    first = min(map(_numbers, lists))
    asked = _numbers(version)
    counts = [rows for since, rows in lists.items() if not asked or _numbers(since) <= max(asked, first)]
    return {
        name: Known(name, _TYPES.get(row["type"], "string"), bool(row.get("many")))
        for rows in counts
        for row in rows
        for name in row["names"].split()
    }


def _numbers(version: str) -> tuple[int, ...]:
    found = re.search(r"\d+(\.\d+)+", version)
    return tuple(map(int, found.group().split("."))) if found else ()
