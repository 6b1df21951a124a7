"""The rules of a generation's ``records`` table: where in NOMAD's answer a field is, and what is made of it.

A rule is a list of dotted paths (the first that is there wins) or a mapping:

``any``   true if one of the paths is true
``each``  a tuple of the list there; with ``take``, of that field of each item
``time``  an ISO time, as UTC where it has no zone
``text``  a text, or several as one with blanks between; with ``take``, of that field of each item
``is``    true if the value is one of ``among``
``has``   true if one of the paths has something
``rows``  a tuple of the mappings in the list there
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from nomad_swagger import dotted


def paths_of(rule: Any) -> list[str]:
    """Give the paths in NOMAD's answer that a rule reads."""
    if isinstance(rule, Sequence):
        return list(rule)
    return [path for key in ("any", "each", "text", "is", "has", "rows", "time") for path in rule.get(key, ())]


def value_by(rule: Any, answer: Mapping[str, Any]) -> Any:
    """Give what a rule finds in NOMAD's answer; None where there is nothing."""
    if isinstance(rule, (list, Sequence)):
        return dotted.first(answer, rule)
    if "any" in rule:
        return any(bool(dotted.get(answer, path)) for path in rule["any"])
    if "each" in rule or "text" in rule:
        items = _each(dotted.first(answer, rule.get("each") or rule["text"]), rule.get("take"))
        return items if "each" in rule else " ".join(items or ())
    if "is" in rule:
        return dotted.first(answer, rule["is"]) in rule["among"]
    return _other_value(rule, answer)


def _other_value(rule: Any, answer: Mapping[str, Any]) -> Any:
    if "rows" in rule:
        return tuple(row for row in dotted.first(answer, rule["rows"], ()) if isinstance(row, Mapping))
    if "has" in rule:
        return dotted.first(answer, rule["has"]) is not None
    return as_utc(dotted.first(answer, rule["time"]))


def _each(items: Any, take: Sequence[str] | None) -> tuple[str, ...] | None:
    if items is None:
        return None
    listed = items if isinstance(items, list) else [items]
    taken = (dotted.first(item, take) if take and isinstance(item, Mapping) else item for item in listed)
    return tuple(str(item) for item in taken if item is not None)


def as_utc(text: str | None) -> datetime | None:
    """Give an ISO 8601 time in UTC; one without a zone is UTC already, as NOMAD writes it."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
