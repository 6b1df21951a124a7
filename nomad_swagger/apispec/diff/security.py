"""Who may call: an operation's security in both forms.

Knows that alternatives stand side by side in a list, and that a scheme is what it does, not what it is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nomad_swagger.apispec.diff.change import BREAKING, COMPATIBLE, OPERATION, Change
from nomad_swagger.apispec.outline import Endpoint

_Way = frozenset[str]


def compare_security(
    old_document: Mapping[str, object], new_document: Mapping[str, object], before: Endpoint, after: Endpoint
) -> Iterator[Change]:
    """Give the changes in what login an operation asks for."""
    old, new = _ways(old_document, before), _ways(new_document, after)
    if old == new:
        return
    was_open, is_open = _is_open(old), _is_open(new)
    if was_open and not is_open:
        message = f"now asks for a login ({_told(new)})"
        yield Change(BREAKING, "login-needed", "", OPERATION, message, _told(old), _told(new))
        return
    if is_open and not was_open:
        message = "no longer asks for a login"
        yield Change(COMPATIBLE, "login-dropped", "", OPERATION, message, _told(old), _told(new))
        return
    if gone := old - new:
        message = f"no longer takes this login: {_told(gone)}"
        yield Change(BREAKING, "login-removed", "", OPERATION, message, _told(old), _told(new))
    if fresh := new - old:
        message = f"also takes this login: {_told(fresh)}"
        yield Change(COMPATIBLE, "login-added", "", OPERATION, message, _told(old), _told(new))


def _ways(document: Mapping[str, object], endpoint: Endpoint) -> set[_Way]:
    """Give the ways to log in, each a set of schemes that go together; an empty set is no login."""
    given = endpoint.body.get("security", document.get("security"))
    ways = given if isinstance(given, list) else []
    return {frozenset(_scheme(document, str(name)) for name in way) for way in ways if isinstance(way, Mapping)}


def _is_open(ways: set[_Way]) -> bool:
    return not ways or frozenset() in ways


def _scheme(document: Mapping[str, object], name: str) -> str:
    components = document.get("components")
    holder = components.get("securitySchemes") if isinstance(components, Mapping) else None
    schemes = holder or document.get("securityDefinitions")
    scheme = schemes.get(name) if isinstance(schemes, Mapping) else None
    if not isinstance(scheme, Mapping):
        return name
    match scheme.get("type"):
        case "apiKey":
            return f"{scheme.get('in')} {scheme.get('name')}"
        case "basic":
            return "user and password"
        case "http":
            return f"HTTP {scheme.get('scheme')}"
        case kind:
            return str(kind)


def _told(ways: set[_Way]) -> str:
    return " or ".join(sorted(" with ".join(sorted(way)) or "none" for way in ways)) or "none"
