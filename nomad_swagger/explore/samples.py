"""Sample values for an operation's parameters: what an example, a recipe without arguments, and our tests fill in.

Knows types and allowed values. A text that has to be replaced is its name in capitals (``UPLOAD_ID``), so that nobody
takes it for a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation, Parameter, deref, python_name
from nomad_swagger.explore.trees import Schema, flattened
from nomad_swagger.generations.generation import load_generation, place
from nomad_swagger.jsontypes import as_items, as_object

SAMPLE_FILE = "example.zip"
SAMPLE_TIME = datetime(2020, 3, 18, tzinfo=timezone.utc)
_SCALARS: Mapping[str, object] = {"integer": 1, "number": 1.0, "boolean": True}
_DEEPEST = 6
_SEARCH_WORD, _SEARCH_VALUES = "elements", ["Si"]


def sample_arguments(spec: Spec, operation: Operation) -> dict[str, object]:
    """Give a value for each parameter that has to be given, by the document's names, and for a file.

    Where none has to be, and the operation searches, one search quantity is filled in.

    Examples
    --------
    >>> from nomad_swagger.apispec.load import load_spec
    >>> spec = load_spec("nomad-0.8.6")
    >>> sample_arguments(spec, spec.operation("uploads.get_upload"))
    {'upload_id': 'UPLOAD_ID'}
    """
    needed = [p for p in operation.parameters if p.required or p.type == "file"]
    if not needed and operation.method == "GET":
        return _searched(spec, operation)
    patterns = _patterns(spec.swagger, operation)
    return {p.name: sample(spec.swagger, p, pattern=patterns.get(p.name, "")) for p in needed}


def sample(document: Schema, parameter: Parameter, *, pattern: str = "") -> object:
    """Give a value that a parameter accepts; ``pattern`` is the document's regular expression for it."""
    if parameter.location == "body":
        return _of_schema(document, parameter.schema, parameter.name, _DEEPEST)
    if parameter.type == "file":
        return SAMPLE_FILE
    if parameter.enum:
        value = parameter.enum[0]
    elif parameter.default is not None:
        return parameter.default
    else:
        value = _SCALARS.get(parameter.item_type or parameter.type, _fitting(pattern, parameter.name))
    return [value] if parameter.type == "array" else value


def _patterns(document: Schema, operation: Operation) -> dict[str, str]:
    item = as_object(as_object(document["paths"])[operation.path])
    own = as_object(item[operation.method.lower()])
    listed = (*as_items(item.get("parameters")), *as_items(own.get("parameters")))
    raw = (as_object(deref(document, parameter)) for parameter in listed)
    return {str(parameter["name"]): str(parameter.get("pattern", "")) for parameter in raw}


def _fitting(pattern: str, name: str) -> str:
    """Give a text that a pattern lets through: the name in capitals, the pattern's own words, or a run of one sign."""
    placeholder = python_name(name).upper()
    run = re.fullmatch(r"\^\[(.)[^]]*\]\{(\d+)\}\$", pattern)
    candidates = [placeholder, pattern.strip("^$"), *([run[1] * int(run[2])] if run else [])]
    return next((text for text in candidates if not pattern or re.search(pattern, text)), placeholder)


def _searched(spec: Spec, operation: Operation) -> dict[str, object]:
    words = load_generation(spec.generation).quantities if spec.generation else {}
    names = words[_SEARCH_WORD].names if _SEARCH_WORD in words else ()
    name = place(names, [p.name for p in operation.parameters])
    return {name: _SEARCH_VALUES} if name else {}


def _of_schema(document: Schema, schema: Schema, name: str, depth: int) -> object:
    flat = flattened(document, schema)
    if allowed := as_items(flat.get("enum")):
        return allowed[0]
    kind = str(flat.get("type", "object"))
    if kind == "object":
        return _of_object(document, flat, depth)
    if kind == "array":
        item = _of_schema(document, as_object(flat.get("items")), name, depth - 1) if depth > 0 else None
        return [] if item is None else [item]
    if kind == "string":
        return SAMPLE_TIME if flat.get("format") == "date-time" else _fitting(str(flat.get("pattern", "")), name)
    return _SCALARS.get(kind)


def _of_object(document: Schema, flat: Schema, depth: int) -> dict[str, object]:
    properties = {key: as_object(below) for key, below in as_object(flat.get("properties")).items()}
    wanted = [key for key in properties if key in as_items(flat.get("required"))]
    if not wanted and depth == _DEEPEST:
        wanted = [key for key, below in properties.items() if _is_plain(document, below)][:1]
    return {key: _of_schema(document, properties[key], key, depth - 1) for key in wanted} if depth > 0 else {}


def _is_plain(document: Schema, schema: Schema) -> bool:
    flat = flattened(document, schema)
    return flat.get("type") in ("string", "integer", "number", "boolean") and flat.get("format") != "date-time"
