"""From bytes to a document: JSON or YAML, or a sentence that says what the bytes are instead.

Knows encodings, sizes, the two notations and which keys mark an API description. It must not know where the bytes
came from beyond the words in ``where``, nor what a valid description is (``check`` does). What arrives here is a
stranger's: time and memory are bounded, and nothing in it is ever run or fetched.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from typing import NoReturn

from nomad_swagger.apispec.limits import MAX_DEPTH, MAX_SIZE_BYTES, MAX_VALUES, depth_exceeds
from nomad_swagger.apispec.misread import explain_binary, explain_document, explain_markup
from nomad_swagger.errors import SpecError

# Longest first: the UTF-32 mark begins with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKS_LIKE_JSON = re.compile(r"""\s*(\[|\{\s*(["}]|$))""")
# What may remain when JSON stops in the middle of a word, a number or an escape.
_CUT_WORD = re.compile(r"(t|tr|tru|f|fa|fal|fals|n|nu|nul|-|\.|[eE][+-]?|\\?u?[0-9a-fA-F]{0,4})\s*")
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def read_document(content: bytes, *, where: str, content_type: str = "") -> dict[str, object]:
    """Read an API description from bytes.

    Parameters
    ----------
    content : bytes
        The whole file or answer, at most 64 MiB.
    where : str
        The URL or path, for messages.
    content_type : str
        The answer's Content-Type; only its ``charset`` is looked at, and only where the bytes are not UTF-8.

    Raises
    ------
    SpecError
        It is no API description; the message says what it is and what to try.

    Examples
    --------
    >>> read_document(b'{"swagger": "2.0", "paths": {}}', where="here")["swagger"]
    '2.0'
    """
    if len(content) > MAX_SIZE_BYTES:
        raise SpecError(f"{where}: {len(content):,} bytes is too long for an API description (limit 64 MiB)")
    text = _decode(content, where, content_type)
    if not text.strip():
        raise SpecError(f"{where}: the answer is empty. Ask for the description itself, such as <api>/swagger.json.")
    if text.lstrip().startswith("<"):
        raise SpecError(f"{where}: {explain_markup(text)}")
    is_json = _LOOKS_LIKE_JSON.match(text) is not None
    _refuse_too_much(text, where, is_json=is_json)
    document = _read_json(text, where, len(content)) if is_json else _read_yaml(text, where)
    if depth_exceeds(document, MAX_DEPTH):
        raise SpecError(f"{where}: nested more than {MAX_DEPTH} levels deep, which no API description needs")
    if not isinstance(document, dict) or document_version(document) is None:
        raise SpecError(f"{where}: {explain_document(document, text)}")
    for key in ("swagger", "openapi"):
        # YAML writers forget the quotes, and 2.0 is then a number
        if key in document and not isinstance(document[key], str):
            document[key] = str(document[key])
    document_kind(document, where=where)
    return document


def document_version(document: Mapping[str, object]) -> tuple[str, str] | None:
    """Give ``("swagger", "2.0")`` or ``("openapi", "3.1.0")``, or None where the document names neither."""
    for key in ("swagger", "openapi"):
        if isinstance(document.get(key), (str, int, float)):
            return key, str(document[key])
    return None


def document_kind(document: Mapping[str, object], *, where: str = "this document") -> str:
    """Give ``swagger-2.0``, ``openapi-3.0`` or ``openapi-3.1``.

    Raises
    ------
    SpecError
        Another version, or no API description.

    Examples
    --------
    >>> document_kind({"openapi": "3.1.0"})
    'openapi-3.1'
    """
    match document_version(document):
        case ("swagger", "2.0"):
            return "swagger-2.0"
        case ("openapi", version) if re.fullmatch(r"3\.[01](\..*)?", version):
            return f"openapi-{version[:3]}"
        case (key, version):
            raise SpecError(f"{where}: a document of another kind: {key} {version}; known are 2.0, 3.0 and 3.1")
        case _:
            raise SpecError(f"{where}: {explain_document(document)}")


def _read_yaml(text: str, where: str) -> object:
    from nomad_swagger.apispec.read_yaml import read_yaml  # late: NOMAD's descriptions are JSON

    return read_yaml(text, where)


def _refuse_too_much(text: str, where: str, *, is_json: bool) -> None:
    # a list of empty lists takes thirty times its length in memory; every value but the last has a mark behind it
    if sum(text.count(mark) for mark in (",[{" if is_json else ",[{\n")) > MAX_VALUES:
        raise SpecError(f"{where}: more than {MAX_VALUES:,} values, which no API description has")


def _decode(content: bytes, where: str, content_type: str) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is None and (binary := explain_binary(content)):
        raise SpecError(f"{where}: {binary}")
    encoding = encoding or json.detect_encoding(content[:64])
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        charset = re.search(r"charset=\"?([\w.:-]+)", content_type, re.IGNORECASE)
        if charset and charset[1].lower() not in ("utf-8", "utf8"):
            return _decode_as(content, charset[1], where)
        raise SpecError(
            f"{where}: byte {error.start:,} is not {encoding.upper()}, which JSON and YAML are written in; "
            "it may be Latin-1. Save it as UTF-8."
        ) from error


def _decode_as(content: bytes, charset: str, where: str) -> str:
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError) as error:
        raise SpecError(f"{where}: it is not in the encoding that its server names: {error}") from error


def _read_json(text: str, where: str, size_bytes: int) -> object:
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
        if _HALF_CHARACTER.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise SpecError(f"{where}: {_explain_json(error, size_bytes)}") from error
    except RecursionError as error:
        raise SpecError(f"{where}: nested more than {MAX_DEPTH} levels deep, which no API description needs") from error
    except UnicodeEncodeError as error:
        raise SpecError(f"{where}: half a character (a lone surrogate such as \\ud800) stands in its JSON") from error
    except ValueError as error:
        raise SpecError(f"{where}: it is not good JSON: {error}") from error
    return document


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice in one object, so one of the two would be lost")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _explain_json(error: json.JSONDecodeError, size_bytes: int) -> str:
    rest = error.doc[error.pos :]
    cut = not rest.strip() or error.msg.startswith("Unterminated string") or _CUT_WORD.fullmatch(rest)
    if cut and error.msg != "Extra data":
        return f"the JSON is cut off: it ends at byte {size_bytes:,} in the middle of the document. Fetch it again."
    return f"it is not good JSON: {error.msg} at line {error.lineno}, column {error.colno}"
