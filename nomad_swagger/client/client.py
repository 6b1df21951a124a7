"""bravado's client surface, with the few deviations that NOMAD needs.

``client.<tag>.<operation>(…).response().result`` as in any bravado tutorial. The deviations: a 200 without a schema
gives its JSON instead of None (files stay bytes); a single value for an array counts as a list of one; a False boolean
is left out where the server would read it as true; an operation's signature names its parameters; an argument that
would lead to another operation's path (``..``, an empty id) is refused. All that is ours hangs on one attribute,
``client.nomad``. Imports bravado: import this module late.
"""

from __future__ import annotations

import inspect
from typing import Any

from bravado.client import CallableOperation, ResourceDecorator, SwaggerClient
from bravado.config import RequestConfig
from bravado.warning import warn_for_deprecated_op
from bravado_core.spec import Spec as CoreSpec

from nomad_swagger import display
from nomad_swagger.apispec.operations import Operation, Parameter, python_name
from nomad_swagger.calls.factory import CallFactory
from nomad_swagger.client.nomad import Nomad
from nomad_swagger.client.operation_words import operation_html, operation_text

_PYTHON_TYPES = {"integer": int, "number": float, "boolean": bool, "string": str, "array": list, "object": dict}


class NomadClient(SwaggerClient):
    """A NOMAD server's whole API.

    Attributes
    ----------
    nomad : Nomad
        What is ours: the description, the transport, the login, and how to prepare and send a call.
    """

    def __init__(self, swagger_spec: CoreSpec, nomad: Nomad, factory: CallFactory) -> None:
        super().__init__(swagger_spec)
        self.nomad = nomad
        self._factory = factory

    def _get_resource(self, item: str) -> _Resource:
        resource = None if item.startswith("__") else self.swagger_spec.resources.get(item)
        if resource is None:
            known = ", ".join(sorted(self.swagger_spec.resources))
            raise AttributeError(f"this NOMAD's API has no tag {item!r}; it has {known}")
        return _Resource(resource, self._factory)

    def __dir__(self) -> list[str]:
        return sorted([*self.swagger_spec.resources, "nomad"])

    def __repr__(self) -> str:
        return (
            f"<NomadClient {self.nomad.api_url}: {self.nomad.spec.title}, {len(self.nomad.spec.operations)} operations>"
        )

    def _repr_html_(self) -> str:
        rows = [(op.full_name, op.method, op.path, op.summary) for op in self.nomad.spec.operations.values()]
        title = f"{self.nomad.spec.title} at {self.nomad.api_url}"
        return display.grid(title, ("operation", "method", "path", "what it does"), rows)


class _Resource(ResourceDecorator):
    def __init__(self, resource: object, factory: CallFactory) -> None:
        super().__init__(resource)
        self._factory = factory

    def __getattr__(self, name: str) -> _Operation:
        operations = self.resource.operations
        found = operations.get(name) or next(
            (core for core in operations.values() if core.op_spec.get("x-operationId") == name), None
        )
        if found is None:
            raise AttributeError(f"{self.resource.name} has no operation {name!r}; it has {', '.join(dir(self))}")
        return _Operation(found, self._factory)

    def __dir__(self) -> list[str]:
        return sorted(self.resource.operations)

    def __repr__(self) -> str:
        return f"<{self.resource.name}: {', '.join(dir(self))}>"


class _Operation(CallableOperation):
    def __init__(self, operation: object, factory: CallFactory) -> None:
        super().__init__(operation)
        self._factory = factory

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        # not bravado's, which is 26 kB for a search
        return operation_text(self._facts)

    def __call__(self, **op_kwargs: Any) -> Any:
        """Prepare the request and give bravado's future; ``.response()`` sends it.

        Raises
        ------
        UsageError
            An argument would lead to another operation's path; all other errors are bravado's.
        """
        # Not bravado's own __call__: that logs every argument in clear, tokens too.
        options = op_kwargs.pop("_request_options", {})
        warn_for_deprecated_op(self.operation)
        request = self._factory.request(self.operation, op_kwargs, options=options)
        http_client = self.operation.swagger_spec.http_client
        return http_client.request(
            request, operation=self.operation, request_config=RequestConfig(options, self.also_return_response)
        )

    @property
    def _facts(self) -> Operation:
        return self._factory.operation(self.operation)

    @property
    def __signature__(self) -> inspect.Signature:
        required = [p for p in self._facts.parameters if p.required]
        optional = [p for p in self._facts.parameters if not p.required]
        return inspect.Signature([_as_python(p) for p in (*required, *optional)])

    def __repr__(self) -> str:
        return f"<{self._facts.full_name}: {self._facts.method} {self._facts.path}>"

    def _repr_html_(self) -> str:
        return operation_html(self._facts)


def _as_python(parameter: Parameter) -> inspect.Parameter:
    return inspect.Parameter(
        python_name(parameter.name),
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if parameter.required else parameter.default,
        annotation=_PYTHON_TYPES.get(parameter.type, Any),
    )
