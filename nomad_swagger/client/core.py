"""bravado-core's form of a description, built without a search for models where it is plain what they are.

bravado-core walks through a whole document in search of schemas to make classes of, then through every document that it
knows besides; for NOMAD's that takes longer than all the rest of a start. Mostly there is nothing to be found but the
objects among the definitions. Imports bravado: import this module late.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from bravado.client import bravado_config_from_config_dict
from bravado_core.formatter import DEFAULT_FORMATS, SwaggerFormat
from bravado_core.model import MODEL_MARKER, create_model_type, is_object
from bravado_core.operation import Operation, build_params
from bravado_core.resource import Resource, convert_path_to_resource
from bravado_core.spec import Spec as CoreSpec
from bravado_core.spec import build_api_serving_url
from bravado_core.util import AliasKeyDict, sanitize_name

from nomad_swagger.apispec.naming import may_name_models

_CONFIG = {
    "validate_swagger_spec": False,  # done once per content, when the description was loaded
    "validate_requests": True,
    "validate_responses": False,  # NOMAD's answers break its own description in harmless ways
    "use_models": True,
}


def _time_to_wire(value: object) -> str:
    return value if isinstance(value, str) else str(DEFAULT_FORMATS["date-time"].to_wire(value))


_FORMATS = (
    # of v0's X-Fields header; bravado warns of a format that it does not know at each call
    SwaggerFormat("mask", to_wire=str, to_python=str, validate=str, description="fields of the answer to keep"),
    # a time from a shell or a JSON file is text already
    SwaggerFormat(
        "date-time",
        to_wire=_time_to_wire,
        to_python=DEFAULT_FORMATS["date-time"].to_python,
        validate=DEFAULT_FORMATS["date-time"].validate,
        description="RFC 3339",
    ),
)
# With None bravado-core takes the document for two and walks through it twice.
_ORIGIN = ""


def core_spec(
    document: Mapping[str, object], url: str, http_client: object, *, may_name: bool | None = None
) -> CoreSpec:
    """Give bravado-core's specification of a Swagger 2.0 document.

    Parameters
    ----------
    document : mapping
        Is not changed. Has no references that lead out of it.
    url : str
        Where the calls go; what the document itself says never overrides that.
    http_client : bravado HttpClient
    may_name : bool, optional
        Whether its schemas may name themselves, where somebody knows; else it is looked through.
    """
    copied = _copied(document)
    copied |= _address(url)
    core = CoreSpec(copied, _ORIGIN, http_client, {**_CONFIG, "bravado": bravado_config_from_config_dict({})})
    for known in _FORMATS:
        core.register_format(known)
    if may_name_models(copied) if may_name is None else may_name:
        core.build()
        return core
    for name, schema in copied.get("definitions", {}).items():
        if is_object(core, schema):
            schema[MODEL_MARKER] = name
            core.definitions[name] = create_model_type(
                core, name, schema, json_reference=f"{_ORIGIN}#/definitions/{name}"
            )
    core.resources = _resources(core, copied)
    core.api_url = build_api_serving_url(copied)
    return core


class _LateOperation(Operation):  # type: ignore[misc]  # bravado-core has no types
    """An operation that makes its parameters when they are asked for: a start calls two of fifty operations."""

    _params: AliasKeyDict | None

    @property
    def params(self) -> AliasKeyDict:
        """The parameters by name."""
        if self._params is None:
            self._params = build_params(self)
        return self._params

    @params.setter
    def params(self, _: object) -> None:
        self._params = None  # bravado-core puts an empty table here first


def _resources(core: CoreSpec, document: Mapping[str, Any]) -> AliasKeyDict:
    """Give the operations by tag and name, as bravado-core's ``build_resources`` does; without a tag by the path."""
    by_tag: dict[str, dict[str, Operation]] = {}
    for path, item in document.get("paths", {}).items():
        for method, said in core.deref(item).items():
            if method == "parameters" or method.startswith("x-"):
                continue
            operation = _LateOperation(core, path, method, said)
            for tag in operation.op_spec.get("tags") or [convert_path_to_resource(path)]:
                by_tag.setdefault(tag, {})[operation.operation_id] = operation
    resources = AliasKeyDict()
    for tag, operations in by_tag.items():
        name = sanitize_name(tag)
        resources[name] = Resource(name, operations)
        resources.add_alias(tag, name)
    return resources


def _copied(document: Any) -> dict[str, Any]:
    """Copy a document, since bravado writes into what it is given; JSON's own types go the quickest way."""
    try:
        copied: dict[str, Any] = marshal.loads(marshal.dumps(document))  # noqa: S302 - what was written a moment ago
    except ValueError:  # a mapping of another kind
        copied = deepcopy(dict(document))
    return copied


def _address(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {"schemes": [parts.scheme], "host": parts.netloc, "basePath": parts.path or "/"}
