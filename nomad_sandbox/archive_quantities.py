"""By what an archive file can be found beside its material: its own schema's quantities, its lab's id, its references.

Knows the names that NOMAD's documentation gives them: ``data.lab_id#schema.Sample`` for a value below ``data``, and
``../upload/archive/mainfile/PATH#/data`` or ``../uploads/UPLOAD/archive/ENTRY#/data`` for a reference. It must not know
HTTP or the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nomad_sandbox.calcs import new_calc_id

OWN = "own"
"""Below which name of a document the quantities of its own schema stand."""
_OWN_NAME = re.compile(r"data(\.\w+)+#[\w.:-]+")
_REFERENCE = re.compile(
    r"(?:\.\.)?/uploads?(?:/(?P<upload>[\w-]{22}))?/archive/(?:mainfile/(?P<mainfile>[^#]+)|(?P<entry>[\w-]{28}))#"
)


def is_own(name: str) -> bool:
    """Tell whether a name is one of a quantity of a custom schema.

    Examples
    --------
    >>> is_own("data.lab_id#lab.schema.Sample"), is_own("data.lab_id")
    (True, False)
    """
    return _OWN_NAME.fullmatch(name) is not None


def own_quantities(archive: Mapping[str, Any], upload_id: str) -> dict[str, Any]:
    """Give what an archive is found by, as a part of its document."""
    data = archive.get("data")
    data = data if isinstance(data, Mapping) else {}
    schema = str(data.get("m_def") or "")
    found: dict[str, Any] = {}
    for path, value in _leaves(data, "data"):
        if schema and not path.endswith(".m_def"):
            found.setdefault(OWN, {}).setdefault(f"{path}#{schema}", []).append(value)
    if isinstance(lab_id := data.get("lab_id"), str):
        found["lab_ids"] = [lab_id]
    targets = {target for _, value in _leaves(data, "") if (target := _target(value, upload_id))}
    return found | ({"references": [{"target_entry_id": target} for target in sorted(targets)]} if targets else {})


def _leaves(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, path)
    elif data is not None:
        yield path, data


def _target(value: Any, upload_id: str) -> str:
    """Give the entry that a reference leads to; empty for what is none."""
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    if match is None:
        return ""
    return match["entry"] or new_calc_id(match["upload"] or upload_id, match["mainfile"])
