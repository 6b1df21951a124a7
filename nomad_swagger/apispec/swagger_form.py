"""The two halves of what swagger-spec-validator looks at: the form, by Swagger's schema, and what no schema can say.

The form has a quick yes (:mod:`nomad_swagger.apispec.quick_check`); where it is had, the second half is the validator's
own functions, spared the defaults that fit at first sight, for each of which it makes a class of its own. Imports the
validator: import this module late.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jsonschema.validators import Draft4Validator, RefResolver
from swagger_spec_validator import validator20

from nomad_swagger.apispec.quick_check import TYPES, at, certainly_fits

_DRAFT_4 = "http://json-schema.org/draft-04/schema"
# Beside these a default has nothing more to fit.
_HARMLESS = frozenset(
    ("type", "default", "enum", "name", "in", "required", "description", "title", "format", "example")
)
# What is inside is a value, whatever it looks like.
_VALUES = ("default", "enum", "example", "examples")
_PLAIN = ("string", "boolean", "integer", "number")


def has_the_form_of_swagger(document: Mapping[str, object]) -> bool:
    """Tell whether a document certainly fits the schema of Swagger 2.0; False says nothing."""
    schema = json.loads(Path(validator20.__file__).with_name("schemas").joinpath("v2.0/schema.json").read_bytes())
    return "$ref" not in document and certainly_fits(document, schema, {_DRAFT_4: Draft4Validator.META_SCHEMA})


def check_what_no_schema_says(document: Mapping[str, object], handlers: Mapping[str, Callable[[str], object]]) -> None:
    """Check names, defaults and paths of a document that has the form.

    Parameters
    ----------
    document : mapping
        Is not changed.
    handlers : mapping
        By scheme, what is done instead of fetching.

    Raises
    ------
    swagger_spec_validator.common.SwaggerValidationError
    """
    copied = _lighter(document)
    deref = partial(_followed, resolver=RefResolver("", copied, handlers=handlers))
    validator20.validate_apis(deref(copied["paths"]), deref)
    validator20.validate_definitions(deref(copied.get("definitions", {})), deref)
    validator20.validate_parameters(deref(copied.get("parameters", {})), deref)


def _followed(node: Any, resolver: RefResolver) -> Any:
    """Give what a local reference leads to; the validator takes the resolver out of this function's arguments."""
    if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
        return node
    try:
        return at(resolver.referrer, node["$ref"])
    except (LookupError, TypeError, ValueError):
        return validator20.deref(node, resolver)  # which has the words for it


def _lighter(node: Any) -> Any:
    """Give a copy without the defaults that fit at first sight."""
    if isinstance(node, list):
        return [_lighter(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    fits = "default" in node and _default_fits(node)
    return {
        key: copy.deepcopy(value) if key in _VALUES or str(key).startswith("x-") else _lighter(value)
        for key, value in node.items()
        if not (fits and key == "default")
    }


def _default_fits(node: Mapping[str, Any]) -> bool:
    kind, default = node.get("type"), node["default"]
    if kind not in _PLAIN or not TYPES[kind](default) or not _HARMLESS.issuperset(node):
        return False
    return "enum" not in node or any(type(one) is type(default) and one == default for one in node["enum"])
