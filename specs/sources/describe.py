"""Put texts into a document, Swagger 2.0 or OpenAPI 3.1.

An operation is named by its first path segment and its function (``uploads.get_upload``), so a text holds for every
version. Knows documents; it must not know files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from texts import Texts

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
REPEATED = " Several values: a list (the parameter is repeated)."
COMMAS = " Several values: a list (sent as one, with commas between)."


def describe(document: dict[str, Any], texts: Texts) -> int:
    """Describe a document in place, and count its operations."""
    count = 0
    for path, item in document["paths"].items():
        names = []
        for method in (method for method in METHODS if method in item):
            operation = item[method]
            name = operation_name(path, method, operation["operationId"])
            names.append(name)
            for part in ("summary", "description"):
                operation[part] = texts.need(f"operation {name} {part}")
            _describe_inputs(operation, [name], texts)
            count += 1
        _describe_inputs(item, names, texts)
    _describe_tags(document, texts)
    for model, schema in (document.get("definitions") or document["components"]["schemas"]).items():
        _describe_model(model, schema, texts)
    return count


def operation_name(path: str, method: str, operation_id: str) -> str:
    """Give the name of an operation that stays the same from version to version; FastAPI's tail is cut."""
    tail = re.sub(r"\W", "_", path) + "_" + method
    return path.split("/")[1] + "." + operation_id.removesuffix(tail)


def _describe_inputs(owner: dict[str, Any], names: list[str], texts: Texts) -> None:
    """Describe the parameters and the body of an operation, or the parameters of a path."""
    for parameter in owner.get("parameters", ()):
        name, place = parameter["name"], parameter["in"]
        # Some names changed their kind between versions: "datasets (boolean)" goes before "datasets".
        kinds = [f"{name} ({parameter.get('type')})", name]
        keys = [f"parameter {operation} {kind}" for kind in kinds for operation in names]
        fallbacks = [f"parameter {place} {name}", *([f"quantity {name}"] if place == "query" else [])]
        parameter["description"] = texts.need(*keys, *fallbacks) + _list_format(parameter)
    if "requestBody" in owner:
        owner["requestBody"]["description"] = texts.need(f"parameter {names[0]} body")


def _list_format(parameter: dict[str, Any]) -> str:
    """Say how several values are given, as the document has it."""
    schema = parameter.get("schema", parameter)
    if not any(choice.get("type") == "array" for choice in (schema, *schema.get("anyOf", ()))):
        return ""
    return COMMAS if parameter.get("collectionFormat") == "csv" else REPEATED


def _describe_tags(document: dict[str, Any], texts: Texts) -> None:
    """Describe the tags; a document that has them on its operations alone gets the list."""
    operations = (item[method] for item in document["paths"].values() for method in METHODS if method in item)
    tags = dict.fromkeys(tag for operation in operations for tag in operation.get("tags", ()))
    document.setdefault("tags", [{"name": tag} for tag in tags])
    for tag in document["tags"]:
        tag["description"] = texts.need(f"tag {tag['name']}")


def _describe_model(model: str, schema: dict[str, Any], texts: Texts) -> None:
    """Describe a model and its properties, as far as there are texts."""
    _set(schema, texts.find(f"model {model}"))
    for name, value in _properties(schema):
        # The neighbours of a $ref are ignored in Swagger 2.0: what it points to has the text.
        if "$ref" not in value:
            quantity = [f"quantity {name}"] if model in texts.quantity_models else []
            _set(value, texts.find(f"model {model}.{name}", f"model *.{name}", *quantity))


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in (schema, *schema.get("allOf", ())):
        yield from part.get("properties", {}).items()


def _set(schema: dict[str, Any], text: str | None) -> None:
    if text:
        schema["description"] = text
