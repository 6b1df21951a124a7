"""Recipes in Python with plain bravado, without any of ours where the API is Swagger 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from nomad_swagger.apispec.model import Spec
from nomad_swagger.apispec.operations import Operation
from nomad_swagger.explore.examples import keywords, literal
from nomad_swagger.explore.ingredients import FileUpload, Ingredients
from nomad_swagger.explore.python_requests import environment, packing
from nomad_swagger.explore.secret import BEARER, Secret
from nomad_swagger.generations.generation import load_generation


def python_bravado(
    made_of: Ingredients, spec: Spec, api_url: str, operation: Operation, arguments: Mapping[str, Any]
) -> str:
    """Give the call as a Python script.

    Parameters
    ----------
    made_of : Ingredients
    spec : Spec
    api_url : str
    operation : Operation
    arguments : mapping
        By the document's names, secrets already replaced by :class:`Secret`.
    """
    lines = [*_client(made_of, spec, api_url), ""]
    if isinstance(made_of.body, FileUpload):
        lines += [*_streamed(made_of, made_of.body), "print(response.incoming_response.text)"]
    elif _is_unreadable(spec, operation):
        lines += _unread(made_of, operation, arguments)
    else:
        lines += _call(made_of, operation, arguments)
    return "\n".join([*_imports(made_of, lines), "", *lines])


def _imports(made_of: Ingredients, lines: list[str]) -> Iterator[str]:
    text = "\n".join(lines)
    standard = [f"import {name}" for name in ("os", "shutil", "tempfile") if f"{name}." in text]
    if re.search(r"\bdate(time)?\.fromisoformat", text):
        standard.insert(0, "from datetime import date, datetime")
    yield from standard
    if standard:
        yield ""
    if "SwaggerClient" in text:
        yield "from bravado.client import SwaggerClient"
    yield "from bravado.requests_client import RequestsClient"
    if "load_spec" in text:
        yield ""
        yield "from nomad_swagger import load_spec"


def _client(made_of: Ingredients, spec: Spec, api_url: str) -> Iterator[str]:
    yield "http_client = RequestsClient()"
    if ("Authorization", BEARER) in made_of.headers:
        yield "http_client.set_api_key("
        yield f"    {literal(urlsplit(api_url).netloc)},"
        yield f"    {environment(BEARER)},"
        yield '    param_name="Authorization",'
        yield '    param_in="header",'
        yield ")"
    if isinstance(made_of.body, FileUpload):
        return
    # NOMAD's answers break its own description in harmless ways.
    config = '    config={"validate_responses": False, "use_models": False},'
    if "swagger" in spec.document:
        yield "client = SwaggerClient.from_url("
        yield f"    {literal(f'{api_url}/swagger.json')},"
        yield "    http_client=http_client,"
        yield config
        yield ")"
        return
    yield "# This NOMAD speaks OpenAPI 3 and bravado speaks Swagger 2.0: nomad_swagger converts."
    yield "client = SwaggerClient.from_spec("
    yield f"    load_spec({literal(api_url)}).swagger,"
    yield f"    origin_url={literal(f'{api_url}/openapi.json')},"
    yield "    http_client=http_client,"
    yield config
    yield ")"


def _call(made_of: Ingredients, operation: Operation, arguments: Mapping[str, Any]) -> Iterator[str]:
    yield f"response = client.{operation.full_name}({_keywords(operation, arguments)}).response()"
    if made_of.save_as:
        yield from _saved(made_of, "response.incoming_response.raw_bytes")
        return
    if any("schema" in answer for answer in operation.answers.values()):
        yield "# response.result has it as Python objects."
    yield "print(response.incoming_response.text)"


def _is_unreadable(spec: Spec, operation: Operation) -> bool:
    """Tell whether bravado refuses the answer: the document has it wrong, or has no answer for success at all."""
    wrong = load_generation(spec.generation).misdescribed if spec.generation else ()
    return operation.full_name in wrong or not any(str(status).startswith("2") for status in operation.answers)


def _unread(made_of: Ingredients, operation: Operation, arguments: Mapping[str, Any]) -> Iterator[str]:
    """Take the answer before bravado looks at it; it is one of requests then."""
    yield "# The description is wrong about this answer, and bravado would refuse it: take it as it comes."
    yield f"response = client.{operation.full_name}({_keywords(operation, arguments)}).future.result()"
    yield "response.raise_for_status()"
    if made_of.save_as:
        yield from _saved(made_of, "response.content")
    else:
        yield "print(response.text)"


def _saved(made_of: Ingredients, content: str) -> Iterator[str]:
    yield f'with open({literal(made_of.save_as)}, "wb") as file:'
    yield f"    file.write({content})"


def _streamed(made_of: Ingredients, body: FileUpload) -> Iterator[str]:
    """Send a plain body, which no Swagger operation describes, past the operations but with the same login."""
    path = literal(str(body.path))
    if body.packs:
        yield packing(body)
        path = "packed"
    headers = {name: value for name, value in made_of.headers if isinstance(value, str)}
    params = {name: value for name, value in made_of.query if isinstance(value, str)}
    secrets = [(name, value) for name, value in made_of.query if isinstance(value, Secret)]
    shown = [literal(params)[1:-1], *(f"{literal(name)}: {environment(value)}" for name, value in secrets)]
    yield f'with open({path}, "rb") as file:'
    yield "    response = http_client.request("
    yield "        {"
    yield f'            "method": {literal(made_of.method)},'
    yield f'            "url": {literal(made_of.url)},'
    yield f'            "params": {{{", ".join(text for text in shown if text)}}},'
    yield f'            "headers": {literal(headers)},'
    yield '            "data": file,'
    yield "        }"
    yield "    ).response()"


def _keywords(operation: Operation, arguments: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in arguments.items() if not isinstance(value, Secret)}
    hidden = {name: value for name, value in arguments.items() if isinstance(value, Secret)}
    shown = [keywords(operation, plain)] if plain else []
    shown += [f"**{{{literal(name)}: {environment(value)}}}" for name, value in hidden.items()]
    return ", ".join(shown)
