"""One small rule for each thing that can differ between two shapes.

Knows how a difference hurts, by direction. It must not walk: ``schemas`` does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, COSMETIC, Change
from nomad_swagger.apispec.diff.shapes import LIMITS, NOTHING, Shape

# these change what Python gets or must give: bravado turns them into dates and bytes
_TELLING_FORMATS = {"date", "date-time", "byte", "binary"}
_LOWER_BOUNDS = {"minimum", "minLength", "minItems", "exclusiveMinimum"}


def severity_if(breaking: bool) -> str:
    """Give breaking, or else compatible."""
    return BREAKING if breaking else COMPATIBLE


def compare_shapes(before: Shape, after: Shape, *, sent: bool) -> Iterator[Change]:
    """Give what differs on this level, but for the fields."""
    for rule in _RULES:
        yield from rule(before, after, sent)


def _types(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if before.types == after.types or ((before.branches or after.branches) and not (before.anything or after.anything)):
        return
    harmless = _covers(after, before) if sent else _covers(before, after)
    message = f"was {before}, is now {after}"
    yield Change(severity_if(not harmless), "type-changed", message=message, old=str(before), new=str(after))


def _covers(wide: Shape, narrow: Shape) -> bool:
    if wide.anything:
        return True
    if narrow.anything:
        return False
    return narrow.types <= (wide.types | {"integer"} if "number" in wide.types else wide.types)


def _nullable(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if before.nullable == after.nullable or before.anything or after.anything:
        return
    if after.nullable:
        message = (
            "may now be null" if sent else "may now be null (None in Python): a script that uses it must expect that"
        )
    else:
        message = "can no longer be null" if sent else "is never null any more"
    severity = severity_if(after.nullable != sent)
    yield Change(severity, "null-changed", message=message, old=before.nullable, new=after.nullable)


def _format(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if before.format == after.format or before.types != after.types:
        return
    told = f"its format was {before.format or 'not said'}, is now {after.format or 'not said'}"
    breaking = bool({before.format, after.format} & _TELLING_FORMATS)
    yield Change(severity_if(breaking), "format-changed", message=told, old=before.format, new=after.format)


def _enum(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    old, new = before.enum, after.enum
    if (old is None and new is None) or before.types != after.types:
        return
    if old is None or new is None:
        narrowed = old is None
        allowed = ", ".join((new if new is not None else old or {}).keys())
        message = f"may now only be {allowed}" if narrowed else f"is no longer bound to {allowed}"
        yield Change(
            severity_if(narrowed and sent), "enum-changed", message=message, old=_values(old), new=_values(new)
        )
        return
    gone, fresh = [value for value in old if value not in new], [value for value in new if value not in old]
    if gone:
        message = f"no longer {'takes' if sent else 'has'} {', '.join(gone)}"
        yield Change(severity_if(sent), "enum-narrowed", message=message, old=_values(old), new=_values(new))
    if fresh:
        note = "" if sent else "; a script that knows all values will meet new ones"
        message = f"can now also be {', '.join(fresh)}{note}"
        yield Change(COMPATIBLE, "enum-widened", message=message, old=_values(old), new=_values(new))


def _values(enum: dict[str, object] | None) -> list[object] | None:
    return None if enum is None else list(enum.values())


def _default(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    old, new = before.default, after.default
    if old is new or (old == new and type(old) is type(new)):
        return
    was, now = (None if value is NOTHING else value for value in (old, new))
    if not sent or old is NOTHING:
        yield Change(COSMETIC, "default-changed", message=f"its default is now told: {_told(now)}", old=was, new=now)
    elif new is NOTHING:
        yield Change(COMPATIBLE, "default-changed", message=f"its default {_told(was)} is no longer told", old=was)
    else:
        message = f"its default was {_told(was)}, is now {_told(now)}: a call that leaves it out does something else"
        yield Change(BREAKING, "default-changed", message=message, old=was, new=now)


def _told(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _limits(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    for limit in LIMITS:
        old, new = before.limits.get(limit), after.limits.get(limit)
        if old != new:
            message = f"its {limit} was {_or_none(old)}, is now {_or_none(new)}"
            severity = severity_if(sent and _tighter(limit, old, new))
            yield Change(severity, "limit-changed", message=message, old=old, new=new)


def _or_none(value: object) -> str:
    return "none" if value is None else _told(value)


def _tighter(limit: str, old: object, new: object) -> bool:
    if new is None or new is False:
        return False
    if isinstance(old, bool) or isinstance(new, bool) or limit == "multipleOf":
        return True
    if not isinstance(old, (int, float)) or not isinstance(new, (int, float)):
        return True
    return new > old if limit in _LOWER_BOUNDS else new < old


def _closed(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if before.closed == after.closed or not sent or before.anything or after.anything:
        return
    message = "refuses fields that it does not name" if after.closed else "takes fields that it does not name"
    yield Change(severity_if(after.closed), "closed-changed", message=message, old=before.closed, new=after.closed)


def _deprecated(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if after.deprecated and not before.deprecated:
        yield Change(COMPATIBLE, "deprecated", message="is marked as deprecated: a later version may drop it")


def _words(before: Shape, after: Shape, sent: bool) -> Iterator[Change]:
    if before.words != after.words:
        yield Change(
            COSMETIC, "words-changed", message="is described in other words", old=before.words, new=after.words
        )


_RULES: tuple[Callable[[Shape, Shape, bool], Iterator[Change]], ...] = (
    *(_types, _nullable, _format, _enum, _default, _limits, _closed, _deprecated, _words),
)
