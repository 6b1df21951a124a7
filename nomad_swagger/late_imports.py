"""Import jsonschema and bravado without the libraries that they ask for and a start never uses.

Importing jsonschema imports what checks URIs, URI templates, durations, colours and, from 4.25 on, IRIs: half of its
import, and with the grammar that rfc3987-syntax compiles nearly a second, for formats that no NOMAD describes. bravado
imports what reads YAML, dates and MessagePack. While one of them is imported, it finds modules that stand in for those
libraries; they are gone when the import is over, and what the importer keeps of them imports the library at the first
use. So both do the same as ever, for everybody in the process. Whoever imports jsonschema or bravado calls one of these
functions before. What another thread takes from such a library in that moment is late, too. Knows which libraries they
ask for, and nothing of what these are for.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import Any

FORMATS = (
    "fqdn",
    "fractions",
    "isoduration",
    "jsonpointer",
    "rfc3339_validator",
    "rfc3986_validator",
    "rfc3987",
    "rfc3987_syntax",
    "uri_template",
    "uuid",
    "webcolors",
)
"""What jsonschema imports for its formats, each where it is installed, and for what is a multiple of what."""

READERS = ("dateutil", "dateutil.parser", "importlib_resources", "jsonref", "msgpack", "pytz", "yaml")
"""What bravado, bravado-core and their validator import and use within functions alone."""


def import_jsonschema() -> None:
    """Import jsonschema; where somebody has before, nothing is left to do."""
    _import("jsonschema", FORMATS)


def import_bravado() -> None:
    """Import bravado's client, and jsonschema with it."""
    import_jsonschema()
    _import("bravado.client", READERS)


def import_validator() -> None:
    """Import what validates Swagger documents, and jsonschema with it."""
    import_jsonschema()
    _import("swagger_spec_validator.validator20", READERS)


def _import(name: str, libraries: Sequence[str]) -> None:
    if name not in sys.modules:
        with _stood_in_for(libraries):
            importlib.import_module(name)


@contextmanager
def _stood_in_for(libraries: Sequence[str]) -> Iterator[None]:
    stand_ins = {name: _StandIn(name) for name in libraries if _is_still_to_come(name.partition(".")[0])}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
            vars(stand_in)["is_being_imported_from"] = False


def _is_still_to_come(package: str) -> bool:
    return package not in sys.modules and find_spec(package) is not None


class _StandIn(ModuleType):
    """A module that becomes the library of its name when somebody uses what he has taken from it."""

    is_being_imported_from = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.is_being_imported_from:
            return _of_library(self.__name__, name)
        if name.endswith(("Error", "Exception")):
            return Exception  # the class that a checker catches: whatever the library will raise is one
        return _Late(self.__name__, name)


class _Late:
    """A function or a class of a library that is imported when somebody uses it: calls it, or asks what is one."""

    def __init__(self, library: str, name: str) -> None:
        self._taken = library, name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return _of_library(*self._taken)(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(_of_library(*self._taken), name)

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, _of_library(*self._taken))


def _of_library(library: str, name: str) -> Any:
    module = importlib.import_module(library)
    return getattr(module, name) if hasattr(module, name) else importlib.import_module(f"{library}.{name}")
