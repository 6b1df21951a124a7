"""Cut an archive down to what a query requires.

``{"section_run": {"section_system[-1]": {"atom_labels": "*"}}}``: a name may carry an index or a range for a list;
``"*"`` takes everything below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nomad_swagger.sandbox.v0.answers import Refusal

_KEY = re.compile(r"([^\[\]]+)(?:\[(-?\d+)?(:)?(-?\d+)?\])?")


def _chosen(items: list[Any], key: re.Match[str]) -> list[Any]:
    _, first, colon, last = key.groups()
    if colon:
        return items[int(first) if first else None : int(last) if last else None]
    if first is None:
        return items
    number = int(first)
    return items[number:] if number == -1 else items[number : number + 1]


def cut(archive: Any, required: Any) -> Any:
    """Give the required part of an archive; what is not there is left out.

    Raises
    ------
    Refusal
        400 for a requirement that cannot be understood.

    Examples
    --------
    >>> cut({"a": [{"b": 1, "c": 2}, {"b": 3}]}, {"a[-1]": {"b": "*"}})
    {'a': [{'b': 3}]}
    """
    if not isinstance(required, Mapping):
        if required in ("*", None):
            return archive
        raise Refusal(400, f"{required!r} is no requirement: use a section's names, or '*'")
    if isinstance(archive, list):
        return [cut(item, required) for item in archive]
    if not isinstance(archive, Mapping):
        return archive
    part: dict[str, Any] = {}
    for name, below in required.items():
        key = _KEY.fullmatch(name)
        if key is None:
            raise Refusal(400, f"{name!r} is no section or quantity")
        value = archive.get(key[1])
        if value is not None:
            part[key[1]] = cut(_chosen(value, key) if isinstance(value, list) else value, below)
    return part
