"""Derive from a description once what hangs on it, in a process that runs many commands, as no process of a user does.

It is read-only, and the commands of a test would spend half of their time on converting it again. Everything is read
and fetched as ever; a description of another content, or from another address, is another one.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from nomad_swagger.apispec.model import Spec

_DERIVED = [name for name, value in vars(Spec).items() if isinstance(value, cached_property)]
_known: dict[tuple[str, str], dict[str, Any]] = {}


class _Shared(cached_property):  # type: ignore[type-arg]
    """A cached property that all descriptions of one content share."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None or not instance.sha256:
            return super().__get__(instance, owner)
        values = _known.setdefault((instance.sha256, instance.url), {})
        if self.attrname not in values:
            values[str(self.attrname)] = super().__get__(instance, owner)
        return values[str(self.attrname)]


def derive_once() -> dict[str, cached_property]:  # type: ignore[type-arg]
    """Give what stands in the place of the properties of `Spec`, by name."""
    shared = {}
    for name in _DERIVED:
        shared[name] = _Shared(vars(Spec)[name].func)
        shared[name].__set_name__(Spec, name)
    return shared
