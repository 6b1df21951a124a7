"""Records that read their fields from NOMAD's answer when they are asked for them.

A page of a search has a thousand entries of a dozen fields, and whoever goes through it asks for two. To everybody else
such a record is the frozen dataclass that it is: the same fields, ``==``, ``repr``, pickle, ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")
Read = Callable[[Any, Mapping[str, Any]], Any]
"""Gives the value of a rule in an answer; None where it has none."""


def lazily_read(cls: type[T]) -> type[T]:
    """Let a dataclass be made by :func:`unread`, too: a decorator above ``@dataclass``.

    Defaults are no attributes of the class any more, so that a field that was not read yet is missing, and Python asks
    for it.
    """
    defaults = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    for name, field in defaults.items():
        if field.default is not MISSING:
            delattr(cls, name)

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807 - becomes the class's
        known = self.__dict__
        if name not in defaults or "_rules" not in known:
            raise AttributeError(f"{cls.__name__!r} has no attribute {name!r}", name=name, obj=self)
        rules: Mapping[str, Any] = known["_rules"]
        value = known["_read"](rules[name], known["raw"]) if name in rules else None
        if value is None:
            field = defaults[name]
            if field.default is MISSING and field.default_factory is MISSING:
                raise TypeError(f"{cls.__name__}: NOMAD's answer has no {name}")
            made: Any = field.default_factory
            value = field.default if field.default is not MISSING else made()
        known[name] = value
        return value

    def __reduce__(self: Any) -> tuple[Any, ...]:  # noqa: N807
        return cls, tuple(getattr(self, name) for name in defaults)

    cls.__getattr__ = __getattr__  # type: ignore[attr-defined]
    cls.__reduce__ = __reduce__  # type: ignore[method-assign]
    return cls


def unread(
    cls: type[T], rules: Mapping[str, Any], answer: Mapping[str, Any], read: Read, known: Mapping[str, Any]
) -> T:
    """Give a record of an answer, of whose fields only those in ``known`` were read yet."""
    record = object.__new__(cls)
    record.__dict__.update(known, raw=answer, _rules=rules, _read=read)
    return record
