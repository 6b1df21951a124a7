"""Hold a request against the document: its query parameters, and its JSON body.

Takes what pydantic takes: a number in the form of a text is that number. Knows schemas and FastAPI's refusals. It must
not know what operations do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Request
from jsonschema import Draft202012Validator

from nomad_sandbox.json_body import BadJson, fits_integer, read_bytes, read_json
from nomad_sandbox.v1.answers import Refusal, invalid
from nomad_sandbox.v1.document import Document, Operation

TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
FALSE = frozenset({"false", "0", "no", "off", "f", "n"})
_EDIT = "#/components/schemas/MetadataEditRequest-Input"
_SCHEMAS = "#/components/schemas/"
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_MESSAGES = {
    "integer": ("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    "boolean": ("bool_parsing", "Input should be a valid boolean, unable to interpret input"),
}
_BOUNDS: Mapping[str, tuple[str, Callable[[float, float], bool], str]] = {
    "minimum": ("greater_than_equal", lambda number, bound: number >= bound, "greater than or equal to"),
    "exclusiveMinimum": ("greater_than", lambda number, bound: number > bound, "greater than"),
    "maximum": ("less_than_equal", lambda number, bound: number <= bound, "less than or equal to"),
    "exclusiveMaximum": ("less_than", lambda number, bound: number < bound, "less than"),
}
Schema = Mapping[str, Any]


def _resolve(document: Document, schema: Schema) -> Schema:
    """Give what a schema refers to, and of "this or null" the one that is not null."""
    while True:
        if "$ref" in schema:
            schema = document.content["components"]["schemas"][schema["$ref"].removeprefix(_SCHEMAS)]
            continue
        options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
        if len(options) != 1:
            return schema
        schema = options[0]


def check_parameters(document: Document, operation: Operation, request: Request) -> None:
    """Hold the query parameters against the document.

    Raises
    ------
    Refusal
        422: one that is no number or no boolean, out of bounds, none of the words that there are, or missing.
    """
    for name, parameter in operation.parameters.items():
        texts = request.args.getlist(name)
        if not texts and parameter.get("required"):
            raise invalid("missing", ["query", name], "Field required")
        schema = _resolve(document, parameter["schema"])
        for number, text in enumerate(texts):
            if schema.get("type") == "array":
                _check_text(_resolve(document, schema["items"]), text, ["query", name, number])
            else:
                _check_text(schema, text, ["query", name])


def _check_text(schema: Schema, text: str, place: list[Any]) -> None:
    kind = schema.get("type")
    fits = {"integer": fits_integer(str(place[1]), text), "boolean": text.lower() in TRUE | FALSE}
    if kind in fits and not fits[kind]:
        raise invalid(*_with_place(_MESSAGES[kind], place), text)
    if "enum" in schema and text not in schema["enum"]:
        words = " or ".join(f"'{word}'" for word in schema["enum"])
        raise invalid("enum", place, f"Input should be {words}", text)
    if kind == "integer":
        for key, (name, holds, words) in _BOUNDS.items():
            if key in schema and not holds(int(text), schema[key]):
                raise invalid(name, place, f"Input should be {words} {schema[key]}", text)


def _with_place(message: tuple[str, str], place: list[Any]) -> tuple[str, list[Any], str]:
    return message[0], place, message[1]


def check_path(document: Document, operation: Operation, arguments: Mapping[str, str]) -> None:
    """Hold the parts of the path against the patterns that the document has for them.

    Raises
    ------
    Refusal
        422
    """
    for row in document.content["paths"][operation.path][operation.method.lower()].get("parameters", ()):
        pattern = row["schema"].get("pattern")
        if row["in"] == "path" and pattern and not re.search(pattern, arguments.get(row["name"], "")):
            message = f"String should match pattern '{pattern}'"
            raise invalid("string_pattern_mismatch", ["path", row["name"]], message, arguments.get(row["name"]))


def _with_texts(schema: Schema, body: Any) -> Any:
    """Give a body with texts for numbers where NOMAD takes both, which its description does not say."""
    if schema.get("$ref") != _EDIT or not isinstance(body, dict):
        return body
    return {key: _texts(value) if key in ("metadata", "entries") else value for key, value in body.items()}


def _texts(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_texts(value) for value in data]
    return str(data) if isinstance(data, (int, float)) and not isinstance(data, bool) else data


def _lax(document: Document, schema: Schema, value: Any) -> Any:
    """Give a value with numbers for texts where only a number fits, as deep as the schema tells."""
    schema = _resolve(document, schema)
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, Mapping) else {}
        return {key: _lax(document, properties.get(key, others), item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lax(document, schema.get("items", {}), item) for item in value]
    if isinstance(value, str) and schema.get("type") == "integer" and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, str) and schema.get("type") == "number":
        try:
            return float(value)
        except ValueError:
            return value  # told by the check that follows
    return value


def read_body(document: Document, operation: Operation, request: Request) -> Any:
    """Give the JSON body after holding it against the document.

    Raises
    ------
    Refusal
        422
    """
    if operation.body is None:
        return {}
    try:
        data = read_bytes(request)
        if not data:
            if operation.body_required:
                raise invalid("missing", ["body"], "Field required")
            return {}
        body = read_json(data)
    except BadJson as error:
        raise invalid("json_invalid", ["body", error.position], "JSON decode error", {}) from error
    body = _lax(document, operation.body, body)
    schema = {"allOf": [operation.body], "components": {"schemas": document.content["components"]["schemas"]}}
    errors = list(Draft202012Validator(schema).iter_errors(_with_texts(operation.body, body)))
    if errors:
        rows = [
            {"type": f"{error.validator}_error", "loc": ["body", *error.path], "msg": error.message, "input": None}
            for error in errors
        ]
        raise Refusal(422, rows)
    return body
