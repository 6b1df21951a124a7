"""Import jsonschema without the libraries behind its formats, until a value is checked by one of them.

Importing jsonschema imports what checks URIs, URI templates, durations, colours and, from 4.25 on, IRIs: half of its
import, and with the grammar that rfc3987-syntax compiles nearly a second, for formats that no NOMAD describes. bravado
imports jsonschema, so whoever imports bravado calls :func:`import_jsonschema` before. While jsonschema is imported, it
finds modules that stand in for those libraries; they are gone when the import is over, and what jsonschema keeps of
them imports the library at the first use. So jsonschema knows the same formats and judges the same, for everybody in
the process. Knows which libraries jsonschema asks for; it must not know bravado.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

LIBRARIES = ("isoduration", "rfc3986_validator", "rfc3987", "rfc3987_syntax", "uri_template", "webcolors")


def import_jsonschema() -> None:
    """Import jsonschema; where somebody has before, nothing is left to do."""
    if "jsonschema" in sys.modules:
        return
    stand_ins = {name: _StandIn(name) for name in LIBRARIES if name not in sys.modules and find_spec(name) is not None}
    sys.modules.update(stand_ins)
    try:
        importlib.import_module("jsonschema")
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
            vars(stand_in)["is_being_imported_from"] = False


class _StandIn(ModuleType):
    """A module that becomes the library of its name when somebody uses what he has taken from it."""

    is_being_imported_from = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.is_being_imported_from:
            return getattr(importlib.import_module(self.__name__), name)
        if name[:1].isupper():
            return Exception  # the class that a checker catches: whatever the library will raise is one

        def late(*arguments: Any, **options: Any) -> Any:
            return getattr(importlib.import_module(self.__name__), name)(*arguments, **options)

        return late
