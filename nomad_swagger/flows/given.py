"""The arguments of a helper as somebody typed them: sorted, counted, and as the words of a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nomad_swagger.calls.plan import Option, Word
from nomad_swagger.errors import UnknownArgument, UsageError


def taken(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """Give those of these arguments that are given."""
    return {name: given[name] for name in names if name in given}


def needed(given: dict[str, Any], name: str, helper: str) -> Any:
    """Give an argument that must be there, and take it away."""
    if not given.get(name):
        raise UsageError(f"{helper} needs {name}=…")
    return given.pop(name)


def refuse_unknown(given: Mapping[str, Any], known: Sequence[str], helper: str) -> None:
    """Refuse an argument that a helper does not have."""
    for name in given:
        if name not in known:
            raise UnknownArgument(name, known, where=f"of {helper}")


def whole_number(name: str, value: Any) -> int:
    """Give a number that may be a text."""
    try:
        return int(value)
    except ValueError as error:
        raise UsageError(f"{name} is a whole number, not {value!r}") from error


def several(value: Any) -> list[str]:
    """Give one value or several as a list of texts."""
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def key_values(quantities: Mapping[str, Any]) -> list[Word]:
    """Give quantities as the words of a command."""
    return [
        f"{name}={item}"
        for name, value in quantities.items()
        for item in (value if isinstance(value, (list, tuple, set, frozenset)) else [value])
    ]


def options(options: Mapping[str, Any]) -> list[Word]:
    """Give arguments as options of a command."""
    return [
        Option(name, str(item))
        for name, value in options.items()
        for item in (value if isinstance(value, (list, tuple)) else [value])
    ]
