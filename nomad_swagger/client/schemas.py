"""What a description says of a field of a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nomad_swagger.spec.model import Spec
from nomad_swagger.spec.operations import deref


def type_at(spec: Spec, operation: str, target: str) -> str:
    """Give the type of a field of a body, by its path ``body/a/b``; empty where the description does not say."""
    head, *steps = target.split("/")
    parameter = spec.operation(operation).parameter(head)
    schema: Any = parameter.schema if parameter else {}
    for step in steps:
        schema = _properties(spec.swagger, schema).get(step, {})
    return str(deref(spec.swagger, schema).get("type", ""))


def _properties(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    found = deref(document, schema)
    properties = dict(found.get("properties", {}))
    for part in found.get("allOf", ()):
        properties |= _properties(document, part)
    return properties
