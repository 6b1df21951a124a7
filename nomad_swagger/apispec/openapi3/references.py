"""Follow ``$ref`` inside one document, and never outside it.

Knows JSON pointers (RFC 6901, in a URI fragment) and ``$anchor``. It must not know what is referred to. A document is
data from a stranger, so a reference to another file or host is refused, not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

_COMPONENT_DEPTH = 4  # "", components, schemas, name


class Unresolved(LookupError):
    """A reference that cannot be followed; the message says why."""


def resolve(document: Mapping[str, object], reference: str, *, inside: str = "") -> tuple[object, str]:
    """Give what a reference points to, and the pointer in its plain form.

    Parameters
    ----------
    document : mapping
    reference : str
        ``#/components/schemas/Query``; percent-encoding and ``~1``, ``~0`` are undone.
    inside : str
        Pointer of where the reference stands. Generators that paste a whole JSON schema leave its ``#/$defs/X``
        as it was, so what the root does not have is looked for in the component around it.

    Raises
    ------
    Unresolved

    Examples
    --------
    >>> resolve({"a/b": {"c": 1}}, "#/a~1b/c")
    (1, '/a~1b/c')
    """
    if not reference.startswith("#"):
        raise Unresolved("points outside the document, which is not followed")
    pointer = unquote(reference[1:])
    if pointer and not pointer.startswith("/"):
        return _resolve_anchor(document, pointer)
    component = "/".join(inside.split("/")[:_COMPONENT_DEPTH]) if inside.startswith("/components/") else ""
    for start in dict.fromkeys(("", component)):
        try:
            return _walk(document, start + pointer), start + pointer
        except Unresolved:
            continue
    raise Unresolved("points to nothing in the document")


def tokens_of(pointer: str) -> list[str]:
    """Split a pointer into its steps, undoing the escapes."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _walk(document: object, pointer: str) -> object:
    node = document
    for token in tokens_of(pointer):
        if isinstance(node, dict) and token in node:
            node = node[token]
        elif isinstance(node, list) and token.isdecimal() and int(token) < len(node):
            node = node[int(token)]
        else:
            raise Unresolved("points to nothing in the document")
    return node


def _resolve_anchor(document: Mapping[str, object], name: str) -> tuple[object, str]:
    for node, pointer in _nodes(document, ""):
        if node.get("$anchor") == name:
            return node, pointer
    raise Unresolved("points to an anchor that the document does not have")


def _nodes(node: object, pointer: str) -> Iterator[tuple[Mapping[str, object], str]]:
    if isinstance(node, dict):
        yield node, pointer
        for key, value in node.items():
            yield from _nodes(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, f"{pointer}/{index}")
