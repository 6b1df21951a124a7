"""Which headers pass the proxy: those that mean something on the other side, and no others.

Hop-by-hop headers (RFC 9110 §7.6.1), cookies, credentials, CORS and the server's own policies stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nomad_swagger.apispec.operations import Operation

_SENT = frozenset(
    [
        "accept",
        "accept-language",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
    ]
)
# What a description may not make a header parameter of: it would steer the connection, or act as somebody.
_NEVER_SENT = frozenset(
    [
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "origin",
        "proxy-authorization",
        "proxy-connection",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    ]
)
_GIVEN_BACK = frozenset(
    [
        "accept-ranges",
        "content-disposition",
        "content-language",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "retry-after",
    ]
)


def sendable(operations: Iterable[Operation]) -> frozenset[str]:
    """Give the names, in lower case, that go to an API: the usual ones, and its own header parameters."""
    declared = {p.name.lower() for operation in operations for p in operation.parameters if p.location == "header"}
    return _SENT | (declared - _NEVER_SENT)


def given_back(headers: Mapping[str, str], secret: str) -> dict[str, str]:
    """Give the headers of an answer that go to the page, the secret in them made unreadable."""
    passing = {name: value for name, value in headers.items() if name.lower() in _GIVEN_BACK}
    if "Content-Encoding" in headers:
        passing.pop("Content-Length", None)  # it counts the packed bytes, and we unpack
    return {name: value.replace(secret, "*" * len(secret)) if secret else value for name, value in passing.items()}
