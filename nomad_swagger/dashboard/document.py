"""The API description as the page gets it, and which of its operations the page must not call.

The page shows the API's real address, so that the curl lines on it are good elsewhere; its script sends every call to
the proxy. Logging in is the proxy's matter, so the page's document knows nothing of it. Knows documents; it must not
know HTTP.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from nomad_swagger.apispec.access import asks_who_calls, generation_of, needs_login
from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import METHODS, Operation, deref
from nomad_swagger.generations.generation import load_generation
from nomad_swagger.jsontypes import as_object

LOGIN, LOGIN_VALUES = "x-nomad-login", "x-nomad-login-values"
WITHHELD = (
    "**Not sent from here:** its answer holds a secret of yours, and this page is kept free of them. "
    "Call it with `nomad-swagger call` or from Python."
)

# The commands that NOMAD offers for pasting have the caller's upload token in them.
_SECRET_FIELD = re.compile(r"_token$|^upload_command$")
# Where to call and how to log in: the first is settled by who started the dashboard, the second done by the proxy.
_OF_SWAGGER_2 = ("host", "basePath", "schemes", "securityDefinitions", "security")
_OF_OPENAPI_3 = ("servers", "security")


def page_document(spec: Spec, api_url: str) -> dict[str, object]:
    """Give a copy of a description for the page.

    Parameters
    ----------
    spec : Spec
        OpenAPI 3 stays what it is: Swagger UI reads both.
    api_url : str
        Where the API is; what the document itself says about that never counts. Empty where there is no server.

    Returns
    -------
    dict
        Without logins; the spec's own document is left as it is.
    """
    document = spec.document
    left_out = _OF_OPENAPI_3 if "openapi" in document else _OF_SWAGGER_2
    page = {key: value for key, value in document.items() if key not in left_out}
    if "components" in page:
        page["components"] = {k: v for k, v in as_object(page["components"]).items() if k != "securitySchemes"}
    withheld = {(operation.path, operation.method.lower()) for operation in secret_operations(spec)}
    logins = {
        (operation.path, operation.method.lower()): _login(spec, operation) for operation in spec.operations.values()
    }
    page["paths"] = {
        path: _path_item(path, as_object(item), withheld, logins)
        for path, item in as_object(document.get("paths")).items()
    }
    known = generation_of(spec)
    page[LOGIN_VALUES] = dict(known.login_values) if known is not None else {}
    if "tags" in document:
        page["tags"] = _tags(spec)
    return page | _address(api_url, openapi3="openapi" in document)


def _tags(spec: Spec) -> list[object]:
    """Give the tags as the document tells of them, those first that most of what people do is in."""
    said = spec.document.get("tags")
    told = said if isinstance(said, list) else []
    used: Counter[object] = Counter()
    for verb in load_generation(spec.generation).all_verbs() if spec.generation else ():
        operation = spec.operations.get(verb.operation)
        if operation is not None:
            item = as_object(as_object(spec.document.get("paths")).get(operation.path))
            tags = as_object(item.get(operation.method.lower())).get("tags")
            used.update(tags if isinstance(tags, list) else ())
    return sorted(told, key=lambda tag: -used[as_object(tag).get("name")])


def secret_operations(spec: Spec) -> tuple[Operation, ...]:
    """Give the operations whose answer holds a token, as the document describes it."""
    return tuple(operation for operation in spec.operations.values() if _answers_with_secret(spec.swagger, operation))


def _answers_with_secret(document: Mapping[str, object], operation: Operation) -> bool:
    for status, answer in operation.answers.items():
        schema = as_object(deref(document, as_object(deref(document, answer)).get("schema")))
        if str(status).startswith("2") and any(
            _SECRET_FIELD.search(name) for name in as_object(schema.get("properties"))
        ):
            return True
    return False


def _login(spec: Spec, operation: Operation) -> str:
    """Give what the curl lines of the page go by: what a call is without a login, refused, less, or the same."""
    if needs_login(spec, operation):
        return "needed"
    return "more" if asks_who_calls(spec, operation) else ""


def _path_item(
    path: str, item: Mapping[str, object], withheld: set[tuple[str, str]], logins: Mapping[tuple[str, str], str]
) -> dict[str, object]:
    page = {key: value for key, value in item.items() if key != "servers"}
    for method in METHODS:
        if method in page:
            operation = {
                key: value for key, value in as_object(page[method]).items() if key not in ("security", "servers")
            }
            if (path, method) in withheld:
                operation["description"] = f"{operation.get('description', '')}\n\n{WITHHELD}".lstrip()
            operation[LOGIN] = logins.get((path, method), "")
            page[method] = operation
    return page


def _address(api_url: str, *, openapi3: bool) -> dict[str, object]:
    if not api_url:
        return {}
    if openapi3:
        return {"servers": [{"url": api_url}]}
    parts = urlsplit(api_url)
    return {"schemes": [parts.scheme], "host": parts.netloc, "basePath": parts.path or "/"}
