"""What the converter's tests share: convert, check with the real validator, build a real bravado client."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from bravado.client import SwaggerClient, construct_request
from bravado_core.spec import Spec
from bravado_core.validate import validate_schema_object
from swagger_spec_validator.validator20 import validate_spec

from nomad_swagger.apispec.openapi3 import Conversion, convert

CONFIG = {
    "validate_swagger_spec": False,
    "use_models": False,
    "include_missing_properties": False,
    "validate_requests": True,
    "validate_responses": False,
}
OK = {"200": {"description": "fine"}}


class Bench:
    """Convert documents and look at what comes out, always through the real tools."""

    @staticmethod
    def convert(document: dict[str, Any], *, url: str | None = "https://host/api/openapi.json") -> Conversion:
        before = json.dumps(document)
        made = convert(document, url=url)
        assert json.dumps(document) == before, "the input was changed"
        validate_spec(copy.deepcopy(made.document))
        json.dumps(made.document)
        return made

    def document(self, **parts: Any) -> dict[str, Any]:
        return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, **parts}

    def operation(self, operation: dict[str, Any], *, path: str = "/things", method: str = "post", **parts: Any) -> Any:
        """Convert one operation; give it and the conversion."""
        paths = {path: {method: {"responses": OK, **operation}}}
        made = self.convert(self.document(paths=paths, **parts))
        return made.document["paths"][path][method], made

    def schemas(self, schemas: dict[str, Any]) -> Any:
        """Convert component schemas; give the definitions and the conversion."""
        made = self.convert(self.document(components={"schemas": schemas}))
        self.client(made)
        return made.document["definitions"], made

    def schema(self, schema: Any) -> Any:
        definitions, made = self.schemas({"It": {"type": "object", "properties": {"it": schema}}, "Other": OTHER})
        return definitions["It"]["properties"]["it"], made

    def client(self, made: Conversion, *, url: str = "https://host/api/openapi.json", **config: Any) -> Any:
        document = copy.deepcopy(made.document)
        return SwaggerClient.from_spec(document, origin_url=url, config={**CONFIG, **config})

    def request(self, made: Conversion, resource: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        call = getattr(getattr(self.client(made), resource), operation)
        request: dict[str, Any] = construct_request(call.operation, {}, **arguments)
        return request

    @staticmethod
    def check(made: Conversion, definition: str, value: Any) -> None:
        """Check a value by bravado's own validator, as it is done for a request body."""
        spec = Spec.from_dict(copy.deepcopy(made.document), config=CONFIG)
        holder = {"type": "object", "properties": {"it": {"$ref": f"#/definitions/{definition}"}}, "required": ["it"]}
        validate_schema_object(spec, holder, {"it": value})


OTHER = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def whys() -> Callable[[Conversion], str]:
    def text(made: Conversion) -> str:
        return "\n".join(f"{loss.place} [{loss.operation}] {loss.what}: {loss.why}" for loss in made.losses)

    return text
