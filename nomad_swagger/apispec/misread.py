"""What it is, if it is no API description: a page, a login, an archive, an error answer, another kind of document.

Knows the marks by which such things are recognised and the words for them. It must not raise: ``read`` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_MAGIC = (
    (b"\x1f\x8b", "it is compressed with gzip"),
    (b"PK\x03\x04", "it is a zip archive"),
    (b"%PDF", "it is a PDF"),
    (b"\x89PNG", "it is an image"),
    (b"\xfd7zXZ", "it is compressed with xz"),
)
_LOGIN = re.compile(
    r"""type\s*=\s*["']?password|kc-form-login|/protocol/openid-connect/auth|/auth/realms/|SAMLRequest|"""
    r"""name\s*=\s*["']?password|<title>[^<]*\b(log\s?in|sign\s?in|anmeld|single sign)""",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)
# (a key that marks it, what it is); the first that fits is named
_OTHER_KINDS = (
    ("swaggerVersion", "a Swagger 1 document"),
    ("asyncapi", "an AsyncAPI document"),
    ("openrpc", "an OpenRPC document"),
    ("arazzo", "an Arazzo document"),
    ("discoveryVersion", "a Google API discovery document"),
    ("__schema", "a GraphQL schema"),
    ("m_def", "a NOMAD archive or schema, not its API"),
    ("$schema", "a JSON Schema"),
)
_TRY = "Ask for the description itself: <api>/swagger.json (NOMAD v0) or <api>/v1/openapi.json (v1)."


def explain_binary(content: bytes) -> str:
    """Give words for compressed or binary content, or nothing."""
    words = next((words for magic, words in _MAGIC if content.startswith(magic)), "")
    return f"{words}, not JSON or YAML. Unpack it first." if words else ""


def explain_markup(text: str) -> str:
    """Give words for content that starts with ``<``."""
    start = text[:200_000]
    if "<html" not in start.lower() and "<!doctype html" not in start.lower():
        return f"it is XML, not an API description. {_TRY}"
    found = _TITLE.search(start)
    title = f" (its title: {' '.join(found[1].split())!r})" if found else ""
    if _LOGIN.search(start):
        return (
            f"it asks for a login: a login page came instead of the API description{title}. "
            "Log in first, or read the description from a file or a snapshot."
        )
    return f"it is a web page, not an API description{title}. {_TRY}"


def explain_document(document: object, text: str = "") -> str:
    """Give words for JSON or YAML that is no Swagger 2.0 and no OpenAPI 3."""
    if text.lstrip().startswith("#%RAML"):
        return f"a document of another kind: a RAML document. {_TRY}"
    if not isinstance(document, Mapping):
        kind = {list: "a list", str: "plain text", type(None): "null", bool: "a yes or no"}.get(
            type(document), "a number"
        )
        return f"it is {kind}{_quoted(document)}, not an API description. {_TRY}"
    for key, words in _OTHER_KINDS:
        if key in document:
            return f"a document of another kind: {words}. {_TRY}"
    if _is_error_answer(document):
        return f"it is an error answer, not an API description{_quoted(document)}. {_TRY}"
    keys = ", ".join(repr(str(key)) for key in list(document)[:6]) or "nothing"
    more = ", …" if len(document) > 6 else ""
    return f"it is no API description: it has neither 'swagger' nor 'openapi', but {keys}{more}. {_TRY}"


def _is_error_answer(document: Mapping[str, object]) -> bool:
    return len(document) <= 6 and any(key in document for key in ("code", "detail", "error", "message", "status"))


def _quoted(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return f": {line[:200]}{' …' if len(line) > 200 else ''}"
