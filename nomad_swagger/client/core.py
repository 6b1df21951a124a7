"""bravado-core's form of a description, built without looking for models where none can be.

bravado-core walks through a whole document in search of schemas to make classes of, and through every document that it
knows besides; for NOMAD's that takes longer than everything else at start. Where nothing outside ``definitions`` could
name a model, showing it the definitions alone finds the same ones. Imports bravado: import this module late.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bravado.client import bravado_config_from_config_dict
from bravado_core.resource import build_resources
from bravado_core.spec import Spec as CoreSpec

_CONFIG = {
    "validate_swagger_spec": False,  # done once per content, when the description was loaded
    "validate_requests": True,
    "validate_responses": False,  # NOMAD's answers break its own description in harmless ways
    "use_models": True,
}
# For a document in one piece; with None bravado-core would take it for two and walk through it twice.
_ORIGIN = ""
# What names a model. Under ``definitions`` the key does, and ``info`` has a title that names none.
_NAMING = frozenset({"title", "x-model"})
_APART = ("definitions", "info")


def core_spec(document: Mapping[str, Any], url: str, http_client: Any) -> CoreSpec:
    """Give bravado-core's specification of a Swagger 2.0 document.

    Parameters
    ----------
    document : mapping
        Is not changed. Has no references that lead out of it.
    url : str
        Where the calls go; what the document itself says never overrides that.
    http_client : bravado HttpClient
    """
    # bravado writes into what it is given; a pickle of our own dict is the fastest deep copy.
    copied = pickle.loads(pickle.dumps(document, pickle.HIGHEST_PROTOCOL))  # noqa: S301
    copied |= _address(url)
    config = {**_CONFIG, "bravado": bravado_config_from_config_dict({})}
    if _names_a_model({key: part for key, part in copied.items() if key not in _APART}):
        return CoreSpec.from_dict(copied, _ORIGIN, http_client, config)
    models = CoreSpec.from_dict({**copied, "paths": {}}, _ORIGIN, http_client, config)
    core = CoreSpec(copied, _ORIGIN, http_client, config)
    core.definitions, core.api_url = models.definitions, models.api_url
    core.resources = build_resources(core)
    return core


def _names_a_model(part: Any) -> bool:
    stack = [part]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if not _NAMING.isdisjoint(node):
                return True
            stack.extend(value for value in node.values() if isinstance(value, (dict, list)))
        else:
            stack.extend(value for value in node if isinstance(value, (dict, list)))
    return False


def _address(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {"schemes": [parts.scheme], "host": parts.netloc, "basePath": parts.path or "/"}
