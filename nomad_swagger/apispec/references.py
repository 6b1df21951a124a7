"""``$ref``s that lead out of the document, which are never followed.

Knows what a reference looks like anywhere in a document. It must not resolve any. A description is data from a
stranger: a reference to a file or another host would have this machine read or ask for something on its behalf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from nomad_swagger.errors import SpecError
from nomad_swagger.jsontypes import as_items


def external_references(document: Mapping[str, object]) -> list[str]:
    """Give every reference that does not start with ``#``, in document order, each once.

    Examples
    --------
    >>> external_references({"a": {"$ref": "http://example.org/x.json"}, "b": {"$ref": "#/a"}})
    ['http://example.org/x.json']
    """
    return list(dict.fromkeys(target for _, target in _external(document)))


def refuse_external_references(document: Mapping[str, object], where: str) -> None:
    """Refuse a document with references to files or other hosts.

    Raises
    ------
    SpecError
        There is one; the message names the first, and where it stands as a JSON pointer.
    """
    found = next(_external(document), None)
    if found is not None:
        place, target = found
        raise SpecError(
            f"{where}: it refers to {target!r} (at {place}), which is outside the document and is not fetched. "
            "Put what it refers to into the document."
        )


# A place in the document: its parent's place and the last step. Chains, since whole paths at every level of a deep
# document would cost its depth squared.
_Place: TypeAlias = "tuple[_Place, object] | None"


def _external(document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    stack: list[tuple[_Place, object]] = [(None, document)]
    while stack:
        place, node = stack.pop()
        if isinstance(node, Mapping):
            # only text refers: a property that is *named* $ref has a schema for a value
            target = node.get("$ref")
            if isinstance(target, str) and not target.startswith("#"):
                yield _pointer((place, "$ref")), target
            inner: list[tuple[object, object]] = list(node.items())
        else:
            inner = list(enumerate(as_items(node)))
        for key, value in reversed(inner):
            if isinstance(value, (dict, list)):
                stack.append(((place, key), value))


def _pointer(place: _Place) -> str:
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "#/" + "/".join(reversed(steps))
