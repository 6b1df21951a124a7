"""What can bite the caller of one operation, one small check each.

Knows how documents mislead a client that believes them, in both notations, and what ours does about it. A check looks
at one operation and the document; it must not know operations by name. Which checks there are: ``CHECKS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from nomad_swagger.apispec.models import models_within, plain_types
from nomad_swagger.apispec.operations import python_name
from nomad_swagger.apispec.outline import Endpoint, resolve
from nomad_swagger.jsontypes import as_items
from nomad_swagger.light import dataclass

TROUBLE = "trouble"
SURPRISE = "surprise"
NOTE = "note"

_BINARY = re.compile(r"application/(zip|octet-stream|x-|gzip|pdf)|image/|application/\*|\*/\*")
_PROSE_VALUES = re.compile(r"\b(one of|possible values|allowed values)\b", re.IGNORECASE)
_TAKES_SLASHES = re.compile(r"(^|_)(path|mainfile|filename|directory)$")


@dataclass(frozen=True)
class Finding:
    """One thing in a document that bites.

    Attributes
    ----------
    severity : str
        ``trouble``: who believes the document gets an error, or something else than asked for. ``surprise``: it works,
        and not as one expects. ``note``: good to know.
    kind : str
        ``no-schema``, ``boolean-false``, …: the same for every operation that has it.
    operation : str
        ``tag.operation``; empty for the document as a whole.
    problem, what_we_do : str
        In words, each a sentence without the operation.
    """

    severity: str
    kind: str
    operation: str
    problem: str
    what_we_do: str


Check = Callable[[Mapping[str, object], Endpoint], Iterator[Finding]]


def _answers(document: Mapping[str, object], endpoint: Endpoint) -> dict[str, Mapping[str, object]]:
    answers = endpoint.body.get("responses")
    resolved = {
        str(status): resolve(document, answer)
        for status, answer in (answers.items() if isinstance(answers, Mapping) else ())
    }
    return {status: answer for status, answer in resolved.items() if isinstance(answer, Mapping)}


def _schemas(answer: Mapping[str, object]) -> list[object]:
    content = answer.get("content")
    if isinstance(content, Mapping):
        return [one.get("schema") for one in content.values() if isinstance(one, Mapping)]
    return [answer["schema"]] if "schema" in answer else []


def _media(document: Mapping[str, object], endpoint: Endpoint, answer: Mapping[str, object]) -> list[str]:
    if "openapi" in document:
        content = answer.get("content")
        return [str(media) for media in content] if isinstance(content, Mapping) else []
    given = endpoint.body.get("produces") or document.get("produces")
    return [str(media) for media in as_items(given)]


def _without_success(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    statuses = _answers(document, endpoint)
    if not any(status.startswith("2") or status == "default" for status in statuses):
        problem = "declares no success at all, so bravado raises HTTPError on a 200"
        action = "take any 2xx for a success and give its JSON or bytes"
        yield Finding(TROUBLE, "no-success", endpoint.name, problem, action)


def _without_schema(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    for status, answer in _answers(document, endpoint).items():
        if not status.startswith("2") or status == "204":
            continue
        media = _media(document, endpoint, answer)
        if any(_BINARY.match(one) for one in media) or any("binary" in str(s) for s in _schemas(answer)):
            problem = f"its {status} is a file ({', '.join(media) or 'binary'}), which bravado reads into memory whole"
            yield Finding(
                NOTE, "binary", endpoint.name, problem, "stream it to disk with `download`; a call gives bytes"
            )
        elif not any(isinstance(schema, Mapping) for schema in _schemas(answer)):
            problem = f"its {status} has no schema, so bravado gives None and throws the answer away"
            yield Finding(TROUBLE, "no-schema", endpoint.name, problem, "give the parsed JSON, or bytes for files")


def _unvalidated(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    found = {
        name
        for answer in _answers(document, endpoint).values()
        for schema in _schemas(answer)
        for name, model in models_within(document, schema)
        if "allOf" in model and "type" not in model
    }
    if found:
        problem = f"{_listed(found)} put together with allOf and without a type, which bravado does not validate"
        yield Finding(
            NOTE, "not-validated", endpoint.name, problem, "trust no answer's shape: missing fields read as None"
        )


def _booleans(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    if "openapi" in document:
        return
    found = {str(p["name"]) for p in endpoint.parameters if p.get("in") == "query" and p.get("type") == "boolean"}
    if found:
        problem = f"{_listed(found)} boolean in the query, and NOMAD v0 takes any text for true, also false"
        yield Finding(TROUBLE, "boolean-false", endpoint.name, problem, "leave a False out")


def _identifiers(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    if not endpoint.operation_id:
        problem, action = f"has no operationId ({endpoint.route})", f"call it {endpoint.name}"
        yield Finding(SURPRISE, "no-id", endpoint.name, problem, action)
    elif "openapi" not in document and python_name(endpoint.operation_id) != endpoint.operation_id:
        problem = f"its id {endpoint.operation_id!r} is no Python name"
        yield Finding(SURPRISE, "id-no-identifier", endpoint.name, problem, f"call it {endpoint.name}, as bravado does")


def _security(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
    secured = document.get("securityDefinitions") or schemes
    asks = endpoint.body.get("security", document.get("security"))
    if secured and not asks and endpoint.method in ("put", "post", "delete", "patch"):
        problem = f"{endpoint.method.upper()} without a word on logging in, and NOMAD may ask for it all the same"
        action = "send the login where the generation data says that it is needed"
        yield Finding(SURPRISE, "no-security", endpoint.name, problem, action)


def _slashes(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    found = [name for name in re.findall(r"{([^}]+)}", endpoint.path) if _TAKES_SLASHES.search(name)]
    if found:
        problem = f"{_listed(found)} part of the path and may hold slashes, which bravado sends as %2F"
        yield Finding(SURPRISE, "path-with-slashes", endpoint.name, problem, "send the slashes as they are")


def _collection_on_text(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    for parameter in endpoint.parameters:
        if "collectionFormat" in parameter and parameter.get("type") != "array":
            problem = f"{parameter['name']} is a single {parameter.get('type', 'value')} that claims to be a list"
            action = "send one value; for several, call once for each"
            yield Finding(SURPRISE, "list-on-text", endpoint.name, problem, action)


def _dotted_names(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    names = [str(p["name"]) for p in endpoint.parameters if p.get("in") != "body"]
    odd = sorted((name for name in names if not name.isidentifier()), key=lambda name: name == "X-Fields")
    if odd:
        problem = f"parameters such as {odd[0]} cannot be written as keyword arguments"
        action = f"take {python_name(odd[0])}=… for it, and the name itself from a dict"
        yield Finding(NOTE, "parameter-no-identifier", endpoint.name, problem, action)


def _prose(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    found = []
    for parameter in endpoint.parameters:
        schema = parameter.get("schema", parameter)
        types, limited = plain_types(document, schema)
        if types == {"string"} and not limited and _PROSE_VALUES.search(str(parameter.get("description") or "")):
            found.append(str(parameter["name"]))
    if found:
        problem = f"{_listed(found)} text for the document, and only its description says which values are right"
        yield Finding(
            NOTE, "prose-values", endpoint.name, problem, "send what is given, and show what NOMAD says to it"
        )


def _open_bodies(document: Mapping[str, object], endpoint: Endpoint) -> Iterator[Finding]:
    body = next((p for p in endpoint.parameters if p.get("in") == "body"), None)
    request = resolve(document, endpoint.body.get("requestBody"))
    schemas = [body.get("schema")] if body else _schemas(request) if isinstance(request, Mapping) else []
    for schema in schemas:
        fields = _open_fields(document, schema)
        if fields:
            problem = f"{_listed(fields)} taken in its body without a word on the inside"
            yield Finding(
                NOTE, "prose-body", endpoint.name, problem, "send it unchecked; NOMAD refuses what it does not like"
            )
            return


def _open_fields(document: Mapping[str, object], schema: object) -> list[str]:
    whole = resolve(document, schema)
    if not isinstance(whole, Mapping):
        return []
    properties = whole.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return ["anything"] if plain_types(document, whole)[0] <= {"object"} and "allOf" not in whole else []
    return [
        name
        for name, inner in properties.items()
        if not plain_types(document, inner)[0] and not _is_put_together(document, inner)
    ]


def _is_put_together(document: Mapping[str, object], schema: object) -> bool:
    whole = resolve(document, schema)
    return isinstance(whole, Mapping) and any(key in whole for key in ("allOf", "properties", "items", "enum", "const"))


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names) if isinstance(names, set) else list(names)
    shown = ", ".join(ordered[:5]) + (f" and {len(ordered) - 5} more" if len(ordered) > 5 else "")
    return f"{shown} {'is' if len(ordered) == 1 else 'are'}"


CHECKS: tuple[Check, ...] = (
    *(_without_success, _without_schema, _unvalidated, _booleans, _identifiers, _security, _slashes),
    *(_collection_on_text, _dotted_names, _prose, _open_bodies),
)
